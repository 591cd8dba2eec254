package org.mask2former.model;

import java.util.List;
import org.mask2former.Mask2FormerException;

/**
 * The architecture of one model; the names are those of the hub's {@code config.json}.
 *
 * @param backbone the backbone
 * @param featureSize channels inside the pixel decoder ({@code feature_size}, 256)
 * @param maskFeatureSize channels of the per-pixel embeddings ({@code mask_feature_size}, 256)
 * @param hiddenDim channels of queries in the transformer decoder ({@code hidden_dim}, 256)
 * @param encoderLayers deformable attention layers of the pixel decoder ({@code encoder_layers}, 6)
 * @param encoderFeedforwardDim their feed-forward width (1024)
 * @param decoderPredictions predictions of the transformer decoder, one more than its layers ({@code decoder_layers} on
 *     the hub and {@code DEC_LAYERS} in the original, 10)
 * @param dimFeedforward feed-forward width of the transformer decoder (2048)
 * @param numAttentionHeads heads of both decoders (8)
 * @param numQueries queries, that is segments the model can name at most (100; Swin-L 200)
 * @param preNorm whether the transformer decoder normalises before its sub-layers
 * @param enforceInputProjection whether the features pass a 1×1 convolution before the transformer decoder even where
 *     the widths agree ({@code enforce_input_projection})
 * @param labels the class names, in the order of their ids; "no object" comes after them and has no name
 * @param loss weights and sampling of the training losses
 */
public record ModelConfig(
        BackboneConfig backbone,
        int featureSize,
        int maskFeatureSize,
        int hiddenDim,
        int encoderLayers,
        int encoderFeedforwardDim,
        int decoderPredictions,
        int dimFeedforward,
        int numAttentionHeads,
        int numQueries,
        boolean preNorm,
        boolean enforceInputProjection,
        List<String> labels,
        LossConfig loss) {
    /** Feature levels that deformable attention and the transformer decoder look at: 1/32, 1/16, 1/8. */
    public static final int LEVELS = 3;
    /** Points that deformable attention samples per head and level. */
    public static final int POINTS = 4;
    /** Groups of every group norm of the pixel decoder. */
    public static final int GROUPS = 32;
    /** Every input side is padded or stretched to a multiple of this by the published preprocessing. */
    public static final int SIZE_DIVISOR = 32;

    public ModelConfig {
        labels = List.copyOf(labels);
        require(featureSize > 0 && featureSize % GROUPS == 0, "feature_size", featureSize, "a multiple of 32");
        require(maskFeatureSize > 0, "mask_feature_size", maskFeatureSize, "positive");
        require(numAttentionHeads > 0, "num_attention_heads", numAttentionHeads, "positive");
        require(
                hiddenDim > 0 && hiddenDim % numAttentionHeads == 0 && hiddenDim % 2 == 0,
                "hidden_dim",
                hiddenDim,
                "even and a multiple of num_attention_heads " + numAttentionHeads);
        require(
                featureSize % numAttentionHeads == 0 && featureSize % 2 == 0,
                "feature_size",
                featureSize,
                "a multiple of num_attention_heads " + numAttentionHeads);
        require(encoderLayers > 0, "encoder_layers", encoderLayers, "positive");
        require(encoderFeedforwardDim > 0, "encoder_feedforward_dim", encoderFeedforwardDim, "positive");
        require(decoderPredictions > 1, "decoder_layers", decoderPredictions, "at least 2");
        require(dimFeedforward > 0, "dim_feedforward", dimFeedforward, "positive");
        require(numQueries > 0, "num_queries", numQueries, "positive");
        require(!labels.isEmpty(), "id2label", 0, "at least one class");
    }

    /** The sizes every published checkpoint shares, for a backbone, a number of queries and class names. */
    public static ModelConfig of(BackboneConfig backbone, int numQueries, List<String> labels) {
        return new ModelConfig(
                backbone, 256, 256, 256, 6, 1024, 10, 2048, 8, numQueries, false, false, labels, LossConfig.DEFAULT);
    }

    /** The same architecture for other classes. */
    public ModelConfig withLabels(List<String> value) {
        return with(backbone, decoderPredictions, value, loss);
    }

    /** The same with another backbone. */
    public ModelConfig withBackbone(BackboneConfig value) {
        return with(value, decoderPredictions, labels, loss);
    }

    /** The same architecture, trained by other losses. */
    public ModelConfig withLoss(LossConfig value) {
        return with(backbone, decoderPredictions, labels, value);
    }

    /** The same with another number of layers in the transformer decoder, counted as {@link #decoderPredictions}. */
    public ModelConfig withDecoderPredictions(int value) {
        return with(backbone, value, labels, loss);
    }

    private ModelConfig with(
            BackboneConfig newBackbone, int newDecoderPredictions, List<String> newLabels, LossConfig newLoss) {
        return new ModelConfig(
                newBackbone,
                featureSize,
                maskFeatureSize,
                hiddenDim,
                encoderLayers,
                encoderFeedforwardDim,
                newDecoderPredictions,
                dimFeedforward,
                numAttentionHeads,
                numQueries,
                preNorm,
                enforceInputProjection,
                newLabels,
                newLoss);
    }

    /** Classes, "no object" not counted. */
    public int numClasses() {
        return labels.size();
    }

    /** Layers of the transformer decoder. */
    public int decoderLayers() {
        return decoderPredictions - 1;
    }

    private static void require(boolean holds, String name, int value, String expected) {
        if (!holds) {
            throw new Mask2FormerException(
                    "a model with " + name + " " + value + " is not possible; it must be " + expected);
        }
    }
}
