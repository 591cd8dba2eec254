package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The values of a pickle that Java has no type for. Numbers, strings, lists, dictionaries and sets become Java's own.
 * Equality is identity, so that hostile nesting costs nothing as a key.
 */
sealed interface PickleValue {
    /** Python's {@code None}. */
    enum None implements PickleValue {
        NONE
    }

    final class Tuple implements PickleValue {
        private final List<Object> items;

        Tuple(List<Object> items) {
            this.items = items;
        }

        List<Object> items() {
            return items;
        }
    }

    /** A known name of a module: a constructor or a constant. */
    record Global(String module, String name) implements PickleValue {
        String qualified() {
            return module + "." + name;
        }
    }

    /** {@code bytes}, where they lie in the file. */
    final class Bytes implements PickleValue {
        private final ByteSource source;

        Bytes(ByteSource source) {
            this.source = source;
        }

        ByteSource source() {
            return source;
        }
    }

    /** A long text, not decoded; in protocol 2, bytes are such texts. */
    final class Text implements PickleValue {
        private final ByteSource utf8;

        Text(ByteSource utf8) {
            this.utf8 = utf8;
        }

        ByteSource utf8() {
            return utf8;
        }
    }

    /** {@code bytes} that protocol 2 writes as a text, one character for each byte; decoded when asked for. */
    final class TextBytes implements PickleValue {
        private final ByteSource utf8;

        TextBytes(Text text) {
            this.utf8 = text.utf8();
        }

        /** Whether the text can have this many characters: each takes one or two bytes. */
        boolean canHold(long characters) {
            return characters <= utf8.size() && utf8.size() <= 2 * characters;
        }

        /** The bytes. @throws CheckpointException if there are not {@code length} of them */
        ByteBuffer decode(int length) {
            ByteBuffer text = utf8.all();
            byte[] bytes = new byte[length];
            int n = 0;
            while (text.hasRemaining() && n < length) {
                int c = text.get();
                if (c < 0) {
                    int next = text.hasRemaining() ? text.get() : 0;
                    if ((c & 0xfe) != 0xc2 || (next & 0xc0) != 0x80) { // U+0080 to U+00FF
                        throw Failures.damaged(utf8.path(), "a text that stands for bytes has other characters");
                    }
                    c = c << 6 | next & 0x3f;
                }
                bytes[n++] = (byte) c;
            }
            if (n != length || text.hasRemaining()) {
                throw Failures.damaged(
                        utf8.path(),
                        "an array has " + (text.hasRemaining() ? "more" : "fewer") + " bytes than the " + length
                                + " of its shape");
            }
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** A type of number that is not supported, or none at all; harmless where no weight is asked for. */
    record Unsupported(String what) implements PickleValue {}
}
