package org.mask2former.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.model.ModelConfig;

/**
 * The configuration that applies to a run, as the YAML that {@link TrainingConfigFile} reads, with every default written out. It
 * says what a run was, and keeps a run from going on under another configuration. Stateless.
 */
final class ResolvedConfig {
    private static final ObjectMapper YAML = new YAMLMapper()
            .configure(YAMLGenerator.Feature.WRITE_DOC_START_MARKER, false)
            .configure(YAMLGenerator.Feature.MINIMIZE_QUOTES, true);
    /** What may change from one part of a run to the next: it does not touch what is learned. */
    private static final Set<String> FREE =
            Set.of("name", "data_root", "intervals", "workers", "stop_after_not_finite", "checkpointing");

    private ResolvedConfig() {}

    /**
     * Writes the file of a run, or where it is there, compares.
     *
     * @throws Mask2FormerException if the run was begun under another configuration
     */
    static void claim(TrainingConfig config, Path file) {
        ObjectNode now = tree(config);
        if (Files.exists(file)) {
            List<String> differences = new ArrayList<>();
            compare("", read(file), now, differences);
            if (!differences.isEmpty()) {
                throw new Mask2FormerException(file + " says that this run was begun with other settings: "
                        + String.join(", ", differences)
                        + "; go on with those, or begin a new run with --name or --output");
            }
        }
        try {
            RunFolder.writeText(file, YAML.writeValueAsString(now));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Compares what several processes were told.
     *
     * @throws Mask2FormerException in all of them, if one was told something else than the first
     */
    static void requireSame(TrainingConfig config, Processes processes) {
        List<String> all = processes.gather(tree(config).toString());
        for (int i = 1; i < all.size(); i++) {
            List<String> differences = new ArrayList<>();
            try {
                compare("", YAML.readTree(all.get(0)), YAML.readTree(all.get(i)), differences);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
            if (!differences.isEmpty()) {
                throw new Mask2FormerException("process " + i + " was started with other settings than process 0: "
                        + String.join(", ", differences) + "; start all with the same");
            }
        }
    }

    private static JsonNode read(Path file) {
        try {
            return YAML.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    /** Numbers are compared as they are written: 1 and 1.0 are the same number in YAML and differ in JSON's trees. */
    private static void compare(String path, JsonNode before, JsonNode now, List<String> differences) {
        Set<String> keys = new TreeSet<>();
        before.fieldNames().forEachRemaining(keys::add);
        now.fieldNames().forEachRemaining(keys::add);
        for (String key : keys) {
            String name = path + key;
            JsonNode a = before.path(key);
            JsonNode b = now.path(key);
            if (FREE.contains(name)) {
                continue;
            }
            if (a.isObject() && b.isObject()) {
                compare(name + ".", a, b, differences);
            } else if (a.isNumber() && b.isNumber() ? a.doubleValue() != b.doubleValue() : !a.equals(b)) {
                differences.add(name + " was " + shown(a) + " and is " + shown(b));
            }
        }
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "not set" : node.toString();
    }

    static ObjectNode tree(TrainingConfig c) {
        ObjectNode root = YAML.createObjectNode();
        root.put("name", c.name());
        root.put("data", c.data().toString());
        c.dataRoot().ifPresent(r -> root.put("data_root", r.toString()));
        root.putObject("parts")
                .put("train", c.trainPart())
                .put("val", c.valPart().orElse("none"));
        root.put("limit", c.limit());
        root.put("task", lower(c.task()));
        c.start().ifPresent(s -> root.put("start", s));
        c.backbone().ifPresent(b -> root.put("backbone", b));
        c.model().ifPresent(m -> root.set("model", model(m)));
        if (!c.changes().values().isEmpty()) {
            c.changes().toJson(root.putObject("model"));
        }
        c.teacher()
                .ifPresent(t -> root.putObject("teacher")
                        .put("model", t.model())
                        .put("weight", t.weight())
                        .put("annotations", t.annotations())
                        .put("threshold", t.threshold()));
        if (c.separation() > 0) {
            root.put("separation", c.separation());
        }
        if (!c.segmentWeights().isEmpty()) {
            c.segmentWeights().forEach(root.putObject("segment_weights")::put);
        }
        root.put("size", c.size().toString());
        root.set("augmentation", augmentation(c.augmentation()));
        root.put("batch", c.batch());
        root.put("steps", c.steps());
        OptimizerConfig o = c.optimizer();
        root.putObject("optimizer")
                .put("learning_rate", o.learningRate())
                .put("backbone_multiplier", o.backboneMultiplier())
                .put("weight_decay", o.weightDecay())
                .put("clip_norm", o.clipNorm())
                .put("accumulate", o.accumulate())
                .put("moving_average", o.movingAverage());
        Schedule s = c.schedule();
        ObjectNode schedule = root.putObject("schedule")
                .put("kind", lower(s.kind()))
                .put("warmup_steps", s.warmupSteps())
                .put("warmup_factor", s.warmupFactor())
                .put("power", s.power());
        s.milestones().forEach(schedule.putArray("milestones")::add);
        root.put("precision", lower(c.precision()));
        root.put("batch_norm", c.trainBatchNorm() ? "train" : "frozen");
        root.put("drop_path", c.dropPath());
        root.put("checkpointing", c.checkpointing());
        c.freeze().forEach(root.putArray("freeze")::add);
        root.putObject("intervals")
                .put("log", c.intervals().log())
                .put("snapshot", c.intervals().snapshot())
                .put("validate", c.intervals().validate());
        root.put("stop_after_not_finite", c.stopAfterNotFinite());
        root.put("workers", c.workers());
        root.put("seed", c.seed());
        return root;
    }

    private static ObjectNode augmentation(Augmentation a) {
        ObjectNode node = YAML.createObjectNode();
        node.putArray("size").add(a.height()).add(a.width());
        if (a.scaling() instanceof Scaling.LargeScaleJitter jitter) {
            node.putArray("jitter").add(jitter.least()).add(jitter.most());
        } else if (a.scaling() instanceof Scaling.ShortestEdge edge) {
            ArrayNode choices = node.putArray("shortest_edge");
            edge.choices().forEach(choices::add);
            node.put("longest_edge", edge.longest());
        }
        node.put("aspect", a.aspect());
        node.put("most_of_one_class", a.mostOfOneClass());
        node.put("mirror", a.mirror());
        node.put("flip", a.flip());
        node.put("turns", a.turns());
        if (a.rotate() > 0) { // else nothing, as in runs that were begun when there was no such thing
            node.put("rotate", a.rotate());
        }
        node.putObject("color")
                .put("probability", a.color().probability())
                .put("brightness", a.color().brightness())
                .put("contrast", a.color().contrast())
                .put("saturation", a.color().saturation())
                .put("hue", a.color().hue());
        node.put("min_pixels", a.minPixels());
        return node;
    }

    private static ObjectNode model(ModelConfig model) {
        try {
            ObjectNode all = (ObjectNode) new ObjectMapper().readTree(ConfigJson.toJson(model));
            all.retain(TrainingConfigFile.modelKeys());
            ((ObjectNode) all.path("backbone_config")).retain(TrainingConfigFile.backboneKeys());
            return all;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
