package org.mask2former.torch;

import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The kinds of attention over whole tokens, without gradients, as {@link org.mask2former.ops.Ops} describes them. Results are
 * new tensors in the type of what came in, of no scope.
 */
final class Attention {
    private static final Scalar ZERO = Tensors.forever(new Scalar(0));
    private static final DoubleOptional NO_SCALE = Tensors.forever(new DoubleOptional());
    /** So many windows that a processor is quicker kind by kind, without a bias for each; a GPU would wait for so many operations. */
    private static final int MANY_WINDOWS = 64;

    private Attention() {}

    static Tensor of(Tensor query, Tensor key, Tensor value, int heads) {
        return of(query, key, value, Optional.empty(), heads);
    }

    static Tensor masked(Tensor query, Tensor key, Tensor value, Tensor maskLogits, int heads) {
        try (PointerScope scope = new PointerScope()) {
            Tensor inside = maskLogits.ge(ZERO); // [B, M, N]
            Tensor empty = inside.any(-1, true).logical_not();
            Tensor allowed = inside.logical_or(empty).unsqueeze(1); // [B, 1, M, N]
            return of(query, key, value, Optional.of(allowed), heads);
        }
    }

    /** @param mask true where a query may look, broadcast to {@code [B, heads, M, N]} */
    private static Tensor of(Tensor query, Tensor key, Tensor value, Optional<Tensor> mask, int heads) {
        try (PointerScope scope = new PointerScope()) {
            Tensor y = attend(
                    split(computed(query), heads),
                    split(computed(key), heads),
                    split(computed(value), heads),
                    mask.map(TensorOptional::new).orElse(TensorOps.NO_TENSOR)); // [B, heads, M, d]
            return Tensors.detach(y.transpose(1, 2).reshape(query.shape()).to(query.scalar_type()));
        }
    }

    /** {@code [B, N, heads · d]} to {@code [B, heads, N, d]}, a view. */
    private static Tensor split(Tensor x, int heads) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }

    static Tensor inWindows(Tensor qkv, Tensor bias, int[] kinds, int heads) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = torch.empty(new long[] {qkv.size(0), qkv.size(1), qkv.size(2) / 3}, qkv.options(), null);
            if (qkv.is_cpu() && IntStream.of(kinds).sum() >= MANY_WINDOWS) {
                for (WindowRange range : WindowRange.all(kinds, qkv.size(0))) {
                    inWindows(range.of(qkv), range.biasOf(bias), heads, range.of(result));
                }
            } else {
                inWindows(qkv, biasOfEach(bias, kinds, qkv.size(0)), heads, result);
            }
            return Tensors.detach(result);
        }
    }

    /**
     * @param bias {@code [1 or n, heads, M, M]}
     * @param result {@code [n, M, C]}, filled in
     */
    private static void inWindows(Tensor qkv /* [n, M, 3C] */, Tensor bias, int heads, Tensor result) {
        long windows = qkv.size(0);
        long tokens = qkv.size(1);
        long width = result.size(2) / heads;
        try (PointerScope scope = new PointerScope()) {
            Tensor split =
                    computed(qkv).view(windows, tokens, 3, heads, width).permute(2, 0, 3, 1, 4); // [3, n, heads, M, d]
            Tensor query = split.select(0, 0);
            TensorOptional mask = new TensorOptional(bias.to(query.scalar_type()));
            Tensor y = attend(query, split.select(0, 1), split.select(0, 2), mask); // [n, heads, M, d]
            result.view(windows, tokens, heads, width).copy_(y.transpose(1, 2));
        }
    }

    /** {@code [K, heads, M, M]} to one for every window of the batch. */
    private static Tensor biasOfEach(Tensor bias, int[] kinds, long windows) {
        if (kinds.length == 1) {
            return bias;
        }
        TensorVector each = new TensorVector();
        for (int k = 0; k < kinds.length; k++) {
            each.push_back(bias.narrow(0, k, 1).expand(kinds[k], -1, -1, -1));
        }
        return torch.cat(each, 0).repeat(windows / IntStream.of(kinds).sum(), 1, 1, 1);
    }

    /** On a CPU always in float32: libtorch's bfloat16 form is many times slower there for such small products. */
    private static Tensor computed(Tensor x) {
        return x.is_cpu() ? TensorOps.floats(x) : x;
    }

    private static Tensor attend(Tensor query, Tensor key, Tensor value, TensorOptional mask) {
        return torch.scaled_dot_product_attention(query, key, value, mask, 0, false, NO_SCALE, false);
    }
}
