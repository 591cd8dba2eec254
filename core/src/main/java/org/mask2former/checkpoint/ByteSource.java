package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Bytes that can be read anywhere: a mapped file, a part of one, or an array. Safe for use by several threads. */
interface ByteSource {
    long size();

    /**
     * Bytes: read-only, little-endian, position 0.
     *
     * @throws IllegalArgumentException if they are not all inside
     */
    ByteBuffer slice(long offset, long length);

    /** The file they come from, for messages. */
    Path path();

    /** A part of these bytes as a source of its own. */
    default ByteSource region(long offset, long length) {
        if (offset < 0 || length < 0 || length > size() - offset) {
            throw new IllegalArgumentException("no region of " + length + " bytes at " + offset + " in " + size());
        }
        return new Region(this, offset, length);
    }

    /** All of the bytes, fewer than 2 GiB. */
    default ByteBuffer all() {
        return slice(0, size());
    }

    /** A part of another source. */
    record Region(ByteSource whole, long offset, long size) implements ByteSource {
        @Override
        public ByteBuffer slice(long from, long length) {
            if (from < 0 || length < 0 || length > size - from) {
                throw new IllegalArgumentException("no slice of " + length + " bytes at " + from + " in " + size);
            }
            return whole.slice(offset + from, length);
        }

        @Override
        public Path path() {
            return whole.path();
        }
    }

    /** Bytes in memory that were decoded from a file. */
    record Heap(byte[] bytes, Path path) implements ByteSource {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public ByteBuffer slice(long offset, long length) {
            if (offset < 0 || length < 0 || length > bytes.length - offset) {
                throw new IllegalArgumentException("no slice of " + length + " bytes at " + offset + " in " + size());
            }
            return ByteBuffer.wrap(bytes, (int) offset, (int) length)
                    .slice()
                    .asReadOnlyBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
