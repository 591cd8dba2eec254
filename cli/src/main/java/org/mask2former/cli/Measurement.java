package org.mask2former.cli;

import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.data.Dataset;
import org.mask2former.data.Evaluation;
import org.mask2former.data.EvaluationOptions;
import org.mask2former.data.EvaluationReport;
import org.mask2former.image.Image;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;

/**
 * Measures models on a part of a data set, one forward pass a picture for all tasks.
 *
 * @param threshold least score of a segment in panoptic results; empty for the model's own, or the rule book's
 * @param nms most that two segments of a class may share; empty for the model's own, or any
 */
record Measurement(
        Dataset pictures, Set<Task> tasks, EvaluationOptions options, OptionalDouble threshold, OptionalDouble nms) {

    EvaluationReport of(Mask2Former model, Terminal terminal) {
        Evaluation evaluation = new Evaluation(pictures, tasks, model.labels(), options);
        try (Progress progress = Progress.start(terminal, "measuring", pictures.size(), "", 1)) {
            return evaluation.run(picture -> segment(model, picture), (done, total) -> progress.advanceTo(done));
        }
    }

    private List<Segmentation> segment(Mask2Former model, Image picture) {
        Prediction prediction = model.predict(picture);
        return tasks.stream()
                .map(task -> model.segment(task, picture, prediction, rules(model, task)))
                .toList();
    }

    /** The values of the model or its rule book, but AP is of all instances however low their scores. */
    private PostProcessOptions rules(Mask2Former model, Task task) {
        PostProcessOptions ruleBook = model.defaults(task);
        PostProcessOptions defaults = ruleBook.withNmsThreshold(nms.orElse(ruleBook.nmsThreshold()));
        return switch (task) {
            case INSTANCE -> defaults.withScoreThreshold(0);
            case PANOPTIC -> defaults.withScoreThreshold(threshold.orElse(defaults.scoreThreshold()));
            case SEMANTIC -> defaults;
        };
    }
}
