package org.mask2former.data;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

/**
 * Semantic quality of a part of a data set; all in [0, 1].
 *
 * @param classes in the data set's order
 * @param pixelAccuracy of all pixels with a true class, the part that was predicted right
 * @param frequencyWeightedIou each class's IoU weighted by its pixels
 * @param confusion in pixels
 */
public record SemanticReport(
        List<OfClass> classes, double pixelAccuracy, double frequencyWeightedIou, ConfusionMatrix confusion) {
    public SemanticReport {
        classes = List.copyOf(classes);
    }

    /**
     * One class. A measure is empty where the truth has no such pixel: the class is then left out of means, as in Detectron2.
     *
     * @param accuracy of its true pixels, the part found
     * @param boundaryIou IoU of its contours (Cheng et al. 2021), two percent of the diagonal thick
     */
    public record OfClass(
            String name,
            boolean thing,
            long pixels,
            OptionalDouble iou,
            OptionalDouble accuracy,
            OptionalDouble boundaryIou) {}

    /** mIoU. */
    public double meanIou() {
        return mean(OfClass::iou);
    }

    public double meanAccuracy() {
        return mean(OfClass::accuracy);
    }

    public double meanBoundaryIou() {
        return mean(OfClass::boundaryIou);
    }

    private double mean(Function<OfClass, OptionalDouble> measure) {
        return classes.stream()
                .map(measure)
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .average()
                .orElse(0);
    }

    static SemanticReport of(Labels labels, ConfusionMatrix confusion, BoundaryCounts boundaries) {
        List<OfClass> classes = new ArrayList<>();
        long right = 0;
        long all = 0;
        double weighted = 0;
        for (Label label : labels.list()) {
            int c = label.id();
            long truth = confusion.ofTruth(c);
            long hit = confusion.get(c, c);
            right += hit;
            all += truth;
            if (truth == 0) {
                classes.add(new OfClass(
                        label.name(),
                        label.thing(),
                        0,
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty()));
                continue;
            }
            double iou = (double) hit / (truth + confusion.ofPrediction(c) - hit);
            weighted += iou * truth;
            classes.add(new OfClass(
                    label.name(),
                    label.thing(),
                    truth,
                    OptionalDouble.of(iou),
                    OptionalDouble.of((double) hit / truth),
                    boundaries.iou(c)));
        }
        return new SemanticReport(
                classes, all == 0 ? 0 : (double) right / all, all == 0 ? 0 : weighted / all, confusion);
    }
}
