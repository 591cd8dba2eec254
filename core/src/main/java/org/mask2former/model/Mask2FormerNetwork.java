package org.mask2former.model;

import java.util.List;
import org.mask2former.ops.Ops;
import org.mask2former.ops.Parameter;

/**
 * Mask2Former (Cheng et al. 2022): a backbone, a pixel decoder and a transformer decoder. It knows the layers, their
 * order and their weights' names; what an operation does is the interpreter's. Immutable and safe to share.
 */
public final class Mask2FormerNetwork {
    private final ModelConfig config;
    private final Backbone backbone;
    private final PixelDecoder pixelDecoder;
    private final TransformerDecoder transformerDecoder;
    private final List<Parameter> parameters;

    public Mask2FormerNetwork(ModelConfig config) {
        this.config = config;
        Names root = Names.root();
        Names pixelLevel = root.in("model.pixel_level_module");
        backbone = Backbone.of(config.backbone(), pixelLevel.in("encoder"));
        pixelDecoder = new PixelDecoder(config, pixelLevel.in("decoder"));
        transformerDecoder = new TransformerDecoder(config, root);
        parameters = root.parameters();
    }

    /**
     * The prediction after the last layer.
     *
     * @param pixels {@code [B, H, W, 3]}, normalised
     */
    public <T> TransformerDecoder.Output<T> forward(Ops<T> ops, T pixels) {
        return forward(ops, pixels, Effort.FULL);
    }

    /**
     * The prediction after the last layer that is run.
     *
     * @param pixels {@code [B, H, W, 3]}, normalised
     * @throws org.mask2former.Mask2FormerException if the model has fewer layers or queries than the effort asks for
     */
    public <T> TransformerDecoder.Output<T> forward(Ops<T> ops, T pixels, Effort effort) {
        return decode(ops, pixelLevel(ops, pixels), effort.of(config), false).get(0);
    }

    /**
     * The predictions before the first layer and after each.
     *
     * @param pixels {@code [B, H, W, 3]}, normalised
     */
    public <T> List<TransformerDecoder.Output<T>> forwardAllLayers(Ops<T> ops, T pixels) {
        return forwardWithFeatures(ops, pixels).layers();
    }

    /**
     * What a training step learns from.
     *
     * @param maskFeatures an embedding for every pixel at 1/4, {@code [B, H/4, W/4, maskFeatureSize]}; all masks are products with it
     * @param layers the predictions before the first layer and after each
     */
    public record Predictions<T>(T maskFeatures, List<TransformerDecoder.Output<T>> layers) {}

    /**
     * As {@link #forwardAllLayers}, with the features that masks are made from.
     *
     * @param pixels {@code [B, H, W, 3]}, normalised
     */
    public <T> Predictions<T> forwardWithFeatures(Ops<T> ops, T pixels) {
        PixelDecoder.Features<T> decoded = pixelLevel(ops, pixels);
        return new Predictions<>(decoded.maskFeatures(), decode(ops, decoded, Effort.FULL.of(config), true));
    }

    private <T> PixelDecoder.Features<T> pixelLevel(Ops<T> ops, T pixels) {
        return ops.scopeAll(
                "pixel_level", // holds the backbone's features until the pixel decoder is done with them
                () -> {
                    List<T> features = ops.scopeAll("backbone", () -> backbone.forward(ops, pixels), f -> f);
                    return ops.scopeAll(
                            "pixel_decoder", () -> pixelDecoder.forward(ops, features), PixelDecoder.Features::tensors);
                },
                PixelDecoder.Features::tensors);
    }

    private <T> List<TransformerDecoder.Output<T>> decode(
            Ops<T> ops, PixelDecoder.Features<T> decoded, Effort effort, boolean allLayers) {
        return ops.scopeAll(
                "transformer_decoder",
                () -> transformerDecoder.forward(ops, decoded, effort, allLayers),
                outputs -> outputs.stream().flatMap(o -> o.tensors().stream()).toList());
    }

    public ModelConfig config() {
        return config;
    }

    /** Every weight, under its name in the hub's checkpoints. */
    public List<Parameter> parameters() {
        return parameters;
    }

    public Backbone backbone() {
        return backbone;
    }

    public PixelDecoder pixelDecoder() {
        return pixelDecoder;
    }

    public TransformerDecoder transformerDecoder() {
        return transformerDecoder;
    }
}
