package org.mask2former.train;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The masks of a picture's segments at points, as {@link PointSampler} samples predictions; without gradients. */
interface SegmentMasks {
    /**
     * All masks at the same points.
     *
     * @param points {@code [1, K, 2]}, x before y, in [0, 1]
     * @return {@code [n, K]}, beside the points, of the scope around
     */
    Tensor all(Tensor points);

    /**
     * Some masks, each at points of its own.
     *
     * @param segments which, R of them
     * @param points {@code [R, K, 2]}
     * @return {@code [R, K]}, beside the points, of the scope around
     */
    Tensor each(int[] segments, Tensor points);

    /** Of each picture, in the form that is quick where the predictions are; of the scope around. */
    static List<SegmentMasks> of(List<Target> targets, Tensor prediction) {
        return prediction.is_cpu()
                ? targets.stream().<SegmentMasks>map(TargetMasks::new).toList()
                : DenseMasks.of(targets, prediction);
    }
}
