package org.mask2former.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;
import org.mask2former.Task;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.data.ConfigNode;
import org.mask2former.image.TestSize;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.Precision;

/**
 * Reads the YAML of a training run. What it does not say has the defaults of {@link TrainingConfig}'s parts, which are the
 * paper's; unknown keys are refused. Stateless.
 */
public final class TrainingConfigFile {
    private static final String[] KEYS = {
        "name",
        "data",
        "data_root",
        "parts",
        "limit",
        "task",
        "start",
        "backbone",
        "model",
        "teacher",
        "separation",
        "segment_weights",
        "size",
        "augmentation",
        "batch",
        "steps",
        "optimizer",
        "schedule",
        "precision",
        "batch_norm",
        "drop_path",
        "checkpointing",
        "freeze",
        "intervals",
        "stop_after_not_finite",
        "workers",
        "seed"
    };
    private static final String[] MODEL_KEYS = {
        "backbone_config",
        "feature_size",
        "mask_feature_size",
        "hidden_dim",
        "encoder_layers",
        "encoder_feedforward_dim",
        "decoder_layers",
        "dim_feedforward",
        "num_attention_heads",
        "num_queries",
        "pre_norm",
        "no_object_weight",
        "class_weight",
        "mask_weight",
        "dice_weight",
        "train_num_points",
        "oversample_ratio",
        "importance_sample_ratio"
    };
    private static final String[] BACKBONE_KEYS = {
        "model_type",
        "embedding_size",
        "hidden_sizes",
        "depths",
        "embed_dim",
        "num_heads",
        "window_size",
        "mlp_ratio",
        "qkv_bias",
        "drop_path_rate"
    };
    private static final int DEFAULT_BATCH = 16;
    private static final int DEFAULT_STOP = 20;

    private TrainingConfigFile() {}

    /**
     * Reads a file.
     *
     * @param changes values as YAML by keys joined with dots, in place of the file's
     * @throws Mask2FormerException that names the file, the key and what was expected
     */
    public static TrainingConfig read(Path file, Map<String, String> changes) {
        ConfigNode yaml = ConfigNode.read(file, changes).knows(KEYS);
        try {
            return read(yaml);
        } catch (Mask2FormerException e) {
            String message = String.valueOf(e.getMessage());
            throw message.contains(file.toString()) ? e : yaml.error(message);
        }
    }

    static List<String> modelKeys() {
        return List.of(MODEL_KEYS);
    }

    static List<String> backboneKeys() {
        return List.of(BACKBONE_KEYS);
    }

    private static TrainingConfig read(ConfigNode yaml) {
        Path data = beside(yaml, yaml.text("data"));
        ConfigNode parts = yaml.has("parts") ? yaml.mapping("parts").knows("train", "val") : null;
        Task task = choice(yaml, "task", Task.PANOPTIC);
        boolean fromNothing = yaml.has("model") && !yaml.has("start");
        return new TrainingConfig(
                yaml.optionalText("name").orElseGet(() -> stem(yaml.file())),
                data,
                yaml.optionalText("data_root").map(text -> beside(yaml, text)),
                parts == null ? "train" : parts.optionalText("train").orElse("train"),
                parts == null
                        ? Optional.of("val")
                        : parts.has("val")
                                ? parts.optionalText("val").filter(p -> !p.equals("none"))
                                : Optional.of("val"),
                yaml.integer("limit", 0),
                task,
                yaml.optionalText("start").map(text -> localOrHub(yaml, text)),
                yaml.optionalText("backbone").map(text -> localOrHub(yaml, text)),
                fromNothing ? Optional.of(model(yaml.mapping("model"))) : Optional.empty(),
                yaml.has("model") && !fromNothing ? ModelChanges.read(yaml.mapping("model")) : ModelChanges.NONE,
                yaml.has("teacher") ? Optional.of(teacher(yaml, yaml.mapping("teacher"))) : Optional.empty(),
                yaml.decimal("separation", 0),
                segmentWeights(yaml),
                TestSize.parse(yaml.optionalText("size").orElse("800/1333")),
                yaml.has("augmentation")
                        ? AugmentationFile.read(yaml.mapping("augmentation"))
                        : AugmentationFile.byDefault(),
                yaml.integer("batch", DEFAULT_BATCH),
                yaml.integer("steps", 0),
                yaml.has("optimizer") ? optimizer(yaml.mapping("optimizer")) : OptimizerConfig.DEFAULT,
                yaml.has("schedule") ? schedule(yaml.mapping("schedule")) : Schedule.DEFAULT,
                choice(yaml, "precision", Precision.FP32),
                batchNorm(yaml, fromNothing && !yaml.has("backbone")),
                yaml.flag("drop_path", true),
                yaml.flag("checkpointing", false),
                texts(yaml, "freeze"),
                intervals(yaml),
                yaml.integer("stop_after_not_finite", DEFAULT_STOP),
                yaml.integer("workers", 1),
                yaml.integer("seed", 1));
    }

