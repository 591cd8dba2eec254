package org.mask2former.serve;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.result.ClassFilter;
import org.mask2former.result.ClassNames;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;

/**
 * What is asked of a picture: the model, the task, and what counts as a segment. All the APIs take the same parameters.
 *
 * @param kept ids of the classes to keep; empty for all
 */
record SegmentQuery(ServedModel model, Mask2Former network, Task task, PostProcessOptions options, Set<Integer> kept) {
    private static final Map<String, Set<Task>> MEANT_FOR = Map.of(
            "threshold", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "class_threshold", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "mask_threshold", Set.of(Task.INSTANCE, Task.PANOPTIC),
            "overlap_threshold", Set.of(Task.PANOPTIC),
            "fuse", Set.of(Task.PANOPTIC),
            "top_k", Set.of(Task.INSTANCE),
            "nms", Set.of(Task.INSTANCE, Task.PANOPTIC));

    /** @throws HttpProblem 404, 422 or 503 if it cannot be */
    static SegmentQuery of(Parameters given, Models models) {
        return of(given, models.get(given.text("model")));
    }

    static SegmentQuery of(Parameters given, ServedModel model) {
        Mask2Former network = model.model();
        try {
            Task task = given.text("task").map(SegmentQuery::task).orElse(model.task());
            ClassNames names = new ClassNames(network.labels());
            return new SegmentQuery(
                    model,
                    network,
                    task,
                    options(given, task, network.defaults(task), names),
                    names.ids(given.list("classes")));
        } catch (Mask2FormerException e) { // what the options cannot mean
            throw HttpProblem.unprocessable(String.valueOf(e.getMessage()));
        }
    }

    private static Task task(String name) {
        return Arrays.stream(Task.values())
                .filter(t -> t.name().equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() -> HttpProblem.unprocessable(
                        "task must be semantic, instance or panoptic, but is \"" + name + "\""));
    }

    private static PostProcessOptions options(
            Parameters given, Task task, PostProcessOptions defaults, ClassNames names) {
        MEANT_FOR.forEach((name, tasks) -> {
            if (given.text(name).isPresent() && !tasks.contains(task)) {
                throw HttpProblem.unprocessable(name + " does nothing for the task " + name(task));
            }
        });
        PostProcessOptions options = defaults;
        Optional<Double> threshold = given.number("threshold");
        if (threshold.isPresent()) options = options.withScoreThreshold(threshold.get());
        Optional<Double> mask = given.number("mask_threshold");
        if (mask.isPresent()) options = options.withMaskThreshold(mask.get());
        Optional<Double> overlap = given.number("overlap_threshold");
        if (overlap.isPresent()) options = options.withOverlapThreshold(overlap.get());
        Optional<Integer> topK = given.whole("top_k");
        if (topK.isPresent()) options = options.withTopK(topK.get());
        Optional<Double> nms = given.number("nms");
        if (nms.isPresent()) options = options.withNmsThreshold(nms.get());
        List<String> fused = given.list("fuse");
        if (!fused.isEmpty()) options = options.withFusedLabels(names.ids(fused));
        Map<Integer, Double> ofClasses = new HashMap<>();
        given.numbers("class_threshold").forEach((name, share) -> ofClasses.put(names.id(name), share));
        return options.withClassThresholds(ofClasses);
    }

    /** What the prediction means for the picture. */
    Segmentation segment(Image picture, Prediction prediction) {
        Segmentation all = network.segment(task, picture, prediction, options);
        return kept.isEmpty() ? all : ClassFilter.keep(all, kept);
    }

    private static String name(Task task) {
        return task.name().toLowerCase(Locale.ROOT);
    }
}
