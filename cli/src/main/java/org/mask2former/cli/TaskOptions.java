package org.mask2former.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.result.ClassNames;
import org.mask2former.result.Labels;
import org.mask2former.result.PostProcessOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What is asked of the pictures, and what counts as a segment. */
final class TaskOptions {
    private static final Map<String, Set<Task>> MEANT_FOR = Map.of(
            "--threshold", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "--class-threshold", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "--mask-threshold", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "--overlap-threshold", Set.of(Task.PANOPTIC),
            "--top-k", Set.of(Task.INSTANCE),
            "--nms", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "--fuse", Set.of(Task.PANOPTIC));

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--task",
            completionCandidates = LowerCase.Tasks.class,
            paramLabel = "TASK",
            order = 5,
            description = "${COMPLETION-CANDIDATES} (default: the one the model's name ends in, else panoptic).")
    private @Nullable Task task;

    @Option(
            names = "--threshold",
            paramLabel = "SHARE",
            order = 12,
            description =
                    "Least score of a segment, 0 to 1; instance and panoptic (default: the model's own, else 0.8 panoptic"
                            + " under --compat paper, 0 for Mapillary Vistas; else 0.5).")
    private @Nullable Double threshold;

    @Option(
            names = "--class-threshold",
            paramLabel = "CLASS=SHARE",
            split = ",",
            order = 13,
            description = "The same for single classes: person=0.3,car=0.6.")
    private Map<String, Double> classThresholds = new LinkedHashMap<>();

    @Option(
            names = "--mask-threshold",
            paramLabel = "SHARE",
            order = 14,
            description = "Least probability of a mask's pixels; instance and panoptic (default: 0.5).")
    private @Nullable Double maskThreshold;

    @Option(
            names = "--overlap-threshold",
            paramLabel = "SHARE",
            order = 15,
            description = "Segments of which others leave less than this share are dropped; panoptic (default: 0.8).")
    private @Nullable Double overlapThreshold;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            order = 16,
            description =
                    "Most instances looked at before the threshold; instance (default: 100; with --compat hf as many as"
                            + " the model has queries).")
    private @Nullable Integer topK;

    @Option(
            names = "--nms",
            paramLabel = "SHARE",
            order = 17,
            description =
                    "Segments that share more than this with a better one of their class, intersection over union, are"
                            + " dropped; instance and panoptic (default: the model's own, else 1, for none).")
    private @Nullable Double nms;

    @Option(
            names = "--fuse",
            paramLabel = "CLASS",
            split = ",",
            order = 18,
            description = "Classes whose segments become one, besides stuff; panoptic.")
    private List<String> fused = new ArrayList<>();

    @Option(
            names = "--classes",
            paramLabel = "CLASS",
            split = ",",
            order = 19,
            description = "Keep only these classes, by name or number.")
    private List<String> classes = new ArrayList<>();

    /** The task that was asked for, or that the model is made for. */
    Task task(Optional<Task> ofModel) {
        Task chosen = task == null ? ofModel.orElse(Task.PANOPTIC) : task;
        MEANT_FOR.forEach((option, tasks) -> {
            if (!tasks.contains(chosen) && spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new ParameterException(
                        spec.commandLine(),
                        option + " does nothing for --task " + chosen.name().toLowerCase(Locale.ROOT));
            }
        });
        checked(
                () -> { // what can be said before a model is loaded, or even fetched
                    PostProcessOptions any = PostProcessOptions.defaults(Compat.PAPER, chosen, Labels.of(List.of()));
                    classThresholds.values().forEach(share -> any.withScoreThreshold(share));
                    return numbers(any);
                });
        return chosen;
    }

    /** What counts as a segment, where {@code defaults} are the rule book's values. */
    PostProcessOptions postProcessing(PostProcessOptions defaults, Labels labels) {
        return checked(() -> {
            ClassNames names = new ClassNames(labels);
            Map<Integer, Double> thresholds = new HashMap<>();
            classThresholds.forEach((name, share) -> thresholds.put(names.id(name), share));
            PostProcessOptions options = numbers(defaults).withClassThresholds(thresholds);
            return fused.isEmpty() ? options : options.withFusedLabels(names.ids(fused));
        });
    }

    private PostProcessOptions numbers(PostProcessOptions defaults) {
        PostProcessOptions options = defaults;
        if (threshold != null) options = options.withScoreThreshold(threshold);
        if (maskThreshold != null) options = options.withMaskThreshold(maskThreshold);
        if (overlapThreshold != null) options = options.withOverlapThreshold(overlapThreshold);
        if (topK != null) options = options.withTopK(topK);
        if (nms != null) options = options.withNmsThreshold(nms);
        return options;
    }

    /** The classes to keep; empty for all. */
    Set<Integer> kept(Labels labels) {
        return checked(() -> new ClassNames(labels).ids(classes));
    }

    /** What the user's options cannot mean is wrong usage. */
    private <R> R checked(Supplier<R> body) {
        try {
            return body.get();
        } catch (Mask2FormerException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
