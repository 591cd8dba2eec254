package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.BackboneConfig;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ResNetConfig;
import org.mask2former.model.SwinConfig;

/**
 * The architecture read off the shapes of the weights, for checkpoints that come without a configuration (the original
 * repository's). Sizes, depths, heads, windows, queries and classes all show. What does not is as in every published
 * checkpoint: layer norm epsilon 1e-5, norms after the sub-layers ({@code pre_norm} leaves no trace in the weights),
 * stochastic depth 0.3 in training, the loss weights of the paper. The number of classes tells the data set, and so the
 * names.
 */
public final class ConfigInference {
    private static final String ENCODER = "model.pixel_level_module.encoder.";
    private static final String PIXEL_DECODER = "model.pixel_level_module.decoder.";
    private static final String TRANSFORMER = "model.transformer_module.";
    private static final String PATCHES = ENCODER + "embeddings.patch_embeddings.projection.weight";
    private static final String STEM = ENCODER + "embedder.embedder.convolution.weight";

    private final Weights weights;

    private ConfigInference(Weights weights) {
        this.weights = weights;
    }

    /**
     * Infers the architecture.
     *
     * @param weights in the hub's dialect
     * @throws CheckpointException if a weight that tells is missing, or the network has no code for what it shows
     */
    public static ModelConfig infer(Weights weights) {
        return new ConfigInference(weights).infer();
    }

    private ModelConfig infer() {
        int featureSize = dim(PIXEL_DECODER + "level_embed", 1, 2);
        int hiddenDim = dim(TRANSFORMER + "level_embed.weight", 1, 2);
        int levels = dim(TRANSFORMER + "level_embed.weight", 0, 2);
        if (levels != ModelConfig.LEVELS) {
            throw unsupported(TRANSFORMER + "level_embed.weight", "must have 3 rows, one for each level");
        }
        String offsets = PIXEL_DECODER + "encoder.layers.0.self_attn.sampling_offsets.weight";
        int perHead = ModelConfig.LEVELS * ModelConfig.POINTS * 2;
        int heads = dim(offsets, 0, 2) / perHead;
        if (dim(offsets, 0, 2) % perHead != 0) {
            throw unsupported(offsets, "must have 24 rows a head: x and y of 4 points on 3 levels");
        }
        boolean projects = has(TRANSFORMER + "input_projections.0.weight");
        if (featureSize != hiddenDim && !projects) {
            throw unsupported(
                    TRANSFORMER + "level_embed.weight",
                    "must agree with the pixel decoder's " + featureSize + ", as there are no input_projections");
        }
        int classes = dim("class_predictor.weight", 0, 2) - 1;
        try {
            return new ModelConfig(
                    backbone(),
                    featureSize,
                    dim(PIXEL_DECODER + "mask_projection.weight", 0, 4),
                    hiddenDim,
                    count(PIXEL_DECODER + "encoder.layers.%d.fc1.weight"),
                    dim(PIXEL_DECODER + "encoder.layers.0.fc1.weight", 0, 2),
                    count(TRANSFORMER + "decoder.layers.%d.fc1.weight") + 1,
                    dim(TRANSFORMER + "decoder.layers.0.fc1.weight", 0, 2),
                    heads,
                    dim(TRANSFORMER + "queries_features.weight", 0, 2),
                    false,
                    projects && featureSize == hiddenDim,
                    DatasetNames.ofClasses(classes),
                    LossConfig.DEFAULT);
        } catch (CheckpointException e) {
            throw e;
        } catch (Mask2FormerException e) {
            throw new CheckpointException(
                    weights.source() + ": its weights have shapes of an impossible model: " + e.getMessage()
                            + "; choose another checkpoint, or put its config.json beside it",
                    e);
        }
    }

    private BackboneConfig backbone() {
        if (has(PATCHES)) {
            return swin();
        }
        if (has(STEM)) {
            return resnet();
        }
        throw new CheckpointException(weights.source() + " has a backbone that is neither Swin nor ResNet; of its kinds"
                + " only the plain stem and the 4×4 patch embedding are supported; choose another checkpoint");
    }

