package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;

/**
 * A tensor of PyTorch: a view of a storage.
 *
 * @param offset of its first element in the storage, in elements
 * @param strides in elements
 * @param type its element type where the storage has none ({@code torch.float32}, …), else null
 */
record TorchTensor(
        Path file, TorchStorage storage, long offset, int[] shape, long[] strides, PickleValue.@Nullable Global type)
        implements PickledTensor {
    private static final Map<String, DType> TYPES = Map.of(
            "float64", DType.F64,
            "float32", DType.F32,
            "float16", DType.F16,
            "bfloat16", DType.BF16,
            "int64", DType.I64,
            "int32", DType.I32,
            "int16", DType.I16,
            "int8", DType.I8,
            "uint8", DType.U8,
            "bool", DType.BOOL);

    /** Names of other types that {@code torch} has; they may be mentioned, but not be a weight's. */
    private static final List<String> OTHER_TYPES = List.of(
            "complex32",
            "complex64",
            "complex128",
            "uint16",
            "uint32",
            "uint64",
            "float8_e4m3fn",
            "float8_e5m2",
            "qint8",
            "quint8",
            "qint32");

    static boolean isType(String name) {
        return TYPES.containsKey(name) || OTHER_TYPES.contains(name);
    }

    @Override
    public LazyTensor lazy() {
        DType dtype = dtype();
        int width = dtype.bytes();
        int length = byteLength(file, shape, width);
        boolean rowMajor = Strided.isRowMajor(shape, strides);
        long reach = reach();
        long available = storage.byteLength() / width;
        if (offset < 0 || offset > available || reach > available - offset || reach * width > Integer.MAX_VALUE) {
            throw Failures.damaged(
                    file,
                    "a tensor of shape " + Arrays.toString(shape) + ", strides " + Arrays.toString(strides)
                            + " and offset " + offset + " reaches outside its storage of " + available + " elements");
        }
        ByteSource bytes = storage.bytes();
        boolean swap = storage.isBigEndian() && width > 1;
        return new LazyTensor(dtype, shape, () -> {
            ByteBuffer view = bytes.slice(offset * width, rowMajor ? length : reach * width);
            ByteBuffer row = rowMajor ? view : Strided.gather(view, shape, strides, width);
            return swap ? Strided.swap(row, width) : row;
        });
    }

    private DType dtype() {
        if (!storage.isUntyped()) {
            return storage.dtype();
        }
        @Nullable DType dtype = type == null ? null : TYPES.get(type.name());
        if (dtype == null) {
            throw new CheckpointException(file + " has a tensor of type "
                    + (type == null ? "unknown" : type.qualified())
                    + ", which is not supported; save it as float32, float16 or bfloat16");
        }
        return dtype;
    }

    private long reach() {
        for (long stride : strides) {
            if (stride < 0) {
                throw Failures.damaged(file, "a tensor has a negative stride");
            }
        }
        if (strides.length != shape.length) {
            throw Failures.damaged(
                    file, "a tensor of " + shape.length + " dimensions has " + strides.length + " strides");
        }
        try {
            return Strided.extent(shape, strides);
        } catch (ArithmeticException e) {
            throw Failures.damaged(file, "a tensor has strides larger than any file");
        }
    }

    /** A shape out of a pickled tuple (or list). */
    static int[] ints(Path file, Object value) {
        long[] longs = longs(file, value);
        int[] ints = new int[longs.length];
        for (int i = 0; i < ints.length; i++) {
            if (longs[i] < 0 || longs[i] > Integer.MAX_VALUE) {
                throw Failures.damaged(file, "a tensor has the shape " + Arrays.toString(longs));
            }
            ints[i] = (int) longs[i];
        }
        return ints;
    }

    static long[] longs(Path file, Object value) {
        List<?> items = value instanceof PickleValue.Tuple t ? t.items() : value instanceof List<?> l ? l : null;
        if (items == null || items.size() > 64) {
            throw Failures.damaged(
                    file, "a tensor has something else than a tuple of numbers for its shape or strides");
        }
        long[] longs = new long[items.size()];
        for (int i = 0; i < longs.length; i++) {
            if (!(items.get(i) instanceof Long n)) {
                throw Failures.damaged(file, "a tensor has something else than numbers in its shape or strides");
            }
            longs[i] = n;
        }
        return longs;
    }

    /** The bytes of a tensor of this shape, which must fit a buffer. */
    static int byteLength(Path file, int[] shape, int width) {
        long bytes = width;
        for (int d : shape) {
            if (d != 0 && bytes > Integer.MAX_VALUE / d) {
                throw Failures.damaged(
                        file, "a tensor has the shape " + Arrays.toString(shape) + ", larger than any weight");
            }
            bytes *= d;
        }
        return (int) bytes;
    }
}
