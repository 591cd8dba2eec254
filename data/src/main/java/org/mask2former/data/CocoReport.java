package org.mask2former.data;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Average precision and recall of a part of a data set; all in [0, 1].
 *
 * @param metrics the twelve numbers; one is empty where the truth has no object of that kind (pycocotools says -1)
 * @param classes in the data set's order
 */
public record CocoReport(Map<CocoMetric, OptionalDouble> metrics, List<OfClass> classes) {
    public CocoReport {
        metrics = Map.copyOf(new EnumMap<>(metrics));
        classes = List.copyOf(classes);
    }

    /**
     * One class.
     *
     * @param truths objects in the truth, crowds not counted
     * @param ap over all IoU thresholds; empty where the truth has no such object
     */
    public record OfClass(
            String name, long truths, long detections, OptionalDouble ap, OptionalDouble ap50, List<Curve> curves) {
        public OfClass {
            curves = List.copyOf(curves);
        }
    }

    /**
     * Precision against recall.
     *
     * @param threshold of IoU
     * @param precision at recall 0, 0.01, …, 1: {@code [101]}. Not a copy: read only
     * @param score at which that recall is reached: {@code [101]}; 0 where it is not
     */
    public record Curve(double threshold, double[] precision, double[] score) {}

    public OptionalDouble get(CocoMetric metric) {
        return metrics.getOrDefault(metric, OptionalDouble.empty());
    }
}
