package org.mask2former.torch;

import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/**
 * A linear layer whose weight is kept in float16, for half the memory, and made float32 for the time of a product: libtorch's
 * own float16 products are many times slower on processors without instructions for them.
 */
final class HalfLinear implements LinearKernel {
    private final Tensor weight;
    private final Optional<Tensor> bias;

    private HalfLinear(Tensor weight, Optional<Tensor> bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * A layer ready to run.
     *
     * @param weight float32 {@code [out, in]}; copied
     * @param bias float32 {@code [out]}; copied
     */
    static HalfLinear of(Tensor weight, Optional<Tensor> bias) {
        return new HalfLinear(
                Tensors.detach(weight.to(torch.ScalarType.Half)), bias.map(b -> Tensors.detach(b.clone())));
    }

    @Override
    public Tensor run(Tensor x, Activation activation) {
        return inFloats(layer -> layer.run(x, activation));
    }

    @Override
    public Tensor runAdd(Tensor residual, Tensor x) {
        return inFloats(layer -> layer.runAdd(residual, x));
    }

    private Tensor inFloats(Function<LinearKernel, Tensor> product) {
        try (PointerScope scope = new PointerScope();
                LinearKernel layer = LinearKernel.of(weight.to(torch.ScalarType.Float), bias)) {
            return product.apply(layer);
        }
    }

    @Override
    public void close() {
        weight.close();
        bias.ifPresent(Tensor::close);
    }
}
