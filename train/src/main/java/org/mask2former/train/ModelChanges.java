package org.mask2former.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mask2former.Mask2FormerException;
import org.mask2former.data.ConfigNode;
import org.mask2former.model.BackboneConfig;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.SwinConfig;

/**
 * What a run may change of the model that it starts from: settings of how it is trained, which touch neither its weights nor what
 * it computes afterwards, and its depth, for layers can be added to the transformer decoder. Immutable.
 *
 * @param values by the keys of the hub's {@code config.json}, those of {@code backbone_config} by their own names
 */
public record ModelChanges(Map<String, Double> values) {
    public static final ModelChanges NONE = new ModelChanges(Map.of());

    private static final String BACKBONE = "backbone_config";
    private static final String DROP_PATH = "drop_path_rate";
    private static final String DECODER_LAYERS = "decoder_layers";
    private static final String POINTS = "train_num_points";
    private static final List<String> LOSS_KEYS = List.of(
            "no_object_weight",
            "class_weight",
            "mask_weight",
            "dice_weight",
            POINTS,
            "oversample_ratio",
            "importance_sample_ratio");

    public ModelChanges {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
        loss(values, LossConfig.DEFAULT); // which refuses what makes no sense
    }

    /**
     * Reads what stands under {@code model}.
     *
     * @throws Mask2FormerException if a key is none of these
     */
    static ModelChanges read(ConfigNode node) {
        Map<String, Double> values = new LinkedHashMap<>();
        node.entries().forEach((key, value) -> {
            if (key.equals(BACKBONE) && value.isMapping()) {
                value.entries().forEach((inner, rate) -> {
                    requireFree(node, BACKBONE + "." + inner, inner.equals(DROP_PATH));
                    values.put(inner, rate.asDecimal());
                });
            } else {
                requireFree(node, key, key.equals(DECODER_LAYERS) || LOSS_KEYS.contains(key));
                values.put(key, isWhole(key) ? value.asInteger() : value.asDecimal());
            }
        });
        return new ModelChanges(values);
    }

    private static boolean isWhole(String key) {
        return key.equals(POINTS) || key.equals(DECODER_LAYERS);
    }

    private static void requireFree(ConfigNode node, String key, boolean free) {
        if (!free) {
            throw node.error("'" + key + "' cannot be changed where 'start' brings the model; what can is "
                    + String.join(", ", LOSS_KEYS) + ", " + DECODER_LAYERS + ", " + BACKBONE + "." + DROP_PATH);
        }
    }

    /** What {@link #read} reads. */
    ObjectNode toJson(ObjectNode node) {
        values.forEach((key, value) -> {
            if (key.equals(DROP_PATH)) {
                node.putObject(BACKBONE).put(key, value);
            } else if (isWhole(key)) {
                node.put(key, value.intValue());
            } else {
                node.put(key, value);
            }
        });
        return node;
    }

    /** @throws Mask2FormerException if the model has no such setting, or would have to lose layers */
    ModelConfig applyTo(ModelConfig model) {
        return model.withBackbone(backbone(model.backbone()))
                .withDecoderPredictions(predictions(model))
                .withLoss(loss(values, model.loss()));
    }

    private int predictions(ModelConfig model) {
        int now = model.decoderPredictions();
        int wanted = values.getOrDefault(DECODER_LAYERS, (double) now).intValue();
        if (wanted < now) {
            throw new Mask2FormerException("model: " + DECODER_LAYERS + " is " + now
                    + " in the model of 'start' and can" + " grow, but not become " + wanted
                    + "; --decoder-layers makes a model stop early when it is used");
        }
        return wanted;
    }

    private BackboneConfig backbone(BackboneConfig backbone) {
        Double rate = values.get(DROP_PATH);
        if (rate == null) {
            return backbone;
        }
        if (backbone instanceof SwinConfig swin) {
            return swin.withDropPathRate(rate);
        }
        throw new Mask2FormerException("model: " + BACKBONE + "." + DROP_PATH + " is of Swin alone, and the model of"
                + " 'start' has a " + backbone.displayName() + "; leave it out");
    }

    private static LossConfig loss(Map<String, Double> values, LossConfig l) {
        return new LossConfig(
                values.getOrDefault("no_object_weight", l.noObjectWeight()),
                values.getOrDefault("class_weight", l.classWeight()),
                values.getOrDefault("mask_weight", l.maskWeight()),
                values.getOrDefault("dice_weight", l.diceWeight()),
                values.getOrDefault(POINTS, (double) l.trainNumPoints()).intValue(),
                values.getOrDefault("oversample_ratio", l.oversampleRatio()),
                values.getOrDefault("importance_sample_ratio", l.importanceSampleRatio()));
    }
}
