package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/**
 * A linear layer of 8-bit integers through oneDNN: the input is rounded to bytes, the products are summed exactly in 32 bits,
 * and the result is in the type of all other activations. Up to twice as fast as bfloat16 and four times as float32, where the
 * processor has instructions for it.
 */
final class QuantizedLinear implements LinearKernel {
    private static final IValue BYTE = OneDnn.type(torch.ScalarType.Byte);

    private final QuantizedWeight weight;

    private QuantizedLinear(QuantizedWeight weight) {
        this.weight = weight;
    }

    /**
     * A layer ready to run.
     *
     * @param weight int8 {@code [out, in]}
     * @param scales float32 {@code [out]}; copied
     * @param bias float32 {@code [out]}; copied
     * @param type of the result and of residuals: float32 or bfloat16
     */
    static QuantizedLinear of(
            Tensor weight, Tensor scales, Optional<Tensor> bias, InputScale input, torch.ScalarType type) {
        try (PointerScope scope = new PointerScope()) {
            Tensor packed = OneDnn.call(Operators.PACK, new IValue(weight), new IValue());
            return new QuantizedLinear(QuantizedWeight.of(packed, scales, bias, input, type));
        }
    }

    @Override
    public Tensor run(Tensor x, Activation activation) {
        try (Tensor bytes = weight.input().quantize(x)) {
            return run(bytes, activation, QuantizedWeight.NO_SCALE, QuantizedWeight.ZERO, weight.type());
        }
    }

    /** @param x of bytes */
    private Tensor run(Tensor x, Activation activation, IValue outputScale, IValue outputZeroPoint, IValue outputType) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.detach(OneDnn.call(
                    Operators.LINEAR,
                    new IValue(x),
                    weight.input().scaleValue(),
                    weight.input().zeroPointValue(),
                    new IValue(weight.packed()),
                    new IValue(weight.scales()),
                    new IValue(weight.zeroPoints()),
                    OneDnn.optional(weight.bias()),
                    outputScale,
                    outputZeroPoint,
                    outputType,
                    OneDnn.attribute(activation),
                    OneDnn.NO_SCALARS,
                    OneDnn.algorithm(activation)));
        }
    }

    @Override
    public Tensor runAdd(Tensor residual, Tensor x) {
        try (Tensor bytes = weight.input().quantize(x)) {
            return addBytes(residual, bytes);
        }
    }

    private Tensor addBytes(Tensor residual, Tensor x) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.detach(OneDnn.call(
                    Operators.LINEAR_BINARY,
                    new IValue(x),
                    weight.input().scaleValue(),
                    weight.input().zeroPointValue(),
                    new IValue(weight.packed()),
                    new IValue(weight.scales()),
                    new IValue(weight.zeroPoints()),
                    new IValue(residual),
                    OneDnn.optional(weight.bias()),
                    QuantizedWeight.NO_SCALE,
                    QuantizedWeight.ZERO,
                    weight.type(),
                    QuantizedWeight.NO_SCALE,
                    QuantizedWeight.ZERO,
                    OneDnn.ADD,
                    QuantizedWeight.NO_SCALE,
                    OneDnn.NONE,
                    OneDnn.NO_SCALARS,
                    OneDnn.EMPTY_STRING));
        }
    }

    /** What is between two quantised layers never is more than bytes. */
    @Override
    public Tensor runThrough(Tensor x, Activation activation, LinearKernel next, Tensor residual) {
        if (!(next instanceof QuantizedLinear second)) {
            return LinearKernel.super.runThrough(x, activation, next, residual);
        }
        InputScale between = second.weight.input();
        try (PointerScope scope = new PointerScope();
                Tensor bytes = weight.input().quantize(x);
                Tensor hidden = run(bytes, activation, between.scaleValue(), between.zeroPointValue(), BYTE)) {
            return second.addBytes(residual, hidden);
        }
    }

    @Override
    public void close() {
        weight.close();
    }

    /** Looked up when first used, for not every libtorch has them. */
    private static final class Operators {
        static final OperatorHandle PACK = OneDnn.find("onednn::qlinear_prepack", "");
        static final OperatorHandle LINEAR = OneDnn.find("onednn::qlinear_pointwise", "");
        static final OperatorHandle LINEAR_BINARY = OneDnn.find("onednn::qlinear_pointwise", "binary");
    }
}
