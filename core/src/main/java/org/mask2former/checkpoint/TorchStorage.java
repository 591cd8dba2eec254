package org.mask2former.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;

/**
 * A storage of PyTorch: elements in a row, which tensors are views of. The older format lists the places of the storages
 * after the tensors, so that the bytes come later than the storage.
 */
final class TorchStorage {
    private static final Map<String, DType> TYPES = Map.of(
            "DoubleStorage", DType.F64,
            "FloatStorage", DType.F32,
            "HalfStorage", DType.F16,
            "BFloat16Storage", DType.BF16,
            "LongStorage", DType.I64,
            "IntStorage", DType.I32,
            "ShortStorage", DType.I16,
            "CharStorage", DType.I8,
            "ByteStorage", DType.U8,
            "BoolStorage", DType.BOOL);

    /** {@code torch.UntypedStorage}: bytes, whose type the tensor brings along. */
    private static final String UNTYPED = "UntypedStorage";
    /** Types that exist but are not supported, with their widths: their bytes must be skipped. */
    private static final Map<String, Integer> OTHERS = Map.of(
            "ComplexDoubleStorage", 16,
            "ComplexFloatStorage", 8,
            "QInt8Storage", 1,
            "QUInt8Storage", 1,
            "QInt32Storage", 4);

    private final Path file;
    private final String type;
    private final long elements;
    private boolean bigEndian;
    private @Nullable ByteSource bytes;

    private TorchStorage(Path file, String type, long elements) {
        this.file = file;
        this.type = type;
        this.elements = elements;
    }

    static boolean isType(String name) {
        return TYPES.containsKey(name) || OTHERS.containsKey(name) || name.equals(UNTYPED);
    }

    static TorchStorage of(Path file, PickleValue.Global type, long elements) {
        if (!isType(type.name()) || elements < 0 || elements > Long.MAX_VALUE / 16) {
            throw Failures.damaged(file, "a storage of " + elements + " elements of " + type.qualified() + " is named");
        }
        return new TorchStorage(file, type.name(), elements);
    }

    long elements() {
        return elements;
    }

    long byteLength() {
        DType dtype = TYPES.get(type);
        return elements * (dtype != null ? dtype.bytes() : OTHERS.getOrDefault(type, 1));
    }

    boolean isUntyped() {
        return type.equals(UNTYPED);
    }

    /**
     * The type of its elements.
     *
     * @throws CheckpointException if it is not supported
     */
    DType dtype() {
        DType dtype = TYPES.get(type);
        if (dtype == null) {
            throw new CheckpointException(file + " has a tensor in a " + type
                    + ", which is not supported; save it as float32, float16 or bfloat16");
        }
        return dtype;
    }

    /**
     * Tells where the elements are.
     *
     * @param source exactly {@link #byteLength} bytes
     */
    void place(ByteSource source, boolean isBigEndian) {
        if (source.size() != byteLength()) {
            throw Failures.damaged(
                    file,
                    "a storage of " + elements + " elements (" + type + ") has " + source.size() + " bytes instead of "
                            + byteLength());
        }
        bytes = source;
        bigEndian = isBigEndian;
    }

    boolean isBigEndian() {
        return bigEndian;
    }

    ByteSource bytes() {
        if (bytes == null) {
            throw Failures.damaged(file, "a tensor's storage is missing");
        }
        return bytes;
    }
}
