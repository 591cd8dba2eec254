package org.mask2former.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Levels;

/** Deformable attention out of libtorch's own differentiable operations: slower, and what gradients are held against. */
final class DifferentiableBag {
    private DifferentiableBag() {}

    /** @return {@code [B, N, heads · d]}; see {@link org.mask2former.ops.Ops#deformableAttention} */
    static Tensor attention(Tensor value, Tensor sampling, Levels levels, int heads, int points) {
        long batch = value.size(0);
        long tokens = value.size(1);
        long width = value.size(2);
        int count = levels.count();
        long samples = (long) heads * count * points;
        Tensor base = Tensors.copyOf(base(levels));
        Tensor sizes = Tensors.copyOf(sizes(levels));
        Tensor starts = Tensors.copyOf(starts(levels));
        try (PointerScope scope = new PointerScope()) {
            Tensor offsets = sampling.narrow(2, 0, 2 * samples).reshape(batch, tokens, heads, count, points, 2);
            Tensor weight = sampling.narrow(2, 2 * samples, samples)
                    .reshape(batch, tokens, heads, (long) count * points)
                    .softmax(-1)
                    .reshape(batch, tokens, heads, count, points);
            Tensor place = offsets.add(base); // in pixels of the level, 0 at the centre of the first
            Tensor corner = place.floor();
            Tensor fraction = place.sub(corner);
            Tensor rest = fraction.neg().add(new Scalar(1));
            TensorVector indices = new TensorVector();
            TensorVector weights = new TensorVector();
            for (int dy = 0; dy < 2; dy++) {
                for (int dx = 0; dx < 2; dx++) {
                    Tensor x = corner.select(-1, 0).add(new Scalar(dx));
                    Tensor y = corner.select(-1, 1).add(new Scalar(dy));
                    Tensor w = sizes.select(1, 0);
                    Tensor h = sizes.select(1, 1);
                    Tensor inside = x.ge(new Scalar(0))
                            .logical_and(x.lt(w))
                            .logical_and(y.ge(new Scalar(0)))
                            .logical_and(y.lt(h));
                    Tensor share =
                            (dx == 0 ? rest : fraction).select(-1, 0).mul((dy == 0 ? rest : fraction).select(-1, 1));
                    weights.push_back(share.mul(weight).mul(inside.to(torch.ScalarType.Float)));
                    Tensor row = y.mul(w).add(x).add(starts).mul(inside.to(torch.ScalarType.Float));
                    indices.push_back(row.to(torch.ScalarType.Long));
                }
            }
            // Row ((b · N + n) · heads + head) of the table is the value of token n in a head.
            Tensor head = torch.arange(new Scalar(heads), new TensorOptions(torch.ScalarType.Long))
                    .reshape(heads, 1, 1, 1);
            Tensor picture = torch.arange(new Scalar(batch), new TensorOptions(torch.ScalarType.Long))
                    .mul(new Scalar(tokens * heads))
                    .reshape(batch, 1, 1, 1, 1, 1);
            Tensor index = torch.stack(indices, -1)
                    .mul(new Scalar(heads))
                    .add(head)
                    .add(picture)
                    .reshape(-1);
            long bag = 4L * count * points;
            Tensor bagStarts = torch.arange(
                    new Scalar(0),
                    new Scalar(index.numel()),
                    new Scalar(bag),
                    new TensorOptions(torch.ScalarType.Long));
            Tensor table = value.reshape(batch * tokens * heads, width / heads);
            Tensor sum = torch.embedding_bag(
                            table,
                            index,
                            bagStarts,
                            false,
                            0,
                            false,
                            new TensorOptional(torch.stack(weights, -1).reshape(-1)),
                            false)
                    .get0();
            return Tensors.detach(sum.reshape(batch, tokens, width));
        }
    }

    /** Where a token lies on each level, in pixels: {@code [1, N, 1, levels, 1, 2]}, x before y. */
    private static HostTensor base(Levels levels) {
        int count = levels.count();
        float[] base = new float[levels.tokens() * count * 2];
        int i = 0;
        for (Levels.Size own : levels.sizes()) {
            for (int y = 0; y < own.height(); y++) {
                for (int x = 0; x < own.width(); x++) {
                    for (Levels.Size size : levels.sizes()) {
                        base[i++] = (float) ((x + 0.5) / own.width() * size.width() - 0.5);
                        base[i++] = (float) ((y + 0.5) / own.height() * size.height() - 0.5);
                    }
                }
            }
        }
        return HostTensor.of(base, 1, levels.tokens(), 1, count, 1, 2);
    }

    /** Width and height of each level, {@code [levels, 2, 1]}. */
    private static HostTensor sizes(Levels levels) {
        float[] sizes = new float[levels.count() * 2];
        for (int l = 0; l < levels.count(); l++) {
            sizes[2 * l] = levels.sizes().get(l).width();
            sizes[2 * l + 1] = levels.sizes().get(l).height();
        }
        return HostTensor.of(sizes, levels.count(), 2, 1);
    }

    /** The first token of each level, {@code [levels, 1]}. */
    private static HostTensor starts(Levels levels) {
        float[] starts = new float[levels.count()];
        for (int l = 0; l < starts.length; l++) {
            starts[l] = levels.start(l);
        }
        return HostTensor.of(starts, levels.count(), 1);
    }
}
