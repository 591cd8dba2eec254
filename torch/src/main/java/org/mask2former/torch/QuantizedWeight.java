package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * What a layer of 8-bit integers holds: its weight as oneDNN wants it, and how numbers become bytes and back.
 *
 * @param packed the weight, laid out for the processor
 * @param scales of the weight's rows
 * @param zeroPoints of the rows: 0 each
 * @param type of the result, as oneDNN names it
 */
record QuantizedWeight(
        Tensor packed, Tensor scales, Tensor zeroPoints, Optional<Tensor> bias, InputScale input, IValue type)
        implements AutoCloseable {
    /** For a result that is no bytes. */
    static final IValue NO_SCALE = Tensors.forever(new IValue(1.0));

    static final IValue ZERO = Tensors.forever(new IValue(0L));

    /**
     * Takes the weight out of the scope around, and copies the rest.
     *
     * @param scales float32 {@code [out]}
     * @param bias float32 {@code [out]}
     * @param type of the result: float32 or bfloat16
     */
    static QuantizedWeight of(
            Tensor packed, Tensor scales, Optional<Tensor> bias, InputScale input, torch.ScalarType type) {
        return new QuantizedWeight(
                Tensors.detach(packed),
                Tensors.detach(scales.clone()),
                Tensors.detach(torch.zeros(new long[] {scales.numel()}, new TensorOptions(torch.ScalarType.Int))),
                bias.map(b -> Tensors.detach(b.clone())),
                input,
                OneDnn.type(type));
    }

    @Override
    public void close() {
        type.close();
        packed.close();
        scales.close();
        zeroPoints.close();
        bias.ifPresent(Tensor::close);
    }
}
