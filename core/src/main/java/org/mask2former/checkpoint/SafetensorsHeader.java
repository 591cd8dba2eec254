package org.mask2former.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;

/**
 * The header of a safetensors file: eight bytes of little-endian length, then JSON that maps each name to dtype, shape and
 * the range of its bytes behind the header. Held to the rules of the format's reference implementation: at most 100 MB,
 * no key twice, and the ranges, in order, fill the rest of the file without gap or overlap.
 *
 * @param tensors by name, in the order of their bytes; offsets count from the start of the file
 * @param metadata the free text under {@code __metadata__}
 */
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
    static final long MAX_LENGTH = 100_000_000;
    static final String METADATA = "__metadata__";
    private static final int MAX_DIMENSIONS = 64;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    record Entry(DType dtype, int[] shape, long offset, long length) {}

    static SafetensorsHeader read(MappedFile file) {
        Path path = file.path();
        long size = file.size();
        if (size < 8) {
            throw Failures.damaged(path, "a safetensors file has at least 8 bytes, this one " + size);
        }
        long length = file.slice(0, 8).getLong();
        if (length < 0 || length > MAX_LENGTH) {
            throw Failures.damaged(
                    path,
                    "its first 8 bytes announce a header of " + Long.toUnsignedString(length)
                            + " bytes, but safetensors allows " + MAX_LENGTH);
        }
        if (length > size - 8) {
            throw Failures.damaged(
                    path,
                    "it ends inside its header, which needs " + length + " bytes where " + (size - 8) + " are left");
        }
        byte[] json = new byte[(int) length];
        file.slice(8, length).get(json);
        if (length == 0 || json[0] != '{') {
            throw Failures.damaged(path, "a safetensors header starts with '{', this one does not");
        }
        try (JsonParser parser = JSON.createParser(json)) {
            return new Reader(path, parser).read(8 + length, size);
        } catch (JsonProcessingException e) {
            throw Failures.damaged(path, "its header is not JSON (" + e.getOriginalMessage() + ")");
        } catch (IOException e) {
            throw Failures.unreadable(path, e);
        }
    }

    /** The state of reading one header. */
    private static final class Reader {
        private final Path path;
        private final JsonParser parser;
        private final Map<String, String> metadata = new LinkedHashMap<>();

        Reader(Path path, JsonParser parser) {
            this.path = path;
            this.parser = parser;
        }

        SafetensorsHeader read(long dataStart, long fileSize) throws IOException {
            List<Map.Entry<String, Entry>> entries = new ArrayList<>();
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(METADATA)) {
                    readMetadata();
                } else {
                    entries.add(Map.entry(name, readEntry(name)));
                }
            }
            if (parser.nextToken() != null) {
                throw damaged("text follows its header's closing brace");
            }
            entries.sort(Comparator.comparingLong(
                            (Map.Entry<String, Entry> e) -> e.getValue().offset())
                    .thenComparingLong(e -> e.getValue().length()));
            Map<String, Entry> tensors = new LinkedHashMap<>();
            long end = 0;
            for (Map.Entry<String, Entry> e : entries) {
                Entry entry = e.getValue();
                if (entry.offset() != end) {
                    throw damaged("the bytes of " + e.getKey() + " start at " + entry.offset() + " where "
                            + (entry.offset() < end ? "another tensor's still lie" : "a gap began at " + end));
                }
                end += entry.length();
                if (end > fileSize - dataStart) {
                    throw damaged("the bytes of " + e.getKey() + " end at " + end + ", behind the end of the file at "
                            + (fileSize - dataStart));
                }
                tensors.put(
                        e.getKey(),
                        new Entry(entry.dtype(), entry.shape(), dataStart + entry.offset(), entry.length()));
            }
            if (end != fileSize - dataStart) {
                throw damaged("its tensors end at byte " + end + ", but the file goes on to " + (fileSize - dataStart));
            }
            return new SafetensorsHeader(tensors, metadata);
        }

        private void readMetadata() throws IOException {
            expect(JsonToken.START_OBJECT, METADATA, "an object");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                expect(JsonToken.VALUE_STRING, METADATA + "." + key, "a string");
                metadata.put(key, parser.getText());
            }
        }

        private Entry readEntry(String name) throws IOException {
            expect(JsonToken.START_OBJECT, name, "an object");
            @Nullable DType dtype = null;
            int @Nullable [] shape = null;
            long @Nullable [] range = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                switch (key) {
                    case "dtype" -> dtype = readDType(name);
                    case "shape" -> shape = readShape(name);
                    case "data_offsets" -> range = readLongs(name, "data_offsets", 2);
                    default -> throw damaged("tensor " + name + " has an unknown entry " + key);
                }
            }
            if (dtype == null || shape == null || range == null || range.length != 2) {
                throw damaged("tensor " + name + " needs dtype, shape and two data_offsets");
            }
            long length = range[1] - range[0];
            long needed = bytes(name, dtype, shape);
            if (range[1] < range[0] || length != needed) {
                throw damaged("tensor " + name + " " + dtype + Arrays.toString(shape) + " needs " + needed
                        + " bytes, but its data_offsets are " + Arrays.toString(range));
            }
            return new Entry(dtype, shape, range[0], length);
        }

        private DType readDType(String name) throws IOException {
            expect(JsonToken.VALUE_STRING, name + ".dtype", "a string");
            String text = parser.getText();
            for (DType dtype : DType.values()) {
                if (dtype.name().equals(text)) {
                    return dtype;
                }
            }
            throw new CheckpointException(path + ": tensor " + name + " has dtype " + text
                    + ", which is not among the supported ones (" + Arrays.toString(DType.values())
                    + "); save the model as float32, float16 or bfloat16");
        }

        private int[] readShape(String name) throws IOException {
            long[] dims = readLongs(name, "shape", MAX_DIMENSIONS);
            int[] shape = new int[dims.length];
            for (int i = 0; i < dims.length; i++) {
                if (dims[i] > Integer.MAX_VALUE) {
                    throw damaged("tensor " + name + " has shape " + Arrays.toString(dims) + ", larger than any model");
                }
                shape[i] = (int) dims[i];
            }
            return shape;
        }

        private long[] readLongs(String name, String key, int atMost) throws IOException {
            expect(JsonToken.START_ARRAY, name + "." + key, "an array");
            long[] values = new long[atMost];
            int n = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                expect(JsonToken.VALUE_NUMBER_INT, name + "." + key, "whole numbers");
                if (n == atMost
                        || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        || parser.getLongValue() < 0) {
                    throw damaged("tensor " + name + " has a " + key + " that is negative, too large, or has more than "
                            + atMost + " numbers");
                }
                values[n++] = parser.getLongValue();
            }
            return Arrays.copyOf(values, n);
        }

        private long bytes(String name, DType dtype, int[] shape) {
            try {
                long bytes = dtype.bytes();
                for (int d : shape) {
                    bytes = Math.multiplyExact(bytes, d);
                }
                return bytes;
            } catch (ArithmeticException e) {
                throw damaged("tensor " + name + " has shape " + Arrays.toString(shape) + ", larger than any file");
            }
        }

        private void expect(JsonToken token, String what, String expected) {
            if (parser.currentToken() != token) {
                throw damaged("its header has something else than " + expected + " at " + what);
            }
        }

        private CheckpointException damaged(String what) {
            return Failures.damaged(path, what);
        }
    }
}
