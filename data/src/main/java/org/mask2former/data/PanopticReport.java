package org.mask2former.data;

import java.util.List;
import java.util.function.Predicate;

/**
 * Panoptic quality of a part of a data set.
 *
 * @param classes in the data set's order
 */
public record PanopticReport(List<OfClass> classes) {
    public PanopticReport {
        classes = List.copyOf(classes);
    }

    /** One class and its counts over all pictures. */
    public record OfClass(String name, boolean thing, PanopticQuality quality) {}

    /**
     * Means over classes, in [0, 1]; 0 where {@code classes} is 0.
     *
     * @param classes how many classes occurred, in the truth or in a prediction: the others are left out
     */
    public record Mean(double pq, double sq, double rq, int classes) {}

    public Mean all() {
        return mean(c -> true);
    }

    public Mean things() {
        return mean(OfClass::thing);
    }

    public Mean stuff() {
        return mean(c -> !c.thing);
    }

    private Mean mean(Predicate<OfClass> which) {
        double pq = 0;
        double sq = 0;
        double rq = 0;
        int n = 0;
        for (OfClass row : classes) {
            if (which.test(row) && row.quality.measured()) {
                pq += row.quality.pq();
                sq += row.quality.sq();
                rq += row.quality.rq();
                n++;
            }
        }
        return n == 0 ? new Mean(0, 0, 0, 0) : new Mean(pq / n, sq / n, rq / n, n);
    }
}
