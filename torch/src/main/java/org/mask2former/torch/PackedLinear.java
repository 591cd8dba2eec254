package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/**
 * A linear layer through oneDNN: the weight is laid out once for the processor, and what follows the product (activation,
 * residual sum) happens while the result is in cache. Two to three times as fast as libtorch's own float32 {@code linear},
 * which runs on OpenBLAS. For inference on a CPU; not differentiable.
 */
final class PackedLinear implements LinearKernel {
    private final Tensor weight;
    private final Optional<Tensor> bias;

    private PackedLinear(Tensor weight, Optional<Tensor> bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** Whether the operators are in this libtorch and do what they should; finds out by trying. */
    static boolean isAvailable() {
        try (PointerScope scope = new PointerScope();
                PackedLinear layer = of(torch.ones(4, 3), Optional.empty())) {
            return layer.run(torch.ones(2, 3), Activation.NONE).sum().item_float() == 2 * 4 * 3;
        } catch (RuntimeException | ExceptionInInitializerError | NoClassDefFoundError e) { // not in this build
            return false;
        }
    }

    static PackedLinear of(Tensor weight, Optional<Tensor> bias) {
        try (PointerScope scope = new PointerScope()) {
            Tensor packed = OneDnn.call(Operators.PACK, new IValue(weight), new IValue());
            return new PackedLinear(Tensors.detach(packed), bias.map(b -> Tensors.detach(b.clone())));
        }
    }

    @Override
    public Tensor run(Tensor x, Activation activation) {
        return run(x, weight, bias, activation);
    }

    private static Tensor run(Tensor x, Tensor weight, Optional<Tensor> bias, Activation activation) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = OneDnn.call(
                    Operators.LINEAR,
                    new IValue(x),
                    new IValue(weight),
                    OneDnn.optional(bias),
                    OneDnn.attribute(activation),
                    OneDnn.NO_SCALARS,
                    OneDnn.algorithm(activation));
            return Tensors.detach(result);
        }
    }

    @Override
    public Tensor runAdd(Tensor residual, Tensor x) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = OneDnn.call(
                    Operators.LINEAR_BINARY,
                    new IValue(x),
                    new IValue(residual),
                    new IValue(weight),
                    OneDnn.optional(bias),
                    OneDnn.ADD);
            return Tensors.detach(result);
        }
    }

    @Override
    public Tensor runThrough(Tensor x, Activation activation, LinearKernel next, Tensor residual) {
        return Bands.of(x, residual, (rows, onto) -> LinearKernel.super.runThrough(rows, activation, next, onto));
    }

    /**
     * The same with a weight that is used once, so that packing it would not pay.
     *
     * @param weight {@code [out, in]}, may be a view in any order
     */
    static Tensor product(Tensor x, Tensor weight, Optional<Tensor> bias, Activation activation) {
        return run(x, weight, bias, activation);
    }

    @Override
    public void close() {
        weight.close();
        bias.ifPresent(Tensor::close);
    }

    /** Looked up when first used, for not every libtorch has them. */
    private static final class Operators {
        static final OperatorHandle PACK = OneDnn.find("mkldnn::_reorder_linear_weight", "");
        static final OperatorHandle LINEAR = OneDnn.find("mkldnn::_linear_pointwise", "");
        static final OperatorHandle LINEAR_BINARY = OneDnn.find("mkldnn::_linear_pointwise", "binary");
    }
}
