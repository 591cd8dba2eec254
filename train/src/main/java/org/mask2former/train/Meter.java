package org.mask2former.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Means over an interval of steps. For one thread. */
final class Meter {
    private final Map<String, Double> sums = new LinkedHashMap<>();
    private double norm;
    private double seconds;
    private double waiting;
    private int good;
    private int steps;

    void add(TrainingStep.Outcome outcome, double took, double waited) {
        seconds += took;
        waiting += waited;
        steps++;
        if (outcome.fault().isEmpty()) {
            good++;
            norm += outcome.gradientNorm();
            sums.merge(
                    "loss",
                    outcome.terms().values().stream().mapToDouble(d -> d).sum(),
                    Double::sum);
            add("class", outcome.terms(), List.of("loss_cross_entropy"));
            add("mask", outcome.terms(), List.of("loss_mask"));
            add("dice", outcome.terms(), List.of("loss_dice"));
            add("separation", outcome.terms(), List.of(SeparationLoss.TERM));
            add("teacher", outcome.terms(), DistillationLosses.TERMS);
        }
    }

    private void add(String name, Map<String, Double> terms, List<String> parts) {
        if (terms.keySet().containsAll(parts)) {
            sums.merge(name, parts.stream().mapToDouble(terms::get).sum(), Double::sum);
        }
    }

    /** What was gathered; then begins anew. */
    TrainingListener.Interval interval(TrainingProgress progress, long total, double rate, long residentBytes) {
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((name, sum) -> means.put(name, sum / good));
        double each = seconds / steps;
        TrainingListener.Interval interval = new TrainingListener.Interval(
                progress,
                total,
                means,
                rate,
                good == 0 ? Double.NaN : norm / good,
                each,
                waiting / steps,
                residentBytes,
                each * (total - progress.step()));
        sums.clear();
        norm = 0;
        seconds = 0;
        waiting = 0;
        good = 0;
        steps = 0;
        return interval;
    }
}
