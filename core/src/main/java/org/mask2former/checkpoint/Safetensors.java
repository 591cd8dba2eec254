package org.mask2former.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mask2former.AtomicFile;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * Safetensors files, read and written. Reading maps the file: opening one costs its header, and a tensor's bytes are
 * touched when the caller touches them. Writing streams one tensor after the other into a temporary file that takes the
 * target's place when it is complete. The format: <a href="https://github.com/huggingface/safetensors">its home</a>.
 * Stateless.
 */
public final class Safetensors {
    /** The reference's writer puts wide types first, so that every tensor is aligned. */
    private static final List<DType> WIDE_FIRST = List.of(
            DType.I64,
            DType.F64,
            DType.F32,
            DType.I32,
            DType.BF16,
            DType.F16,
            DType.I16,
            DType.I8,
            DType.U8,
            DType.BOOL);

    private Safetensors() {}

    /**
     * Opens a file.
     *
     * @throws CheckpointException if it cannot be read, or is not what the format demands: see {@link SafetensorsHeader}
     */
    public static Weights open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            Map<String, LazyTensor> tensors = new LinkedHashMap<>();
            SafetensorsHeader.read(file).tensors().forEach((name, entry) -> {
                if (entry.length() > Integer.MAX_VALUE) {
                    throw new CheckpointException(path + ": tensor " + name + " has " + entry.length()
                            + " bytes; one tensor may have 2 GiB at most, so this is no Mask2Former checkpoint");
                }
                tensors.put(
                        name,
                        new LazyTensor(entry.dtype(), entry.shape(), () -> file.slice(entry.offset(), entry.length())));
            });
            return new LazyWeights(path.toString(), tensors, file::close);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * The free text a file carries beside its tensors.
     *
     * @throws CheckpointException as {@link #open}
     */
    public static Map<String, String> metadata(Path path) {
        try (MappedFile file = MappedFile.open(path)) {
            return SafetensorsHeader.read(file).metadata();
        }
    }

    /**
     * Writes tensors, replacing the file if there is one.
     *
     * @throws CheckpointException if it cannot be written
     */
    public static void write(Path path, Map<String, HostTensor> tensors) {
        write(path, Weights.of("tensors in memory", tensors), Map.of("format", "pt"));
    }

    /**
     * Writes tensors, replacing the file if there is one. They are read one at a time, after the header is written.
     *
     * @param metadata free text; {@code format: pt} is what Transformers asks for
     * @throws CheckpointException if a tensor cannot be read or the file not be written; then no file is left behind
     */
    public static void write(Path path, Weights weights, Map<String, String> metadata) {
        List<String> names = new ArrayList<>(weights.names());
        names.sort(Comparator.comparingInt((String n) -> WIDE_FIRST.indexOf(weights.dtype(n)))
                .thenComparing(n -> n.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        try (AtomicFile file = AtomicFile.open(path)) {
            try (FileChannel out = file.channel()) {
                writeFully(out, header(names, weights, metadata));
                for (String name : names) {
                    writeFully(out, weights.tensor(name).data());
                }
                out.force(false);
            }
            file.commit();
        } catch (IOException e) {
            throw Failures.unwritable(path, e);
        }
    }

    private static ByteBuffer header(List<String> names, Weights weights, Map<String, String> metadata)
            throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator g = new JsonFactory().createGenerator(json)) {
            g.writeStartObject();
            if (!metadata.isEmpty()) {
                g.writeObjectFieldStart(SafetensorsHeader.METADATA);
                for (Map.Entry<String, String> e : new TreeMap<>(metadata).entrySet()) {
                    g.writeStringField(e.getKey(), e.getValue());
                }
                g.writeEndObject();
            }
            long offset = 0;
            for (String name : names) {
                int[] shape = weights.shape(name);
                long end = offset
                        + HostTensor.elements(shape) * weights.dtype(name).bytes();
                g.writeObjectFieldStart(name);
                g.writeStringField("dtype", weights.dtype(name).name());
                g.writeFieldName("shape");
                g.writeArray(shape, 0, shape.length);
                g.writeFieldName("data_offsets");
                g.writeArray(new long[] {offset, end}, 0, 2);
                g.writeEndObject();
                offset = end;
            }
            g.writeEndObject();
        }
        while (json.size() % 8 != 0) {
            json.write(' ');
        }
        ByteBuffer header = ByteBuffer.allocate(8 + json.size()).order(ByteOrder.LITTLE_ENDIAN);
        return header.putLong(json.size()).put(json.toByteArray()).flip();
    }

    private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
