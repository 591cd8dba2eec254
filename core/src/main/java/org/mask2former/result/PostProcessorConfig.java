package org.mask2former.result;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/**
 * What counts as a segment for one model in particular, where its makers found other values better than the rule book's: a {@code
 * postprocessor_config.json} beside its weights, such as
 *
 * <pre>{"panoptic": {"score_threshold": 0.5}, "instance": {"nms_threshold": 0.7}}</pre>
 *
 * <p>The names are those of {@link PostProcessOptions} in the hub's spelling. No published checkpoint has such a file, and
 * Transformers does not read it. Immutable.
 *
 * @param values of each task, by name
 */
public record PostProcessorConfig(Map<Task, Map<String, Double>> values) {
    public static final String FILE_NAME = "postprocessor_config.json";
    /** The rule book's values apply. */
    public static final PostProcessorConfig NONE = new PostProcessorConfig(Map.of());

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<Task, List<String>> NAMES = Map.of(
            Task.SEMANTIC, List.of(),
            Task.INSTANCE, List.of("score_threshold", "mask_threshold", "nms_threshold"),
            Task.PANOPTIC, List.of("score_threshold", "mask_threshold", "overlap_threshold", "nms_threshold"));

    public PostProcessorConfig {
        Map<Task, Map<String, Double>> copy = new EnumMap<>(Task.class);
        values.forEach((task, own) -> copy.put(task, Map.copyOf(own)));
        values = Collections.unmodifiableMap(copy);
    }

    /**
     * Reads the file of a folder.
     *
     * @return {@link #NONE} if there is no such file
     * @throws Mask2FormerException if it says what no task has, or cannot be read
     */
    public static PostProcessorConfig in(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        return Files.exists(file) ? read(file) : NONE;
    }

    private static PostProcessorConfig read(Path file) {
        Map<Task, Map<String, Double>> values = new EnumMap<>(Task.class);
        try {
            for (Map.Entry<String, JsonNode> entry :
                    JSON.readTree(file.toFile()).properties()) {
                Task task = task(entry.getKey(), file);
                List<String> names = Objects.requireNonNull(NAMES.get(task));
                Map<String, Double> own = new LinkedHashMap<>();
                for (Map.Entry<String, JsonNode> value : entry.getValue().properties()) {
                    if (!names.contains(value.getKey()) || !value.getValue().isNumber()) {
                        throw new Mask2FormerException(file + ": " + entry.getKey() + "." + value.getKey() + " is "
                                + value.getValue() + "; there can be numbers called "
                                + String.join(", ", names));
                    }
                    own.put(value.getKey(), value.getValue().doubleValue());
                }
                values.put(task, own);
            }
        } catch (JacksonException e) {
            throw new Mask2FormerException(file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new Mask2FormerException(file + " cannot be read: " + e.getMessage(), e);
        }
        PostProcessorConfig config = new PostProcessorConfig(values);
        try {
            for (Task task : Task.values()) { // refuses what no option can be
                config.applyTo(PostProcessOptions.defaults(Compat.PAPER, task, Labels.of(List.of())), task);
            }
        } catch (Mask2FormerException e) {
            throw new Mask2FormerException(file + ": " + e.getMessage(), e);
        }
        return config;
    }

    private static Task task(String name, Path file) {
        for (Task task : List.of(Task.INSTANCE, Task.PANOPTIC)) {
            if (task.name().toLowerCase(Locale.ROOT).equals(name)) {
                return task;
            }
        }
        throw new Mask2FormerException(file + " has '" + name + "'; there can be 'instance' and 'panoptic'");
    }

    /** The rule book's options, and the model's own in place of them. */
    public PostProcessOptions applyTo(PostProcessOptions options, Task task) {
        PostProcessOptions own = options;
        for (Map.Entry<String, Double> value :
                values.getOrDefault(task, Map.of()).entrySet()) {
            double number = value.getValue();
            own = switch (value.getKey()) {
                case "score_threshold" -> own.withScoreThreshold(number);
                case "mask_threshold" -> own.withMaskThreshold(number);
                case "overlap_threshold" -> own.withOverlapThreshold(number);
                case "nms_threshold" -> own.withNmsThreshold(number);
                default -> throw new Mask2FormerException("there is no option " + value.getKey());
            };
        }
        return own;
    }
}
