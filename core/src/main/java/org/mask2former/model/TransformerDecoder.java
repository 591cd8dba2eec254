package org.mask2former.model;

import static org.mask2former.ops.Activation.NONE;
import static org.mask2former.ops.Activation.RELU;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.mask2former.ops.Levels.Size;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Ops;
import org.mask2former.ops.Parameter;

/**
 * The transformer decoder (paper, section 3.2): learned queries look at one scale a layer, coarse to fine and around
 * again, each only where it sees its own mask. After every layer a query predicts a class and a mask; so it does
 * before the first, from what it has learned alone. A pass may end after any layer, and may go on with the queries alone that
 * most likely found something. Immutable: it holds names and sizes, no weights.
 */
public final class TransformerDecoder {
    private final Parameter queryFeatures;
    private final Parameter queryPositions;
    private final Parameter levelEmbedding;
    private final List<Linear> inputProjections = new ArrayList<>();
    private final List<MaskedAttentionLayer> layers = new ArrayList<>();
    private final Norm norm;
    private final List<Linear> maskEmbedder = new ArrayList<>();
    private final Linear classPredictor;
    private final int channels;
    private final int queries;

    /**
     * A prediction of the decoder.
     *
     * @param classLogits {@code [B, Q, classes + 1]}, "no object" last
     * @param maskLogits {@code [B, Q, H/4, W/4]}
     */
    public record Output<T>(T classLogits, T maskLogits) {
        List<T> tensors() {
            return List.of(classLogits, maskLogits);
        }
    }

    TransformerDecoder(ModelConfig config, Names root) {
        channels = config.hiddenDim();
        queries = config.numQueries();
        Names names = root.in("model.transformer_module");
        queryPositions = names.parameter("queries_embedder.weight", queries, channels);
        queryFeatures = names.parameter("queries_features.weight", queries, channels);
        levelEmbedding = names.parameter("level_embed.weight", ModelConfig.LEVELS, channels);
        if (config.featureSize() != channels || config.enforceInputProjection()) {
            for (int l = 0; l < ModelConfig.LEVELS; l++) {
                inputProjections.add(names.conv1x1("input_projections." + l, config.featureSize(), channels, true));
            }
        }
        Names decoder = names.in("decoder");
        for (int i = 0; i < config.decoderLayers(); i++) {
            layers.add(new MaskedAttentionLayer(config, decoder.in("layers", i)));
        }
        norm = decoder.norm("layernorm", channels);
        Names embedder = decoder.in("mask_predictor.mask_embedder");
        maskEmbedder.add(embedder.linear("0.0", channels, channels));
        maskEmbedder.add(embedder.linear("1.0", channels, channels));
        maskEmbedder.add(embedder.linear("2.0", channels, config.maskFeatureSize()));
        classPredictor = root.linear("class_predictor", channels, config.numClasses() + 1);
    }

