package org.mask2former.data;

import java.util.OptionalDouble;

/** Boundary IoU by class: rim pixels in common and in either map, over pictures. Pixels without a true class are left out. */
final class BoundaryCounts {
    private final long[] common;
    private final long[] either;

    BoundaryCounts(int classes) {
        common = new long[classes];
        either = new long[classes];
    }

    void add(ClassMap truth, ClassMap prediction) {
        int width = truth.width();
        int height = truth.height();
        int thickness = Boundaries.thickness(width, height);
        short[] truths = truth.labels();
        short[] predictions = prediction.labels();
        boolean[] truthRim = Boundaries.rims(truths, width, height, thickness);
        boolean[] predictedRim = Boundaries.rims(predictions, width, height, thickness);
        for (int i = 0; i < truths.length; i++) {
            if (truths[i] == ClassMap.IGNORE) {
                continue;
            }
            if (truthRim[i] && predictedRim[i] && truths[i] == predictions[i]) {
                common[truths[i]]++;
                either[truths[i]]++;
            } else {
                if (truthRim[i]) {
                    either[truths[i]]++;
                }
                if (predictedRim[i]) {
                    either[predictions[i]]++;
                }
            }
        }
    }

    OptionalDouble iou(int label) {
        return either[label] == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) common[label] / either[label]);
    }
}
