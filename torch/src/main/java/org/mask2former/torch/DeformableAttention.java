package org.mask2former.torch;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Levels;

/**
 * Multi-scale deformable attention as a weighted bag: what a query gets in a head is a weighted sum of
 * {@code levels · points · 4} rows of the value table (four neighbours for each sampled point), and that is exactly what
 * {@code embedding_bag} computes.
 */
final class DeformableAttention {
    /** Queries at a time: their rows and weights are 25 MB of memory that is used again, rather than gigabytes from the system. */
    private static final int BAND = 8192;

    private static final TensorOptions INTS = Tensors.forever(new TensorOptions(torch.ScalarType.Int));

    private DeformableAttention() {}

    /**
     * On a CPU, without gradients; see {@link org.mask2former.ops.Ops#deformableAttention}.
     *
     * @return {@code [B, N, heads · d]}, of no scope
     */
    static Tensor forward(Tensor value, Tensor sampling, Levels levels, int heads, int points, Helpers helpers) {
        BagIndices bag = new BagIndices(levels, heads, points);
        int queries = Math.toIntExact(value.size(0) * value.size(1));
        long width = value.size(2);
        try (PointerScope scope = new PointerScope()) {
            Tensor places = sampling.to(torch.ScalarType.Float).contiguous();
            FloatBuffer placesData = Tensors.floats(places);
            Tensor table = value.reshape((long) queries * heads, width / heads);
            Tensor result = torch.empty(value.shape(), value.options(), null);
            Tensor sums = result.view((long) queries * heads, width / heads);
            for (int first = 0; first < queries; first += BAND) {
                int from = first;
                int count = Math.min(BAND, queries - from);
                try (PointerScope band = new PointerScope()) {
                    long rowCount = (long) count * bag.rowsPerQuery();
                    Tensor rows = torch.empty(new long[] {rowCount}, INTS, null);
                    Tensor weights = torch.empty(rowCount);
                    IntBuffer rowsData =
                            new IntPointer(rows.data_ptr()).capacity(rowCount).asBuffer();
                    FloatBuffer weightsData = Tensors.floats(weights);
                    helpers.forRanges(
                            count, (lo, hi) -> bag.fill(placesData, rowsData, weightsData, from, from + lo, from + hi));
                    Tensor starts = torch.arange(
                            new Scalar(0), new Scalar(rowCount), new Scalar(4L * levels.count() * points), INTS);
                    Tensor sum = torch.embedding_bag(
                                    table,
                                    rows,
                                    starts,
                                    false,
                                    0,
                                    false,
                                    new TensorOptional(weights.to(value.scalar_type())),
                                    false)
                            .get0();
                    sums.narrow(0, (long) from * heads, (long) count * heads).copy_(sum);
                }
            }
            return Tensors.detach(result);
        }
    }

    /** Gradients of the value and of the sampling, float32. */
    record Gradients(Tensor value, Tensor sampling) {}

    /**
     * The way back, on a CPU.
     *
     * @param gradient of the result
     * @return of the scope around
     */
    static Gradients backward(
            Tensor value, Tensor sampling, Tensor gradient, Levels levels, int heads, int points, Helpers helpers) {
        int batch = Math.toIntExact(value.size(0));
        BagGradient bag = new BagGradient(levels, heads, points, Math.toIntExact(value.size(2) / heads));
        Tensor values = value.to(torch.ScalarType.Float).contiguous();
        Tensor places = sampling.to(torch.ScalarType.Float).contiguous();
        Tensor given = gradient.to(torch.ScalarType.Float).contiguous();
        Tensor ofValue = torch.empty_like(values);
        Tensor ofSampling = torch.empty_like(places);
        FloatBuffer table = Tensors.floats(values);
        FloatBuffer offsets = Tensors.floats(places);
        FloatBuffer ofResult = Tensors.floats(given);
        FloatBuffer filledValue = Tensors.floats(ofValue);
        FloatBuffer filledSampling = Tensors.floats(ofSampling);
        helpers.forRanges(
                batch * heads, (from, to) -> bag.fill(table, offsets, ofResult, filledValue, filledSampling, from, to));
        return new Gradients(ofValue, ofSampling);
    }
}