    /**
     * The last prediction alone, or all of them in order, the one before the first layer included.
     *
     * @param effort in the numbers of this model, see {@link Effort#of}
     */
    public <T> List<Output<T>> forward(
            Ops<T> ops, PixelDecoder.Features<T> features, Effort effort, boolean allLayers) {
        int batch = ops.shape(features.maskFeatures())[0];
        List<T> positions = new ArrayList<>(); // [1, N_l, C]
        List<T> sources = new ArrayList<>(); // [B, N_l, C]
        List<T> maskFeatures = new ArrayList<>(); // [B, N_l, maskFeatureSize]
        T levelEmbeddings = ops.reshape(ops.parameter(levelEmbedding), 1, ModelConfig.LEVELS, channels);
        for (int l = 0; l < ModelConfig.LEVELS; l++) {
            Size size = features.levels().sizes().get(l);
            T scale = features.scales().get(l);
            T source = inputProjections.isEmpty() ? scale : ops.linear(scale, inputProjections.get(l), NONE);
            sources.add(ops.add(source, ops.slice(levelEmbeddings, 1, l, l + 1)));
            positions.add(SinePosition.of(ops, size, channels));
            // A resized mask is the product with resized features: attention masks need no mask at full size.
            maskFeatures.add(tokens(ops, ops.resizeBilinear(features.maskFeatures(), size.height(), size.width())));
        }
        T fullMaskFeatures = tokens(ops, features.maskFeatures());
        T queryPosition = ops.reshape(ops.parameter(queryPositions), 1, queries, channels);
        T x = repeated(ops, ops.reshape(ops.parameter(queryFeatures), 1, queries, channels), batch); // [B, Q, C]
        List<Output<T>> outputs = new ArrayList<>();
        for (int i = 0; i < effort.decoderLayers(); i++) {
            int level = i % ModelConfig.LEVELS;
            MaskedAttentionLayer layer = layers.get(i);
            if (allLayers) {
                outputs.add(predict(ops, x, fullMaskFeatures, features.maskFeatures()));
            }
            T place = queryPosition;
            x = ops.step("layer" + i, x, y -> {
                T mask = ops.matmulTransposed(maskEmbedding(ops, ops.layerNorm(y, norm)), maskFeatures.get(level));
                return layer.forward(ops, y, place, sources.get(level), positions.get(level), mask);
            });
            if (effort.queries() < queries && i + 1 == Math.min(Effort.SELECTION_LAYERS, effort.decoderLayers())) {
                List<T> best = best(ops, x, queryPosition, effort.queries());
                x = best.get(0);
                queryPosition = best.get(1);
            }
        }
        outputs.add(predict(ops, x, fullMaskFeatures, features.maskFeatures()));
        return outputs;
    }

    /** The queries that most likely found something, and their positions: {@code [B, count, C]} each. */
    private <T> List<T> best(Ops<T> ops, T x /* [B, Q, C] */, T position /* [1, Q, C] */, int count) {
        return ops.scopeAll(
                "best_queries",
                () -> {
                    T classLogits = ops.linear(ops.layerNorm(x, norm), classPredictor, NONE);
                    T both = ops.concat(2, List.of(x, repeated(ops, position, ops.shape(x)[0]))); // [B, Q, 2C]
                    T chosen = ops.mostLikely(both, classLogits, count);
                    return List.of(ops.slice(chosen, 2, 0, channels), ops.slice(chosen, 2, channels, 2 * channels));
                },
                chosen -> chosen);
    }

    private <T> Output<T> predict(Ops<T> ops, T x /* [B, Q, C] */, T maskFeatures /* [B, N, Cm] */, T map) {
        int[] size = ops.shape(map);
        return ops.scopeAll(
                "prediction",
                () -> {
                    T normed = ops.layerNorm(x, norm);
                    T masks = ops.matmulTransposed(maskEmbedding(ops, normed), maskFeatures); // [B, Q, N]
                    return new Output<>(
                            ops.linear(normed, classPredictor, NONE),
                            ops.reshape(masks, size[0], -1, size[1], size[2]));
                },
                Output::tensors);
    }

    /** What a query's mask looks for in the mask features: {@code [B, Q, C]} to {@code [B, Q, Cm]}. */
    private <T> T maskEmbedding(Ops<T> ops, T normed) {
        T hidden = ops.linear(ops.linear(normed, maskEmbedder.get(0), RELU), maskEmbedder.get(1), RELU);
        return ops.linear(hidden, maskEmbedder.get(2), NONE);
    }

    /** Once for each picture of a batch. */
    private static <T> T repeated(Ops<T> ops, T one, int batch) {
        return batch == 1 ? one : ops.concat(0, Collections.nCopies(batch, one));
    }

    private static <T> T tokens(Ops<T> ops, T map) {
        int[] shape = ops.shape(map);
        return ops.reshape(map, shape[0], shape[1] * shape[2], shape[3]);
    }
}
