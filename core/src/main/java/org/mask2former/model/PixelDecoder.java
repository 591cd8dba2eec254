package org.mask2former.model;

import static org.mask2former.ops.Activation.NONE;
import static org.mask2former.ops.Activation.RELU;

import java.util.ArrayList;
import java.util.List;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.FeedForward;
import org.mask2former.ops.Levels;
import org.mask2former.ops.Levels.Size;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Ops;
import org.mask2former.ops.Parameter;

/**
 * The pixel decoder (paper, section 3.2.2 and appendix): deformable attention over the three coarse scales together, then
 * one step of a feature pyramid up to 1/4, whose pixels get the embeddings that queries are compared with. Immutable:
 * it holds names and sizes, no weights.
 */
public final class PixelDecoder {
    private final List<Linear> inputProjections = new ArrayList<>();
    private final List<Norm> inputNorms = new ArrayList<>();
    private final Parameter levelEmbedding;
    private final List<DeformableLayer> layers = new ArrayList<>();
    private final Linear lateral;
    private final Norm lateralNorm;
    private final Conv2d output;
    private final Norm outputNorm;
    private final Linear maskProjection;
    private final int channels;

    /**
     * What the pixel decoder makes of a batch.
     *
     * @param maskFeatures an embedding for every pixel at 1/4, {@code [B, H/4, W/4, maskFeatureSize]}
     * @param scales tokens of the feature maps at 1/32, 1/16 and 1/8, each {@code [B, N, featureSize]}
     * @param levels the sizes of these maps
     */
    public record Features<T>(T maskFeatures, List<T> scales, Levels levels) {
        List<T> tensors() {
            List<T> all = new ArrayList<>(scales);
            all.add(maskFeatures);
            return all;
        }
    }

    PixelDecoder(ModelConfig config, Names names) {
        channels = config.featureSize();
        int[] in = config.backbone().channels();
        for (int l = 0; l < ModelConfig.LEVELS; l++) {
            Names projection = names.in("input_projections", l);
            inputProjections.add(projection.conv1x1("0", in[3 - l], channels, true));
            inputNorms.add(projection.norm("1", channels));
        }
        levelEmbedding = names.parameter("level_embed", ModelConfig.LEVELS, channels);
        for (int i = 0; i < config.encoderLayers(); i++) {
            layers.add(new DeformableLayer(config, names.in("encoder.layers", i)));
        }
        lateral = names.conv1x1("adapter_1.0", in[0], channels, false);
        lateralNorm = names.norm("adapter_1.1", channels);
        output = names.conv("layer_1.0", channels, channels, 3, 1, 1, false);
        outputNorm = names.norm("layer_1.1", channels);
        maskProjection = names.conv1x1("mask_projection", channels, config.maskFeatureSize(), true);
    }

    /**
     * The three levels for the transformer decoder, and the embeddings of pixels.
     *
     * @param features of the backbone, {@code [B, H/s, W/s, C_s]} for s = 4, 8, 16, 32
     */
    public <T> Features<T> forward(Ops<T> ops, List<T> features) {
        int batch = ops.shape(features.get(0))[0];
        List<Size> sizes = new ArrayList<>();
        for (int l = 0; l < ModelConfig.LEVELS; l++) {
            int[] shape = ops.shape(features.get(3 - l));
            sizes.add(new Size(shape[1], shape[2]));
        }
        Levels levels = new Levels(sizes);

        T x = ops.scope("input_projection", () -> {
            List<T> tokens = new ArrayList<>();
            for (int l = 0; l < levels.count(); l++) {
                T projected = ops.linear(features.get(3 - l), inputProjections.get(l), NONE);
                T normed = ops.groupNorm(projected, inputNorms.get(l), ModelConfig.GROUPS);
                tokens.add(ops.reshape(normed, batch, sizes.get(l).tokens(), channels));
            }
            return ops.concat(1, tokens); // [B, N, C], coarse to fine
        });
        T position = position(ops, levels);
        for (int i = 0; i < layers.size(); i++) {
            DeformableLayer layer = layers.get(i);
            x = ops.step("layer" + i, x, y -> layer.forward(ops, y, position, levels));
        }
        List<T> scales = new ArrayList<>();
        for (int l = 0; l < levels.count(); l++) {
            int from = levels.start(l);
            scales.add(ops.slice(x, 1, from, from + sizes.get(l).tokens()));
        }
        T maskFeatures = ops.scope("mask_features", () -> maskFeatures(ops, features.get(0), scales.get(2), levels));
        return new Features<>(maskFeatures, scales, levels);
    }

