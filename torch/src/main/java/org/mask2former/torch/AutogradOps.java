package org.mask2former.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.Levels;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Parameter;

/**
 * Runs the network on libtorch so that gradients reach its weights: float32, on a CPU. One instance serves one forward pass
 * on one platform thread, inside a {@link PointerScope}; close it after the backward pass. What the backward pass needs
 * stays alive inside libtorch when the scopes here free their own tensors.
 */
public final class AutogradOps extends TensorOps {
    private final TrainableWeights weights;

    /** @param weights must stay open while this is used; its gradients grow with every backward pass */
    public AutogradOps(TrainableWeights weights) {
        super(torch.ScalarType.Float, weights.constants());
        this.weights = weights;
    }

    @Override
    Tensor weight(Parameter parameter) {
        return weights.tensor(parameter.name());
    }

    /** Anew in every step, because the weights change. */
    @Override
    public Tensor folded(String key, Supplier<Tensor> value) {
        return scope(key, value);
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        try (PointerScope scope = new PointerScope()) {
            return keep(Tensors.detach(a.matmul(b.transpose(1, 2))));
        }
    }

    @Override
    public Tensor linear(Tensor x, Linear layer, Activation activation) {
        try (PointerScope scope = new PointerScope()) {
            return keep(Tensors.detach(Activations.apply(product(x, layer), activation)));
        }
    }

    @Override
    public Tensor linearAdd(Tensor residual, Tensor x, Linear layer) {
        try (PointerScope scope = new PointerScope()) {
            return keep(Tensors.detach(residual.add(product(x, layer))));
        }
    }

    private Tensor product(Tensor x, Linear layer) {
        Tensor weight = stacked(layer.weights()).reshape(layer.out(), -1); // drops the 1×1 of a convolution
        return layer.biases().isEmpty()
                ? torch.linear(x, weight)
                : torch.linear(x, weight, new TensorOptional(stacked(layer.biases())));
    }

    /** The rows below each other. */
    private Tensor stacked(List<Linear.Rows> blocks) {
        List<Tensor> parts = new ArrayList<>();
        for (Linear.Rows rows : blocks) {
            parts.add(weight(rows.parameter()).narrow(0, rows.from(), rows.count()));
        }
        return parts.size() == 1 ? parts.get(0) : torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
    }

    @Override
    public Tensor conv2d(Tensor map, Conv2d layer, Activation activation) {
        try (PointerScope scope = new PointerScope()) {
            TensorOptional bias = layer.bias().map(this::optional).orElse(NO_TENSOR);
            Tensor y = convolve(map, layer, weight(layer.weight()), bias);
            if (layer.batchNorm().isPresent()) {
                y = normalised(y, layer.batchNorm().get());
            }
            return keep(Tensors.detach(channelsLast(Activations.apply(y, activation))));
        }
    }

    /** By the running statistics, which training leaves as they are. */
    private Tensor normalised(Tensor y, Conv2d.BatchNorm norm) {
        return torch.batch_norm(
                y,
                optional(norm.weight()),
                optional(norm.bias()),
                optional(norm.runningMean()),
                optional(norm.runningVariance()),
                false,
                0,
                Conv2d.BatchNorm.EPS,
                false);
    }

    private TensorOptional optional(Parameter parameter) {
        return new TensorOptional(weight(parameter));
    }

    /**
     * In the layout [B, C, H, W], where libtorch sums more precisely: with the rounding errors of the other one, a point may
     * become the least certain of a mask that by exact numbers is not.
     */
    @Override
    public Tensor groupNorm(Tensor map, Norm norm, int groups) {
        try (PointerScope scope = new PointerScope()) {
            return keep(
                    Tensors.detach(channelsLast(groupNormed(channelsFirst(map).contiguous(), norm, groups))));
        }
    }

    @Override
    public Tensor deformableAttention(Tensor value, Tensor sampling, Levels levels, int heads, int points) {
        return keep(DeformableAttention.differentiable(value, sampling, levels, heads, points, constants));
    }

    @Override
    public void close() {
        super.close();
        constants.trim();
    }
}
