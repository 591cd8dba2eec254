package org.mask2former.train;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.torch.Tensors;

/**
 * Masks as numbers for every pixel, for GPUs, which have the memory and sample all at once. {@link TargetMasks} are for
 * processors.
 *
 * @param masks {@code [n, H, W]}, float32
 */
record DenseMasks(Tensor masks) implements SegmentMasks {
    /** Of the scope around, beside a prediction. */
    static List<SegmentMasks> of(List<Target> targets, Tensor prediction) {
        // A hundred megabytes may have to leave Java's memory.
        List<Tensor> copies =
                targets.parallelStream().map(t -> Tensors.copyOf(t.masks())).toList();
        return copies.stream()
                .<SegmentMasks>map(bytes -> new DenseMasks(
                        Tensors.adopt(Tensors.beside(prediction, bytes)).to(torch.ScalarType.Float)))
                .toList();
    }

    @Override
    public Tensor all(Tensor points) {
        return PointSampler.sampleAll(masks, points);
    }

    @Override
    public Tensor each(int[] segments, Tensor points) {
        Tensor chosen = Tensors.adopt(Tensors.beside(points, Tensors.copyOf(segments)));
        return PointSampler.sample(masks.index_select(0, chosen).unsqueeze(1), points);
    }
}
