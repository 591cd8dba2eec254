package org.mask2former.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.mask2former.data.CocoMetric.Area;
import org.mask2former.result.Labels;

/** Precision and recall of one class over all pictures: {@code COCOeval.accumulate} and {@code summarize}. */
final class CocoClassResult {
    private static final double[] RECALLS = CocoEvaluator.linspace(0, 1, 101);
    /** {@code numpy.spacing(1)}. */
    private static final double EPSILON = Math.ulp(1.0);

    private static final double[] CURVES = {0.5, 0.75};

    private final double[] thresholds;
    private final long detections;
    private final long truths;
    /** For each metric, {@code [thresholds]}: mean precision over recalls, or the recall reached; empty without objects. */
    private final Map<CocoMetric, double[]> values = new EnumMap<>(CocoMetric.class);

    private final List<CocoReport.Curve> curves = new ArrayList<>();

    CocoClassResult(List<CocoEvaluator.Matches> pictures, double[] thresholds) {
        this.thresholds = thresholds;
        this.detections = pictures.stream().mapToLong(m -> m.scores().length).sum();
        this.truths = truths(pictures, Area.ALL);
        for (int limit : new int[] {1, 10, CocoEvaluator.MAX_DETECTIONS}) {
            Ranking ranking = new Ranking(pictures, limit);
            for (CocoMetric metric : CocoMetric.values()) {
                long objects = truths(pictures, metric.area);
                if (metric.maxDetections == limit && objects > 0) {
                    values.put(metric, measure(pictures, ranking, metric, objects));
                }
            }
            if (limit == CocoEvaluator.MAX_DETECTIONS && truths > 0) {
                for (double threshold : CURVES) {
                    double[] precision = new double[RECALLS.length];
                    double[] score = new double[RECALLS.length];
                    curve(pictures, ranking, Area.ALL, index(threshold), truths, precision, score);
                    curves.add(new CocoReport.Curve(threshold, precision, score));
                }
            }
        }
    }

    private static long truths(List<CocoEvaluator.Matches> pictures, Area area) {
        return pictures.stream().mapToLong(m -> m.truths()[area.ordinal()]).sum();
    }

    /** All pictures' detections, best first; {@code limit} for each picture. */
    private static final class Ranking {
        final int[] picture;
        final int[] detection;
        final double[] scores;

        Ranking(List<CocoEvaluator.Matches> pictures, int limit) {
            int n = pictures.stream()
                    .mapToInt(m -> Math.min(limit, m.scores().length))
                    .sum();
            int[] p = new int[n];
            int[] d = new int[n];
            int at = 0;
            for (int i = 0; i < pictures.size(); i++) {
                for (int j = 0; j < Math.min(limit, pictures.get(i).scores().length); j++) {
                    p[at] = i;
                    d[at++] = j;
                }
            }
            // Stable, as numpy's mergesort: equal scores stay in the order of pictures.
            int[] order = IntStream.range(0, n)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -pictures.get(p[i]).scores()[d[i]]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            picture = Arrays.stream(order).map(i -> p[i]).toArray();
            detection = Arrays.stream(order).map(i -> d[i]).toArray();
            scores = Arrays.stream(order)
                    .mapToDouble(i -> pictures.get(p[i]).scores()[d[i]])
                    .toArray();
        }
    }

    private double[] measure(List<CocoEvaluator.Matches> pictures, Ranking ranking, CocoMetric metric, long objects) {
        double[] found = new double[thresholds.length];
        double[] precision = new double[RECALLS.length];
        double[] score = new double[RECALLS.length];
        for (int t = 0; t < thresholds.length; t++) {
            Arrays.fill(precision, 0);
            double recall = curve(pictures, ranking, metric.area, t, objects, precision, score);
            found[t] = metric.precision ? Arrays.stream(precision).average().orElseThrow() : recall;
        }
        return found;
    }

    /**
     * Fills in the precision at each recall, made to fall monotonously, and the score there.
     *
     * @return the recall that was reached
     */
    private static double curve(
            List<CocoEvaluator.Matches> pictures,
            Ranking ranking,
            Area area,
            int threshold,
            long objects,
            double[] precision,
            double[] score) {
        int n = ranking.scores.length;
        double[] recalls = new double[n];
        double[] precisions = new double[n];
        long right = 0;
        long wrong = 0;
        for (int i = 0; i < n; i++) {
            CocoEvaluator.Matches matches = pictures.get(ranking.picture[i]);
            int d = ranking.detection[i];
            if ((matches.ignored()[area.ordinal()][d] >> threshold & 1) == 0) {
                if ((matches.matched()[area.ordinal()][d] >> threshold & 1) != 0) {
                    right++;
                } else {
                    wrong++;
                }
            }
            recalls[i] = (double) right / objects;
            precisions[i] = right / (wrong + right + EPSILON);
        }
        for (int i = n - 1; i > 0; i--) {
            precisions[i - 1] = Math.max(precisions[i - 1], precisions[i]);
        }
        int at = 0;
        for (int r = 0; r < RECALLS.length; r++) {
            while (at < n && recalls[at] < RECALLS[r]) {
                at++;
            }
            precision[r] = at < n ? precisions[at] : 0;
            score[r] = at < n ? ranking.scores[at] : 0;
        }
        return n == 0 ? 0 : recalls[n - 1];
    }

    private int index(double threshold) {
        return IntStream.range(0, thresholds.length)
                .filter(t -> thresholds[t] == threshold)
                .findFirst()
                .orElseThrow();
    }

    private OptionalDouble value(CocoMetric metric) {
        double[] found = values.get(metric);
        if (found == null) {
            return OptionalDouble.empty();
        }
        return metric.threshold < 0
                ? Arrays.stream(found).average()
                : OptionalDouble.of(found[index(metric.threshold)]);
    }

    /** Means over the classes that have objects. */
    static CocoReport summarize(Labels labels, List<CocoClassResult> results) {
        Map<CocoMetric, OptionalDouble> metrics = new EnumMap<>(CocoMetric.class);
        for (CocoMetric metric : CocoMetric.values()) {
            metrics.put(
                    metric,
                    results.stream()
                            .map(r -> r.value(metric))
                            .filter(OptionalDouble::isPresent)
                            .mapToDouble(OptionalDouble::getAsDouble)
                            .average());
        }
        List<CocoReport.OfClass> classes = new ArrayList<>();
        for (int c = 0; c < results.size(); c++) {
            CocoClassResult result = results.get(c);
            classes.add(new CocoReport.OfClass(
                    labels.get(c).name(),
                    result.truths,
                    result.detections,
                    result.value(CocoMetric.AP),
                    result.value(CocoMetric.AP50),
                    result.curves));
        }
        return new CocoReport(metrics, classes);
    }
}
