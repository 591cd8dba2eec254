package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.data.ContactSheet;
import org.mask2former.data.Dataset;
import org.mask2former.data.Evaluation;
import org.mask2former.data.EvaluationOptions;
import org.mask2former.data.EvaluationReport;
import org.mask2former.data.Progress;
import org.mask2former.image.Image;
import org.mask2former.model.EngineOptions;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;

/** Measures a model of the run as {@code mask2former val} would: by the weights and files that it saves. */
final class Validation {
    /** Pictures that are drawn. */
    private static final int DRAWN = 6;

    private static final int COLUMNS = 3;
    private static final int CELL = 400;

    private final EngineOptions engine;
    private final Dataset data;
    private final Task task;
    private final List<Task> tasks;

    /** @param engine what the model is measured on, in its own numbers */
    Validation(TrainingConfig config, String part, EngineOptions engine) {
        this.engine = engine;
        data = config.open(part);
        task = config.task();
        tasks = task == Task.PANOPTIC ? List.of(task, Task.SEMANTIC) : List.of(task);
        Evaluation.requireAnnotated(data, Set.copyOf(tasks));
    }

    /** @param drawing where the first pictures are drawn with what was found in them */
    EvaluationReport run(Path weights, Path drawing) {
        int shown = Math.min(DRAWN, data.size());
        ContactSheet sheet = new ContactSheet(COLUMNS, (shown + COLUMNS - 1) / COLUMNS, CELL);
        int[] seen = {0};
        try (Mask2Former model =
                Mask2Former.load(weights.toString(), LoadOptions.defaults().withEngine(engine))) {
            Evaluation evaluation = new Evaluation(
                    data,
                    Set.copyOf(tasks),
                    model.labels(),
                    new EvaluationOptions(EvaluationOptions.OnBadSample.FAIL, 0));
            EvaluationReport report = evaluation.run(
                    picture -> {
                        List<Segmentation> found = segment(model, picture);
                        if (seen[0] < shown) {
                            sheet.add(found.get(0).overlay(), data.get(seen[0]).id());
                        }
                        seen[0]++;
                        return found;
                    },
                    Progress.NONE);
            sheet.image().write(drawing);
            return report;
        }
    }

    private List<Segmentation> segment(Mask2Former model, Image picture) {
        Prediction prediction = model.predict(picture);
        List<Segmentation> found = new ArrayList<>();
        for (Task each : tasks) { // the run's own first: it is what is drawn
            PostProcessOptions defaults = model.defaults(each);
            found.add(model.segment(
                    each, picture, prediction, each == Task.INSTANCE ? defaults.withScoreThreshold(0) : defaults));
        }
        return found;
    }

    /** What models are ranked by, in percent: PQ, AP or mIoU by the task; 0 where there was nothing to find. */
    double measure(EvaluationReport report) {
        OptionalDouble measure = switch (task) {
            case PANOPTIC -> report.pq();
            case INSTANCE -> report.ap();
            case SEMANTIC -> report.miou();
        };
        return 100 * measure.orElse(0);
    }

    /** A line of the table of results. */
    static Map<String, Double> row(long step, double seconds, EvaluationReport report) {
        Map<String, Double> row = new LinkedHashMap<>();
        row.put("step", (double) step);
        row.put("seconds", seconds);
        report.pq().ifPresent(v -> row.put("pq", 100 * v));
        report.ap().ifPresent(v -> row.put("ap", 100 * v));
        report.ap50().ifPresent(v -> row.put("ap50", 100 * v));
        report.miou().ifPresent(v -> row.put("miou", 100 * v));
        return row;
    }
}
