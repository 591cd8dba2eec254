package org.mask2former.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mask2former.data.EvaluationReport;

/** Hears how a run goes; called on the thread that trains. */
public interface TrainingListener {
    /** Hears nothing. */
    TrainingListener NONE = new TrainingListener() {};

    /**
     * The last interval's means.
     *
     * @param losses {@code loss}, the sum, and of the last layer, weighted, {@code class}, {@code mask} and {@code dice} of
     *     the annotations, and {@code teacher}, the three together, each if it is learned from
     * @param learningRate of the weights outside the backbone
     * @param gradientNorm before clipping
     * @param secondsPerStep all told
     * @param waiting part of that time that was spent waiting for pictures
     * @param residentBytes of the process
     * @param secondsLeft at this speed
     */
    record Interval(
            TrainingProgress progress,
            long steps,
            Map<String, Double> losses,
            double learningRate,
            double gradientNorm,
            double secondsPerStep,
            double waiting,
            long residentBytes,
            double secondsLeft) {
        /** As a line of the table of results. */
        Map<String, Double> row() {
            Map<String, Double> row = new LinkedHashMap<>(losses);
            row.put("step", (double) progress.step());
            row.put("seconds", progress.seconds());
            row.put("learning_rate", learningRate);
            row.put("gradient_norm", gradientNorm);
            row.put("seconds_per_step", secondsPerStep);
            row.put("waiting", waiting);
            row.put("resident_mb", (double) (residentBytes >> 20));
            return row;
        }
    }

    default void started(String what) {}

    default void interval(Interval interval) {}

    /** A step that changed nothing, and why. */
    default void skipped(String reason) {}

    /** @param measure what models of this run are ranked by, in percent */
    default void validated(TrainingProgress progress, EvaluationReport report, double measure, boolean best) {}

    default void finished(TrainingProgress progress, Path folder) {}
}
