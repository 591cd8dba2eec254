package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Elements laid out with strides, put in row-major order. Strides count elements. */
final class Strided {
    private Strided() {}

    static long[] rowMajor(int[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int d = shape.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= Math.max(1, shape[d]);
        }
        return strides;
    }

    static long[] columnMajor(int[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int d = 0; d < shape.length; d++) {
            strides[d] = stride;
            stride *= Math.max(1, shape[d]);
        }
        return strides;
    }

    /** Whether these strides are row-major order; those of dimensions of size 1 do not matter. */
    static boolean isRowMajor(int[] shape, long[] strides) {
        long[] expected = rowMajor(shape);
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] == 0) {
                return true;
            }
        }
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] != 1 && strides[d] != expected[d]) {
                return false;
            }
        }
        return true;
    }

    /** How many elements the layout reaches over: one more than the index of the last; 0 if it has none. */
    static long extent(int[] shape, long[] strides) {
        long last = 0;
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] == 0) {
                return 0;
            }
            last = Math.addExact(last, Math.multiplyExact(shape[d] - 1L, strides[d]));
        }
        return last + 1;
    }

    /** Copies the elements, {@code width} bytes each, into row-major order. */
    static ByteBuffer gather(ByteBuffer from, int[] shape, long[] strides, int width) {
        long elements = 1;
        for (int s : shape) {
            elements *= s;
        }
        ByteBuffer to = ByteBuffer.allocate(Math.toIntExact(elements * width)).order(ByteOrder.LITTLE_ENDIAN);
        int[] index = new int[shape.length];
        long source = 0;
        for (long i = 0; i < elements; i++) {
            int at = (int) (source * width);
            for (int b = 0; b < width; b++) {
                to.put(from.get(at + b));
            }
            for (int d = shape.length - 1; d >= 0; d--) {
                source += strides[d];
                if (++index[d] < shape[d]) {
                    break;
                }
                source -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
        return to.flip();
    }

    /** A copy with the bytes of every element reversed: big-endian to little-endian. */
    static ByteBuffer swap(ByteBuffer from, int width) {
        ByteBuffer to = ByteBuffer.allocate(from.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < to.capacity(); i++) {
            to.put(i, from.get(from.position() + i - i % width + width - 1 - i % width));
        }
        return to;
    }
}