    private SwinConfig swin() {
        int[] patches = weights.shape(PATCHES);
        if (patches.length != 4 || patches[1] != 3 || patches[2] != 4 || patches[3] != 4) {
            throw unsupported(PATCHES, "must be [channels, 3, 4, 4], a patch embedding of 4×4 pixels in three colours");
        }
        if (weights.names().stream()
                .anyMatch(n -> n.endsWith("absolute_pos_embed") || n.endsWith("position_embeddings"))) {
            throw new CheckpointException(weights.source()
                    + " has absolute position embeddings, which no published Mask2Former has and which are not supported;"
                    + " choose another checkpoint");
        }
        List<Integer> depths = new ArrayList<>();
        List<Integer> heads = new ArrayList<>();
        String table = "attention.self.relative_position_bias_table";
        for (int stage = 0; stage < 4; stage++) {
            depths.add(count(ENCODER + "encoder.layers." + stage + ".blocks.%d." + table));
            heads.add(dim(block(stage) + table, 1, 2));
        }
        int rows = dim(block(0) + table, 0, 2);
        int window = (int) (Math.round(Math.sqrt(rows)) + 1) / 2;
        if ((2 * window - 1) * (2 * window - 1) != rows) {
            throw unsupported(block(0) + table, "must have (2·window − 1)² rows");
        }
        double mlpRatio = dim(block(0) + "intermediate.dense.weight", 0, 2) / (double) patches[0];
        boolean qkvBias = has(block(0) + "attention.self.query.bias");
        return new SwinConfig(
                patches[0],
                depths,
                heads,
                window,
                mlpRatio,
                qkvBias,
                SwinConfig.DEFAULT_LAYER_NORM_EPS,
                SwinConfig.DEFAULT_DROP_PATH_RATE);
    }

    private static String block(int stage) {
        return ENCODER + "encoder.layers." + stage + ".blocks.0.";
    }

    private ResNetConfig resnet() {
        List<Integer> sizes = new ArrayList<>();
        List<Integer> depths = new ArrayList<>();
        for (int stage = 0; stage < 4; stage++) {
            String block = ENCODER + "encoder.stages." + stage + ".layers.";
            depths.add(count(block + "%d.layer.0.convolution.weight"));
            String last = block + "0.layer.2.convolution.weight";
            if (!has(last)) {
                throw new CheckpointException(weights.source() + " has a ResNet of basic blocks (18 or 34 layers); only"
                        + " bottlenecks (50, 101, 152) are supported; choose another checkpoint");
            }
            sizes.add(dim(last, 0, 4));
        }
        return new ResNetConfig(dim(STEM, 0, 4), sizes, depths);
    }

    private boolean has(String name) {
        return weights.names().contains(name);
    }

    /** How many layers there are under a name with their number as {@code %d}. */
    private int count(String pattern) {
        int n = (int) IntStream.iterate(0, i -> i + 1)
                .takeWhile(i -> has(String.format(pattern, i)))
                .count();
        if (n == 0) {
            throw missing(String.format(pattern, 0));
        }
        return n;
    }

    private int dim(String name, int dimension, int dimensions) {
        if (!has(name)) {
            throw missing(name);
        }
        int[] shape = weights.shape(name);
        if (shape.length != dimensions) {
            throw unsupported(name, "must have " + dimensions + " dimensions");
        }
        return shape[dimension];
    }

    private CheckpointException missing(String name) {
        return new CheckpointException(
                weights.source() + " has no " + name
                        + ", so that its architecture cannot be inferred; is it complete? If so, put its config.json beside it");
    }

    private CheckpointException unsupported(String name, String must) {
        return new CheckpointException(weights.source() + ": " + name + " has shape "
                + Arrays.toString(weights.shape(name)) + ", but " + must + "; choose another checkpoint");
    }
}
