package org.mask2former.torch;

import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.FeedForward;
import org.mask2former.ops.Levels;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Parameter;

/** Runs the network on libtorch, for inference where its weights are and in their type. */
class TorchOps extends TensorOps {
    private final TorchWeights weights;
    private final Helpers helpers;

    TorchOps(TorchWeights weights, ConstantCache constants, Helpers helpers) {
        super(weights.device(), weights.type(), constants);
        this.weights = weights;
        this.helpers = helpers;
    }

    @Override
    Tensor weight(Parameter parameter) {
        return weights.parameter(parameter);
    }

    @Override
    Tensor normWeight(Parameter parameter) {
        return weights.ofNorm(parameter);
    }

    @Override
    public Tensor folded(String key, Supplier<Tensor> value) {
        return constants.get(key, () -> {
            try (PointerScope scope = new PointerScope()) {
                Tensor result = scopes.release(scope(key, value));
                Tensor own = Tensors.detach(result.contiguous());
                result.close();
                return own;
            }
        });
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        // For a single picture the product is a linear layer whose weight is b, and so takes its fast way.
        if (a.size(0) == 1 && b.size(0) == 1 && LinearKernel.isPacked(device)) {
            try (PointerScope scope = new PointerScope()) {
                return keep(Tensors.detach(PackedLinear.product(a, b.squeeze(0), Optional.empty(), Activation.NONE)));
            }
        }
        try (PointerScope scope = new PointerScope()) {
            return keep(Tensors.detach(a.matmul(b.transpose(1, 2))));
        }
    }

    // ---- layers ----

    @Override
    public Tensor linear(Tensor x, Linear layer, Activation activation) {
        return keep(weights.linear(layer).run(x, activation));
    }

    @Override
    public Tensor linearAdd(Tensor residual, Tensor x, Linear layer) {
        return keep(weights.linear(layer).runAdd(residual, x));
    }

    @Override
    public Tensor feedForward(Tensor residual, Tensor x, FeedForward layers) {
        LinearKernel contract = weights.linear(layers.contract());
        return keep(weights.linear(layers.expand()).runThrough(x, layers.activation(), contract, residual));
    }

    @Override
    public Tensor conv2d(Tensor map, Conv2d layer, Activation activation) {
        return keep(weights.convolution(layer).run(map, activation));
    }

    @Override
    public Tensor addResized(Tensor map, Tensor coarse) {
        Tensor resized = resizeBilinear(coarse, (int) map.size(1), (int) map.size(2));
        try (PointerScope scope = new PointerScope()) {
            resized.add_(map); // nobody else has it, and it is as large as any there is
        }
        return resized;
    }

    @Override
    public Tensor deformableAttention(Tensor value, Tensor sampling, Levels levels, int heads, int points) {
        if (device.isCpu()) {
            return keep(DeformableAttention.forward(value, sampling, levels, heads, points, helpers));
        }
        return keep(CudaAttention.forward(value, sampling, levels, heads, points)
                .orElseGet(() -> new SampledAttention(levels, heads, points).forward(value, sampling, this)));
    }
}
