package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/**
 * The matrix products of a linear layer in training, {@code y = x Wᵀ + b} and its two gradients, on all of libtorch's threads:
 * through oneDNN where this build has it, for its own float32 products run on one thread of OpenBLAS (see {@link Torch#load}).
 * All are of matrices; float32 or bfloat16, both factors alike. What they give is of the scope around.
 */
final class Products {
    private static final long[] ONE = {1, 1};
    private static final long[] ZERO = {0, 0};
    private static final LongArrayRefOptional NO_BIAS = Tensors.forever(new LongArrayRefOptional());
    private static final BoolPointer WEIGHT_ALONE = Tensors.forever(weightAlone());

    private Products() {}

    /** {@code activation(x Wᵀ + b)} for x {@code [M, K]} and W {@code [N, K]}, which may be a view in any order. */
    static Tensor forward(Tensor x, Tensor weight, Optional<Tensor> bias, Activation activation) {
        if (LinearKernel.isPacked(x) && x.numel() > 0) {
            return Tensors.adopt(PackedLinear.product(x, weight, bias, activation));
        }
        TensorOptional b = bias.map(TensorOptional::new).orElseGet(TensorOptional::new);
        return Activations.apply(torch.linear(x, weight, b), activation);
    }

    /** {@code dx = dy W}: {@code [M, N]} and {@code [N, K]} to {@code [M, K]}. */
    static Tensor ofInput(Tensor gradient, Tensor weight) {
        return forward(gradient, weight.t(), Optional.empty(), Activation.NONE);
    }

    /** {@code dW = dyᵀ x}: {@code [M, N]} and {@code [M, K]} to {@code [N, K]}. */
    static Tensor ofWeight(Tensor gradient, Tensor x) {
        boolean floats = x.scalar_type().intern() == torch.ScalarType.Float;
        if (floats && LinearKernel.isPacked(x) && torch.get_num_threads() > 1 && x.numel() > 0) {
            // As a 1×1 convolution over M pixels; oneDNN takes it as it lies in memory, where a product would transpose
            // copies.
            Tensor weight = torch.empty(gradient.size(1), x.size(1), 1, 1);
            return torch.convolution_backward(
                            pixels(gradient), pixels(x), weight, NO_BIAS, ONE, ZERO, ONE, false, ZERO, 1, WEIGHT_ALONE)
                    .get1()
                    .view(gradient.size(1), x.size(1));
        }
        return gradient.t().mm(x);
    }

    /** {@code [M, C]} seen as a picture {@code [1, C, M, 1]} in channels-last layout. */
    private static Tensor pixels(Tensor matrix) {
        return matrix.view(1, matrix.size(0), 1, matrix.size(1)).permute(0, 3, 1, 2);
    }

    private static BoolPointer weightAlone() {
        return new BoolPointer(3).put(0, false).put(1, true).put(2, false);
    }
}
