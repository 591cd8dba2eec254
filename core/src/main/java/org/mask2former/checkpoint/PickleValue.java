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
        private static final int CHUNK = 1 << 16;

        private final ByteSource utf8;

        TextBytes(Text text) {
            this.utf8 = text.utf8();
        }

        /** Whether the text can have this many characters: each takes one or two bytes. */
        boolean canHold(long characters) {
            return characters <= utf8.size() && utf8.size() <= 2 * characters;
        }

        /**
         * The bytes. In UTF-8, those from 80 to FF are pairs: a lead of C2 or C3 and a continuation. Weights are random in
         * this respect, so the loop has no branch that depends on them: 0.7 of the time it takes with branches.
         *
         * @throws CheckpointException if there are not {@code length} of them
         */
        ByteBuffer decode(int length) {
            ByteBuffer text = utf8.all();
            byte[] chunk = new byte[Math.min(CHUNK, text.remaining())];
            byte[] bytes = new byte[length];
            int n = 0;
            int previous = 0;
            int afterLead = 0;
            int wrong = 0;
            while (text.hasRemaining()) {
                int size = Math.min(chunk.length, text.remaining());
                text.get(chunk, 0, size);
                for (int i = 0; i < size; i++) {
                    if (n == length) {
                        throw wrongLength("more", length);
                    }
                    int c = chunk[i];
                    int lead = c >> 7 & c >> 6 & 1;
                    int continuation = c >> 7 & ~(c >> 6) & 1;
                    wrong |= continuation ^ afterLead | -lead & (c & 0xfe ^ 0xc2);
                    // What a lead puts here, its continuation replaces.
                    bytes[n] = (byte) (-continuation & (previous << 6 | c & 0x3f) | c & 0x7f & ~(c >> 7));
                    n += 1 - lead;
                    afterLead = lead;
                    previous = c;
                }
            }
            if (wrong != 0 || afterLead != 0) {
                throw otherCharacters();
            }
            if (n != length) {
                throw wrongLength("fewer", length);
            }
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        private CheckpointException otherCharacters() {
            return Failures.damaged(utf8.path(), "a text that stands for bytes has other characters");
        }

        private CheckpointException wrongLength(String howMany, int length) {
            return Failures.damaged(
                    utf8.path(), "an array has " + howMany + " bytes than the " + length + " of its shape");
        }
    }

    /** A type of number that is not supported, or none at all; harmless where no weight is asked for. */
    record Unsupported(String what) implements PickleValue {}
}
