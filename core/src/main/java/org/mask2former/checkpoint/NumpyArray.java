package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;

/**
 * An array of NumPy as a pickle builds it: first empty, by {@code _reconstruct}, then filled by BUILD with (version,
 * shape, dtype, Fortran order, bytes); or at once, by protocol 5's {@code _frombuffer}.
 */
final class NumpyArray implements PickledTensor {
    /** {@code numpy.dtype}: made by name, then told its byte order by BUILD. */
    static final class NumpyType {
        private static final Map<String, DType> KNOWN = Map.of(
                "f8",
                DType.F64,
                "f4",
                DType.F32,
                "f2",
                DType.F16,
                "i8",
                DType.I64,
                "i4",
                DType.I32,
                "i2",
                DType.I16,
                "i1",
                DType.I8,
                "u1",
                DType.U8,
                "b1",
                DType.BOOL);

        private final String name;
        private boolean bigEndian;

        NumpyType(String name) {
            boolean prefixed = !name.isEmpty() && "<>=|".indexOf(name.charAt(0)) >= 0;
            this.name = prefixed ? name.substring(1) : name;
            this.bigEndian = name.startsWith(">");
        }

        /** Takes the state (version, byte order, …). */
        void build(List<Object> state) {
            bigEndian = state.size() > 1 && ">".equals(state.get(1));
        }
    }

    private final Path file;
    private int @Nullable [] shape;
    private @Nullable NumpyType type;
    private boolean fortran;
    private Object data = PickleValue.None.NONE;

    NumpyArray(Path file) {
        this.file = file;
    }

    static NumpyArray of(Path file, Object data, Object type, int[] shape, boolean fortran) {
        NumpyArray array = new NumpyArray(file);
        array.fill(shape, type, fortran, data);
        return array;
    }

    /** Takes the state (version, shape, dtype, Fortran order, bytes). */
    void build(List<Object> state) {
        if (state.size() != 5) {
            throw Failures.damaged(file, "a NumPy array has a state of " + state.size() + " parts instead of 5");
        }
        fill(TorchTensor.ints(file, state.get(1)), state.get(2), Boolean.TRUE.equals(state.get(3)), state.get(4));
    }

    private void fill(int[] newShape, Object newType, boolean newFortran, Object newData) {
        if (!(newType instanceof NumpyType t)) {
            throw Failures.damaged(file, "a NumPy array has something else than a dtype for its dtype");
        }
        shape = newShape;
        type = t;
        fortran = newFortran;
        data = newData;
    }

    @Override
    public LazyTensor lazy() {
        if (shape == null || type == null) {
            throw Failures.damaged(file, "a NumPy array is never filled");
        }
        DType dtype = NumpyType.KNOWN.get(type.name);
        if (dtype == null) {
            throw new CheckpointException(file + " has a NumPy array of type " + type.name
                    + ", which is not supported; save it as float32, float16 or int64");
        }
        int[] dims = shape;
        int width = dtype.bytes();
        int length = TorchTensor.byteLength(file, dims, width);
        ByteReader raw = raw(length);
        boolean reorder = fortran && !Strided.isRowMajor(dims, Strided.columnMajor(dims));
        boolean swap = type.bigEndian && width > 1;
        return new LazyTensor(dtype, dims, () -> {
            ByteBuffer bytes = raw.read();
            if (reorder) {
                bytes = Strided.gather(bytes, dims, Strided.columnMajor(dims), width);
            }
            return swap ? Strided.swap(bytes, width) : bytes;
        });
    }

    private interface ByteReader {
        ByteBuffer read();
    }

    /** The array's own bytes, in whichever of the forms the protocols have for them. */
    private ByteReader raw(int length) {
        if (data instanceof PickleValue.Bytes bytes && bytes.source().size() == length) {
            return bytes.source()::all;
        }
        if (data instanceof PickleValue.TextBytes text && text.canHold(length)) {
            return () -> text.decode(length);
        }
        if (data instanceof PickleValue.Text text && text.utf8().size() == length) { // Python 2's str
            return text.utf8()::all;
        }
        if (data instanceof String s && s.length() == length) {
            byte[] bytes = s.getBytes(StandardCharsets.ISO_8859_1);
            return () -> ByteBuffer.wrap(bytes);
        }
        throw Failures.damaged(
                file,
                "a NumPy array of shape " + Arrays.toString(shape) + " needs " + length + " bytes, but has others");
    }
}
