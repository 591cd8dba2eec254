package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/**
 * The product of every query with every pixel in training, {@code y = a bᵀ} for each picture, and the way back by hand. Its
 * tensors are float32 or bfloat16, both factors alike; what it gives is of the scope around.
 */
final class PairwiseProducts {
    private static final long[] LAST = {-1};

    private PairwiseProducts() {}

    /**
     * @param a {@code [B, M, C]}
     * @param b {@code [B, N, C]}
     * @return {@code [B, M, N]}, float32
     */
    static Tensor forward(Tensor a, Tensor b) {
        if (!a.is_cpu()) {
            return a.bmm(b.transpose(1, 2)).to(torch.ScalarType.Float);
        }
        TensorVector pictures = new TensorVector();
        for (long i = 0; i < a.size(0); i++) {
            Tensor y = Products.forward(a.select(0, i), b.select(0, i), Optional.empty(), Activation.NONE);
            pictures.push_back(y.to(torch.ScalarType.Float));
        }
        return torch.stack(pictures);
    }

    /** Gradients of both factors, in their type. */
    record Gradients(Tensor a, Tensor b) {}

    /** Of a loss that looks at few masks, most rows of the gradient are zero; these are left out. */
    static Gradients backward(Tensor a, Tensor b, Tensor gradient /* [B, M, N] */) {
        if (!a.is_cpu()) { // a GPU is done with the zeros before it could say which rows they are
            Tensor given = gradient.to(a.scalar_type());
            return new Gradients(given.bmm(b), given.transpose(1, 2).bmm(a));
        }
        Tensor ofA = torch.zeros_like(a);
        Tensor ofB = torch.zeros_like(b);
        for (long i = 0; i < a.size(0); i++) {
            Tensor one = gradient.select(0, i);
            Tensor rows = one.any(LAST, false).nonzero().view(-1);
            if (rows.numel() == 0) {
                continue;
            }
            Tensor given = one.index_select(0, rows).to(a.scalar_type()); // [R, N]
            Tensor from = a.select(0, i).index_select(0, rows); // [R, C]
            ofA.select(0, i).index_copy_(0, rows, Products.ofInput(given, b.select(0, i)));
            torch.mm_out(ofB.select(0, i), given.t(), from);
        }
        return new Gradients(ofA, ofB);
    }
}
