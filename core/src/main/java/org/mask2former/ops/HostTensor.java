package org.mask2former.ops;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A tensor in host memory: little-endian, row-major, read-only. It may be a view of a memory-mapped file, so holding one
 * costs nothing until its bytes are touched. Immutable and safe to share between threads.
 */
public final class HostTensor {
    private final DType dtype;
    private final int[] shape;
    private final ByteBuffer data;

    private HostTensor(DType dtype, int[] shape, ByteBuffer data) {
        this.dtype = dtype;
        this.shape = shape;
        this.data = data;
    }

    /**
     * A tensor over the bytes from the buffer's position to its limit; the buffer is not copied.
     *
     * @throws IllegalArgumentException if the number of bytes is not what dtype and shape need
     */
    public static HostTensor of(DType dtype, int[] shape, ByteBuffer data) {
        long needed = elements(shape) * dtype.bytes();
        if (data.remaining() != needed) {
            throw new IllegalArgumentException("a tensor " + dtype + Arrays.toString(shape) + " needs " + needed
                    + " bytes, but " + data.remaining() + " were given");
        }
        return new HostTensor(
                dtype, shape.clone(), data.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }

    /** A float32 tensor holding a copy of the values. */
    public static HostTensor of(float[] values, int... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return of(DType.F32, shape, bytes);
    }

    /** An int64 tensor holding a copy of the values. */
    public static HostTensor of(long[] values, int... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return of(DType.I64, shape, bytes);
    }

    public DType dtype() {
        return dtype;
    }

    /** The shape; empty for a scalar. A copy. */
    public int[] shape() {
        return shape.clone();
    }

    /** How many elements a tensor of this shape has; 1 for a scalar. */
    public static long elements(int... shape) {
        long n = 1;
        for (int s : shape) {
            n = Math.multiplyExact(n, s);
        }
        return n;
    }

    public long elements() {
        return elements(shape);
    }

    /** The raw bytes: read-only, little-endian, position 0. A fresh view for every call. */
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** All elements as float32 (a copy); integers, halves and doubles are converted. */
    public float[] toFloats() {
        float[] out = new float[Math.toIntExact(elements())];
        ByteBuffer b = data();
        switch (dtype) {
            case F32 -> {
                FloatBuffer f = b.asFloatBuffer();
                f.get(out);
            }
            case F64 -> {
                for (int i = 0; i < out.length; i++) out[i] = (float) b.getDouble(8 * i);
            }
            case F16 -> {
                for (int i = 0; i < out.length; i++) out[i] = halfToFloat(b.getShort(2 * i));
            }
            case BF16 -> {
                for (int i = 0; i < out.length; i++) out[i] = Float.intBitsToFloat(b.getShort(2 * i) << 16);
            }
            case I64 -> {
                for (int i = 0; i < out.length; i++) out[i] = b.getLong(8 * i);
            }
            case I32 -> {
                for (int i = 0; i < out.length; i++) out[i] = b.getInt(4 * i);
            }
            case I16 -> {
                for (int i = 0; i < out.length; i++) out[i] = b.getShort(2 * i);
            }
            case I8 -> {
                for (int i = 0; i < out.length; i++) out[i] = b.get(i);
            }
            case U8, BOOL -> {
                for (int i = 0; i < out.length; i++) out[i] = b.get(i) & 0xff;
            }
        }
        return out;
    }

    /**
     * The same numbers in another floating-point type, each rounded to the nearest that it has.
     *
     * @param type float32, float16 or bfloat16
     */
    public HostTensor to(DType type) {
        if (type == dtype) {
            return this;
        }
        float[] values = toFloats();
        if (type == DType.F32) {
            return of(values, shape);
        }
        if (type != DType.F16 && type != DType.BF16) {
            throw new IllegalArgumentException("a tensor can be made F32, F16 or BF16, not " + type);
        }
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(type == DType.F16 ? floatToHalf(value) : floatToBfloat(value));
        }
        return of(type, shape, bytes.flip());
    }

    /** Single to half precision, ties to even, too large becomes infinite (JDK 20's {@code Float.floatToFloat16}). */
    static short floatToHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        if (!(magnitude < 65520)) { // rounds to infinity, or is it, or is not a number
            return (short) (sign | (Float.isNaN(value) ? 0x7e00 : 0x7c00));
        }
        int exponent = Math.max(Math.getExponent(magnitude), -14);
        float unit = Math.scalb(1f, exponent - 10);
        int steps = (int) Math.rint(magnitude / unit); // 0 … 2048
        return (short) (sign | (exponent + 14 << 10) + steps);
    }

    /** Single precision to bfloat16, ties to even. */
    static short floatToBfloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** IEEE 754 half to single precision, exactly (JDK 20's {@code Float.float16ToFloat}, for JDK 17). */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0x1f) { // infinity, NaN
            return Float.intBitsToFloat(sign | 0x7f800000 | mantissa << 13);
        }
        if (exponent == 0) { // zero, subnormal: value = mantissa * 2^-24
            float value = mantissa * 0x1p-24f;
            return sign == 0 ? value : -value;
        }
        return Float.intBitsToFloat(sign | exponent + 112 << 23 | mantissa << 13);
    }

    @Override
    public String toString() {
        return dtype + Arrays.toString(shape);
    }
}
