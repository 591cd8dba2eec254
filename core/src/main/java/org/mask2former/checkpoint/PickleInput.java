package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads the primitives of a pickle one after the other; long runs of bytes are handed out as regions, not copied. */
final class PickleInput {
    private static final int WINDOW = 1 << 20;

    private final ByteSource source;
    private long position;
    /** The bytes from {@link #windowStart} on; moves along so that a file of any size can be read. */
    private ByteBuffer window;

    private long windowStart;

    PickleInput(ByteSource source) {
        this.source = source;
        this.window = source.slice(0, Math.min(WINDOW, source.size()));
    }

    long position() {
        return position;
    }

    Path path() {
        return source.path();
    }

    int u8() {
        return near(1).get() & 0xff;
    }

    int u16() {
        return near(2).getShort() & 0xffff;
    }

    int i32() {
        return near(4).getInt();
    }

    long u32() {
        return i32() & 0xffffffffL;
    }

    long i64() {
        return near(8).getLong();
    }

    double bigEndianDouble() {
        return near(8).order(ByteOrder.BIG_ENDIAN).getDouble();
    }

    /** A run of bytes, whose length was read from the pickle and is not to be trusted. */
    ByteSource bytes(long length) {
        demand(length);
        ByteSource region = source.region(position, length);
        position += length;
        return region;
    }

    /** Text up to the next line feed, which is dropped. */
    String line(int atMost) {
        StringBuilder line = new StringBuilder();
        for (int c = u8(); c != '\n'; c = u8()) {
            if (line.length() == atMost) {
                throw damaged("a line longer than " + atMost + " characters");
            }
            line.append((char) c);
        }
        return line.toString();
    }

    static String utf8(ByteSource bytes) {
        return StandardCharsets.UTF_8.decode(bytes.all()).toString();
    }

    CheckpointException damaged(String what) {
        return Failures.damaged(path(), what + " at byte " + position + " of its pickle");
    }

    /** The next few bytes, which the position moves past. */
    private ByteBuffer near(int length) {
        demand(length);
        if (position + length > windowStart + window.limit() || position < windowStart) {
            windowStart = position;
            window = source.slice(position, Math.min(WINDOW, source.size() - position));
        }
        ByteBuffer bytes = window.slice((int) (position - windowStart), length).order(ByteOrder.LITTLE_ENDIAN);
        position += length;
        return bytes;
    }

    private void demand(long length) {
        if (length < 0 || length > source.size() - position) {
            throw damaged("it ends too early: " + Long.toUnsignedString(length) + " bytes are announced where "
                    + (source.size() - position) + " are left,");
        }
    }
}