    private static Map<String, Double> segmentWeights(ConfigNode yaml) {
        Map<String, Double> weights = new LinkedHashMap<>();
        if (yaml.has("segment_weights")) {
            yaml.mapping("segment_weights").entries().forEach((name, weight) -> weights.put(name, weight.asDecimal()));
        }
        return weights;
    }

    private static ModelConfig model(ConfigNode node) {
        node.knows(MODEL_KEYS);
        if (node.has("backbone_config")) {
            node.mapping("backbone_config").knows(BACKBONE_KEYS);
        }
        ObjectNode json = (ObjectNode) node.toJson();
        json.put("model_type", "mask2former");
        return ConfigJson.parse(node.file() + ": model", json.toString());
    }

    private static TeacherConfig teacher(ConfigNode yaml, ConfigNode node) {
        node.knows("model", "weight", "annotations", "threshold");
        return new TeacherConfig(
                localOrHub(yaml, node.text("model")),
                node.decimal("weight", TeacherConfig.DEFAULT_WEIGHT),
                node.flag("annotations", true),
                node.decimal("threshold", TeacherConfig.DEFAULT_THRESHOLD));
    }

    private static OptimizerConfig optimizer(ConfigNode node) {
        node.knows("learning_rate", "backbone_multiplier", "weight_decay", "clip_norm", "accumulate", "moving_average");
        OptimizerConfig d = OptimizerConfig.DEFAULT;
        return new OptimizerConfig(
                node.decimal("learning_rate", d.learningRate()),
                node.decimal("backbone_multiplier", d.backboneMultiplier()),
                node.decimal("weight_decay", d.weightDecay()),
                node.decimal("clip_norm", d.clipNorm()),
                node.integer("accumulate", d.accumulate()),
                node.decimal("moving_average", d.movingAverage()));
    }

    private static Schedule schedule(ConfigNode node) {
        node.knows("kind", "warmup_steps", "warmup_factor", "milestones", "power");
        Schedule d = Schedule.DEFAULT;
        List<Double> milestones = new ArrayList<>();
        node.oneOrMore("milestones").forEach(m -> milestones.add(m.asDecimal()));
        return new Schedule(
                choice(node, "kind", d.kind()),
                node.integer("warmup_steps", d.warmupSteps()),
                node.decimal("warmup_factor", d.warmupFactor()),
                node.has("milestones") ? milestones : d.milestones(),
                node.decimal("power", d.power()));
    }

    private static TrainingConfig.Intervals intervals(ConfigNode yaml) {
        TrainingConfig.Intervals d = TrainingConfig.Intervals.DEFAULT;
        if (!yaml.has("intervals")) {
            return d;
        }
        ConfigNode node = yaml.mapping("intervals").knows("log", "snapshot", "validate");
        return new TrainingConfig.Intervals(
                node.integer("log", d.log()),
                node.integer("snapshot", d.snapshot()),
                node.integer("validate", d.validate()));
    }

    /** Statistics of pretrained backbones stay as they are; a model from nothing has none yet. */
    private static boolean batchNorm(ConfigNode yaml, boolean fromNothing) {
        String text = yaml.optionalText("batch_norm").orElse(fromNothing ? "train" : "frozen");
        return switch (text) {
            case "train" -> true;
            case "frozen" -> false;
            default -> throw yaml.error("batch_norm", "train or frozen is expected, not '" + text + "'");
        };
    }

    private static List<String> texts(ConfigNode yaml, String key) {
        return yaml.oneOrMore(key).stream().map(ConfigNode::asText).toList();
    }

    private static <E extends Enum<E>> E choice(ConfigNode yaml, String key, E otherwise) {
        Optional<String> text = yaml.optionalText(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        List<String> names = new ArrayList<>();
        for (E value : otherwise.getDeclaringClass().getEnumConstants()) {
            String name = value.name().toLowerCase(Locale.ROOT);
            if (name.equals(text.get())) {
                return value;
            }
            names.add(name);
        }
        throw yaml.error(
                key,
                "there is no '" + text.get() + "'" + Suggestions.didYouMeanQuoted(text.get(), names) + "; there are "
                        + String.join(", ", names));
    }

    private static Path beside(ConfigNode yaml, String text) {
        return yaml.file().toAbsolutePath().normalize().resolveSibling(text).normalize();
    }

    /** A file beside the YAML if there is one, else the name as it is. */
    private static String localOrHub(ConfigNode yaml, String text) {
        Path beside = beside(yaml, text);
        return Files.exists(beside) ? beside.toString() : text;
    }

    private static String stem(Path file) {
        return file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    }
}