    /** The feature pyramid's last step, from 1/8 to 1/4. Its maps are the largest there are, so each goes as soon as it can. */
    private <T> T maskFeatures(Ops<T> ops, T fine /* [B, H/4, W/4, C_4] */, T scale /* [B, N, C] */, Levels levels) {
        int[] shape = ops.shape(fine);
        Size eighth = levels.sizes().get(2);
        T coarse = ops.reshape(scale, shape[0], eighth.height(), eighth.width(), channels);
        T x = ops.scope(
                "lateral", () -> ops.groupNorm(ops.linear(fine, lateral, NONE), lateralNorm, ModelConfig.GROUPS));
        x = ops.step("sum", x, side -> ops.addResized(side, coarse));
        x = ops.step("output", x, sum -> ops.conv2d(sum, output, NONE));
        x = ops.step("output_norm", x, sum -> ops.groupNorm(sum, outputNorm, ModelConfig.GROUPS));
        x = ops.step("relu", x, ops::relu);
        return ops.step("projection", x, smooth -> ops.linear(smooth, maskProjection, NONE));
    }

    /** Where a token lies, and on which level: {@code [1, N, C]}. */
    private <T> T position(Ops<T> ops, Levels levels) {
        return ops.folded("pixel decoder position " + levels, () -> {
            T embedding = ops.reshape(ops.parameter(levelEmbedding), 1, levels.count(), channels);
            List<T> parts = new ArrayList<>();
            for (int l = 0; l < levels.count(); l++) {
                T sine = SinePosition.of(ops, levels.sizes().get(l), channels);
                parts.add(ops.add(sine, ops.slice(embedding, 1, l, l + 1)));
            }
            return ops.concat(1, parts);
        });
    }

    /** Deformable self-attention over all scales, then a feed-forward network; post-norm. */
    private static final class DeformableLayer {
        private final Linear value;
        private final Linear sampling;
        private final Linear output;
        private final Norm attentionNorm;
        private final FeedForward feedForward;
        private final Norm finalNorm;
        private final int heads;

        DeformableLayer(ModelConfig config, Names names) {
            heads = config.numAttentionHeads();
            int channels = config.featureSize();
            int samples = heads * ModelConfig.LEVELS * ModelConfig.POINTS;
            Names attention = names.in("self_attn");
            sampling = Linear.merged(
                    attention.linear("sampling_offsets", channels, 2 * samples),
                    attention.linear("attention_weights", channels, samples));
            value = attention.linear("value_proj", channels, channels);
            output = attention.linear("output_proj", channels, channels);
            attentionNorm = names.norm("self_attn_layer_norm", channels);
            feedForward = new FeedForward(
                    names.linear("fc1", channels, config.encoderFeedforwardDim()),
                    RELU,
                    names.linear("fc2", config.encoderFeedforwardDim(), channels));
            finalNorm = names.norm("final_layer_norm", channels);
        }

        <T> T forward(Ops<T> ops, T x /* [B, N, C] */, T position /* [1, N, C] */, Levels levels) {
            T y = ops.scope("attention", () -> {
                T where = ops.scope(
                        "sampling",
                        () -> ops.linear(ops.add(x, position), sampling, NONE)); // [B, N, heads·levels·points·3]
                T values = ops.linear(x, value, NONE); // [B, N, C]
                T sampled = ops.deformableAttention(values, where, levels, heads, ModelConfig.POINTS); // [B, N, C]
                return ops.layerNorm(ops.linearAdd(x, sampled, output), attentionNorm);
            });
            return ops.layerNorm(ops.feedForward(y, y, feedForward), finalNorm);
        }
    }
}
