package org.mask2former.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.checkpoint.InputRange;

/** How the input of a quantised layer becomes bytes: {@code round(x / scale) + zeroPoint}, clamped to 0 … 255. */
record InputScale(double scale, long zeroPoint) {
    private static final TensorOptions BYTES = Tensors.forever(new TensorOptions(torch.ScalarType.Byte));

    static InputScale of(InputRange range) {
        return new InputScale(range.scale(), range.zeroPoint());
    }

    /** A new tensor of bytes; {@code x} is contiguous. */
    Tensor quantize(Tensor x) {
        try (PointerScope scope = new PointerScope()) {
            Tensor floats = x.to(torch.ScalarType.Float);
            Tensor quantized = torch.quantize_per_tensor(floats, scale, zeroPoint, torch.ScalarType.QUInt8);
            // The same memory as plain bytes. int_repr() would copy it, which takes five times as long as quantising.
            Tensor bytes = torch.empty(new long[] {0}, BYTES, null);
            return Tensors.detach(bytes.set_(quantized.storage(), 0, quantized.sizes(), quantized.strides()));
        }
    }

    IValue scaleValue() {
        return new IValue(scale);
    }

    IValue zeroPointValue() {
        return new IValue(zeroPoint);
    }
}
