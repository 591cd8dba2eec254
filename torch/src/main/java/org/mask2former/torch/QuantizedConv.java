package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.LongList;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;

/** A convolution of 8-bit integers through oneDNN; see {@link QuantizedLinear}. */
final class QuantizedConv implements ConvKernel {
    private static final IValue ONE_GROUP = Tensors.forever(new IValue(1L));

    private final Conv2d layer;
    private final QuantizedWeight weight;

    private QuantizedConv(Conv2d layer, QuantizedWeight weight) {
        this.layer = layer;
        this.weight = weight;
    }

    /**
     * A convolution ready to run.
     *
     * @param weight int8 {@code [out, in, k, k]}
     * @param scales float32 {@code [out]}; copied
     * @param bias float32 {@code [out]}; copied
     * @param type of the result: float32 or bfloat16
     */
    static QuantizedConv of(
            Conv2d layer, Tensor weight, Tensor scales, Tensor bias, InputScale input, torch.ScalarType type) {
        try (PointerScope scope = new PointerScope()) {
            Tensor packed = OneDnn.call(
                    Operators.PACK,
                    new IValue(weight),
                    new IValue(scales),
                    input.scaleValue(),
                    input.zeroPointValue(),
                    both(layer.stride()),
                    both(layer.padding()),
                    both(1),
                    ONE_GROUP,
                    new IValue());
            return new QuantizedConv(layer, QuantizedWeight.of(packed, scales, Optional.of(bias), input, type));
        }
    }

    @Override
    public Tensor run(Tensor map, Activation activation) {
        try (PointerScope scope = new PointerScope();
                Tensor bytes = weight.input().quantize(map)) {
            Tensor y = OneDnn.call(
                    Operators.CONV,
                    new IValue(TensorOps.channelsFirst(bytes)),
                    weight.input().scaleValue(),
                    weight.input().zeroPointValue(),
                    new IValue(weight.packed()),
                    new IValue(weight.scales()),
                    new IValue(weight.zeroPoints()),
                    OneDnn.optional(weight.bias()),
                    both(layer.stride()),
                    both(layer.padding()),
                    both(1),
                    ONE_GROUP,
                    QuantizedWeight.NO_SCALE,
                    QuantizedWeight.ZERO,
                    weight.type(),
                    OneDnn.attribute(activation),
                    OneDnn.NO_SCALARS,
                    OneDnn.algorithm(activation));
            return Tensors.detach(TensorOps.channelsLast(y));
        }
    }

    /** A number for height and width. */
    private static IValue both(long value) {
        return new IValue(new GenericList((Pointer) new LongList(value, value)));
    }

    @Override
    public void close() {
        weight.close();
    }

    /** Looked up when first used, for not every libtorch has them. */
    private static final class Operators {
        static final OperatorHandle PACK = OneDnn.find("onednn::qconv_prepack", "");
        static final OperatorHandle CONV = OneDnn.find("onednn::qconv_pointwise", "");
    }
}
