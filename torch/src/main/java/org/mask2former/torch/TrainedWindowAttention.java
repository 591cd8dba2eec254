package org.mask2former.torch;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention inside windows in training: forward, and the way back by hand. libtorch runs a batch of small float32 products on
 * one thread; here the windows are shared out over all of them. Computes in float32, whatever comes in.
 *
 * @param kinds windows of each kind in a picture, in order
 * @param heads side by side in the last dimension
 * @param helpers what the windows are shared out over
 */
record TrainedWindowAttention(int[] kinds, int heads, Helpers helpers) {
    private static final long[] OVER_WINDOWS = {0};
    private static final long[] OVER_LAST = {-1};
    private static final ScalarTypeOptional AS_IT_IS = Tensors.forever(new ScalarTypeOptional());
    private static final Scalar MINUS_ONE = Tensors.forever(new Scalar(-1));

    /**
     * What came of it.
     *
     * @param y {@code [B·W, M, C]} in the type of qkv, of no scope
     * @param shares the softmax of each part, {@code [n, heads, M, M]}, for the way back; of the scope around
     */
    record Forward(Tensor y, List<Tensor> shares) {}

    /**
     * Gradients, of the scope around.
     *
     * @param qkv in its type
     * @param bias float32, if it was wanted
     */
    record Gradients(Tensor qkv, Optional<Tensor> bias) {}

    /**
     * @param qkv {@code [B·W, M, 3C]}
     * @param bias of each kind, {@code [K, heads, M, M]}, float32
     */
    Forward forward(Tensor qkv, Tensor bias) {
        List<WindowRange> parts = parts(qkv);
        Tensor[] shares = new Tensor[parts.size()];
        Tensor y = torch.empty(new long[] {qkv.size(0), qkv.size(1), qkv.size(2) / 3}, qkv.options(), null);
        helpers.forTensors(parts.size(), i -> {
            WindowRange part = parts.get(i);
            Split split = Split.of(part.of(qkv), heads);
            Tensor scores = split.scores();
            scores.add_(part.biasOf(bias));
            shares[i] = Tensors.detach(scores.softmax(-1));
            part.of(y).copy_(split.together(split.flat(shares[i]).bmm(split.value)));
        });
        return new Forward(
                Tensors.detach(y), Arrays.stream(shares).map(Tensors::adopt).toList());
    }

    /**
     * @param shares of {@link #forward}
     * @param gradient of the result, {@code [B·W, M, C]}
     */
    Gradients backward(Tensor qkv, Tensor bias, List<Tensor> shares, Tensor gradient) {
        List<WindowRange> parts = parts(qkv);
        boolean wantsBias = bias.requires_grad();
        Tensor ofQkv = torch.empty_like(qkv);
        Tensor[] ofBias = new Tensor[parts.size()];
        helpers.forTensors(parts.size(), i -> {
            WindowRange part = parts.get(i);
            Split split = Split.of(part.of(qkv), heads);
            Tensor given = split.apart(part.of(gradient)); // [n · heads, M, d]
            Tensor share = split.flat(shares.get(i)); // [n · heads, M, M]
            Tensor ofValue = share.transpose(1, 2).bmm(given);
            // Through the softmax: p ∘ (dp − Σ dp ∘ p).
            Tensor ofScores = given.bmm(split.value.transpose(1, 2));
            ofScores.mul_(share);
            ofScores.addcmul_(share, ofScores.sum(OVER_LAST, true, AS_IT_IS), MINUS_ONE);
            Tensor ofQuery = ofScores.bmm(split.key);
            ofQuery.mul_(split.scale);
            Tensor ofKey = ofScores.transpose(1, 2).bmm(split.query);
            part.of(ofQkv).copy_(split.joined(ofQuery, ofKey, ofValue));
            if (wantsBias) {
                ofBias[i] = Tensors.detach(ofScores.view(shares.get(i).shape()).sum(OVER_WINDOWS));
            }
        });
        return new Gradients(ofQkv, wantsBias ? Optional.of(sum(parts, ofBias, bias)) : Optional.empty());
    }

    private static Tensor sum(List<WindowRange> parts, Tensor[] ofBias, Tensor bias) {
        Tensor sum = torch.zeros_like(bias);
        for (int i = 0; i < ofBias.length; i++) {
            parts.get(i).biasOf(sum).add_(Tensors.adopt(ofBias[i]));
        }
        return sum;
    }

    /** What a thread takes at a time. */
    private List<WindowRange> parts(Tensor qkv) {
        return WindowRange.all(kinds, qkv.size(0)).stream()
                .flatMap(range -> range.split(helpers.threads()).stream())
                .toList();
    }

    /** Queries, keys and values apart, one matrix for each window and head, {@code [n · heads, M, d]}; queries are scaled. */
    private record Split(int heads, Tensor query, Tensor key, Tensor value, Scalar scale) {
        static Split of(Tensor qkv, int heads) {
            long n = qkv.size(0);
            long tokens = qkv.size(1);
            long width = qkv.size(2) / 3 / heads;
            Tensor split = qkv.to(torch.ScalarType.Float)
                    .view(n, tokens, 3, heads, width)
                    .permute(2, 0, 3, 1, 4)
                    .contiguous()
                    .view(3, n * heads, tokens, width);
            Scalar scale = new Scalar(1 / Math.sqrt(width));
            split.select(0, 0).mul_(scale);
            return new Split(heads, split.select(0, 0), split.select(0, 1), split.select(0, 2), scale);
        }

        /** {@code [n, heads, M, M]} */
        Tensor scores() {
            Tensor scores = query.bmm(key.transpose(1, 2));
            return scores.view(scores.size(0) / heads, heads, scores.size(1), scores.size(2));
        }

        Tensor flat(Tensor scores) {
            return scores.view(query.size(0), query.size(1), query.size(1));
        }

        /** {@code [n · heads, M, d]} to {@code [n, M, C]}, a view. */
        Tensor together(Tensor matrices) {
            return matrices.view(matrices.size(0) / heads, heads, matrices.size(1), matrices.size(2))
                    .transpose(1, 2)
                    .flatten(2, 3);
        }

        /** {@code [n, M, C]} to {@code [n · heads, M, d]}, float32. */
        Tensor apart(Tensor tokens) {
            return tokens.to(torch.ScalarType.Float)
                    .view(tokens.size(0), tokens.size(1), heads, tokens.size(2) / heads)
                    .transpose(1, 2)
                    .reshape(query.shape());
        }

        /** The inverse of {@link #of}, {@code [n, M, 3C]}. */
        Tensor joined(Tensor ofQuery, Tensor ofKey, Tensor ofValue) {
            Tensor split = torch.stack(new TensorVector(ofQuery, ofKey, ofValue));
            long n = query.size(0) / heads;
            return split.view(3, n, heads, query.size(1), query.size(2))
                    .permute(1, 3, 0, 2, 4)
                    .reshape(n, query.size(1), -1);
        }
    }
}
