package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/** A linear layer on libtorch's own kernels, which every build has. */
final class PlainLinear implements LinearKernel {
    private final Tensor weight;
    private final Optional<Tensor> bias;

    private PlainLinear(Tensor weight, Optional<Tensor> bias) {
        this.weight = weight;
        this.bias = bias;
    }

    static PlainLinear of(Tensor weight, Optional<Tensor> bias) {
        try (PointerScope scope = new PointerScope()) {
            return new PlainLinear(Tensors.detach(weight.clone()), bias.map(b -> Tensors.detach(b.clone())));
        }
    }

    @Override
    public Tensor run(Tensor x, Activation activation) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.detach(Activations.apply(product(x), activation));
        }
    }

    @Override
    public Tensor runAdd(Tensor residual, Tensor x) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.detach(residual.add(product(x)));
        }
    }

    private Tensor product(Tensor x) {
        return torch.linear(x, weight, bias.map(TensorOptional::new).orElseGet(TensorOptional::new));
    }

    @Override
    public void close() {
        weight.close();
        bias.ifPresent(Tensor::close);
    }
}
