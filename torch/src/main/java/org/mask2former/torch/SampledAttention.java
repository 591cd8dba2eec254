package org.mask2former.torch;

import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Levels;

/**
 * Multi-scale deformable attention out of libtorch's own operations, level by level with {@code grid_sampler}: for every device, and
 * with gradients. Samples in float32, for positions in bfloat16 would be off by pixels. {@link DeformableAttention} is its faster form
 * on a processor.
 */
final class SampledAttention {
    /** Codes of grid_sampler_2d: bilinear; zeros outside. */
    private static final long BILINEAR = 0;

    private static final long ZEROS = 0;
    private static final long[] OVER_POINTS = {-1};
    private static final ScalarTypeOptional AS_IT_IS = Tensors.forever(new ScalarTypeOptional());
    private static final torch.ScalarType FLOAT = torch.ScalarType.Float;

    private final Levels levels;
    private final int heads;
    private final int points;

    SampledAttention(Levels levels, int heads, int points) {
        this.levels = levels;
        this.heads = heads;
        this.points = points;
    }

    /**
     * See {@link org.mask2former.ops.Ops#deformableAttention}.
     *
     * @return {@code [B, N, heads · d]}, of no scope
     */
    Tensor forward(Tensor value, Tensor sampling, TensorOps ops) {
        long batch = value.size(0);
        long tokens = value.size(1);
        long width = value.size(2) / heads;
        int count = levels.count();
        try (PointerScope scope = new PointerScope()) {
            Tensor places = TensorOps.floats(sampling);
            long samples = (long) heads * count * points;
            Tensor offsets = places.narrow(2, 0, 2 * samples).view(batch, tokens, heads, count, points * 2);
            Tensor shares = places.narrow(2, 2 * samples, samples)
                    .view(batch, tokens, heads, (long) count * points)
                    .softmax(-1)
                    .permute(0, 2, 1, 3); // [B, heads, N, levels · points]
            Tensor sum = torch.zeros(new long[] {batch * heads, width, tokens}, ops.device.options(FLOAT));
            for (int l = 0; l < count; l++) {
                Tensor found = sampled(value, offsets.select(3, l), l, ops); // [B · heads, d, N, points]
                Tensor share = shares.narrow(3, (long) l * points, points).reshape(batch * heads, 1, tokens, points);
                sum = sum.add(found.mul(share).sum(OVER_POINTS, false, AS_IT_IS));
            }
            return Tensors.detach(sum.view(batch, heads, width, tokens)
                    .permute(0, 3, 1, 2)
                    .reshape(batch, tokens, heads * width)
                    .to(value.scalar_type()));
        }
    }

    /** The values of one level at the places that the queries look at. */
    private Tensor sampled(Tensor value, Tensor offsets /* [B, N, heads, points · 2] */, int level, TensorOps ops) {
        long batch = value.size(0);
        long tokens = value.size(1);
        long width = value.size(2) / heads;
        Levels.Size size = levels.sizes().get(level);
        Tensor map = TensorOps.floats(value)
                .narrow(1, levels.start(level), size.tokens())
                .view(batch, size.tokens(), heads, width)
                .permute(0, 2, 3, 1)
                .reshape(batch * heads, width, size.height(), size.width());
        Tensor own = ops.constants.get(key("places", 0), () -> ops.device.copyOf(places(), tokens, 1, 1, 2));
        Tensor pixels = ops.constants.get(
                key("pixel", level),
                () -> ops.device.copyOf(new float[] {2f / size.width(), 2f / size.height()}, 2)); // of [−1, 1]
        Tensor grid = offsets.view(batch, tokens, heads, points, 2)
                .mul(pixels)
                .add(own)
                .permute(0, 2, 1, 3, 4)
                .reshape(batch * heads, tokens, points, 2);
        return torch.grid_sampler_2d(map, grid, BILINEAR, ZEROS, false);
    }

    private String key(String what, int level) {
        return "deformable " + what + " " + level + " of "
                + levels.sizes().stream().map(s -> s.height() + "x" + s.width()).collect(Collectors.joining(" "));
    }

    /** The middle of each query's own place over the whole picture, x before y, in [−1, 1]. */
    private float[] places() {
        float[] all = new float[2 * levels.tokens()];
        int at = 0;
        for (Levels.Size size : levels.sizes()) {
            for (int y = 0; y < size.height(); y++) {
                for (int x = 0; x < size.width(); x++) {
                    all[at++] = (float) (2 * (x + 0.5) / size.width() - 1);
                    all[at++] = (float) (2 * (y + 0.5) / size.height() - 1);
                }
            }
        }
        return all;
    }
}
