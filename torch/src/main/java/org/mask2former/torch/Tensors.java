package org.mask2former.torch;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** Copies between host memory and libtorch's tensors. */
public final class Tensors {
    private static final MemoryFormatOptional AS_IT_LIES = forever(new MemoryFormatOptional());

    private Tensors() {}

    /** A new tensor in libtorch's own memory with a copy of the host's elements. */
    public static Tensor copyOf(HostTensor host) {
        try (PointerScope scope = new PointerScope()) {
            Tensor tensor = torch.empty(longs(host.shape()), new TensorOptions(scalarType(host.dtype())), null);
            ByteBuffer data = host.data();
            if (data.hasRemaining()) {
                BytePointer target = new BytePointer(tensor.data_ptr()).capacity(data.remaining());
                target.asByteBuffer().put(data);
            }
            return detach(tensor);
        }
    }

    /** A new tensor with a copy of the numbers. */
    public static Tensor copyOf(float[] values, long... shape) {
        try (PointerScope scope = new PointerScope()) {
            Tensor tensor = torch.empty(shape, new TensorOptions(torch.ScalarType.Float), null);
            if (values.length > 0) {
                floats(tensor).put(values);
            }
            return detach(tensor);
        }
    }

    /** A new int64 tensor of one dimension, for indices. */
    public static Tensor copyOf(int[] values) {
        long[] wide = new long[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return copyOf(HostTensor.of(wide, wide.length));
    }

    /** The same elements where another tensor is; the tensor is given up if that is elsewhere. Of no scope. */
    public static Tensor beside(Tensor other, Tensor tensor) {
        if (other.is_cpu()) {
            return tensor;
        }
        try (PointerScope scope = new PointerScope()) {
            return moved(tensor, other.device());
        }
    }

    /** The same elements on a device, of no scope; the tensor is given up. What is in host memory is taken at once, though it may arrive later. */
    static Tensor moved(Tensor tensor, Device device) {
        try (tensor;
                PointerScope scope = new PointerScope()) {
            return detach(tensor.to(device, tensor.scalar_type().intern(), true, false, AS_IT_LIES));
        }
    }

    /** All elements, converted to float32, row-major. */
    public static float[] toFloats(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            Tensor dense = tensor.to(torch.ScalarType.Float).cpu().contiguous();
            float[] values = new float[Math.toIntExact(dense.numel())];
            if (values.length > 0) {
                floats(dense).get(values);
            }
            return values;
        }
    }

    /** A copy in host memory, as float32. */
    public static HostTensor toHost(Tensor tensor) {
        return HostTensor.of(toFloats(tensor), shape(tensor));
    }

    static int[] shape(Tensor tensor) {
        long[] sizes = tensor.shape();
        int[] shape = new int[sizes.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = (int) sizes[i];
        }
        return shape;
    }

    static long[] longs(int[] values) {
        long[] out = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            out[i] = values[i];
        }
        return out;
    }

    static torch.ScalarType scalarType(DType dtype) {
        return switch (dtype) {
            case F64 -> torch.ScalarType.Double;
            case F32 -> torch.ScalarType.Float;
            case F16 -> torch.ScalarType.Half;
            case BF16 -> torch.ScalarType.BFloat16;
            case I64 -> torch.ScalarType.Long;
            case I32 -> torch.ScalarType.Int;
            case I16 -> torch.ScalarType.Short;
            case I8 -> torch.ScalarType.Char;
            case U8 -> torch.ScalarType.Byte;
            case BOOL -> torch.ScalarType.Bool;
        };
    }

    /** The elements of a contiguous float32 tensor on the CPU, in place; valid while the tensor is. */
    public static FloatBuffer floats(Tensor tensor) {
        FloatPointer data = new FloatPointer(tensor.data_ptr());
        return data.capacity(tensor.numel()).asBuffer();
    }

    /** Makes a constant of the process outlive the scope it happens to be made in. */
    public static <P extends Pointer> P forever(P constant) {
        return constant.retainReference();
    }

    /** Takes a tensor out of the scope that would close it. */
    public static Tensor detach(Tensor tensor) {
        tensor.retainReference(); // for detaching gives up the scope's reference, which may be the only one
        PointerScope.getInnerScope().detach(tensor);
        return tensor;
    }

    /** Gives a tensor that nobody owns to the scope around, which will close it. */
    public static Tensor adopt(Tensor tensor) {
        PointerScope.getInnerScope().attach(tensor);
        tensor.releaseReference(); // the caller's, as the scope took its own
        return tensor;
    }
}
