package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped into memory, read-only. Slices cost no heap, and stay valid after {@link #close()}, which only ends the
 * making of new ones; the garbage collector unmaps what nobody holds any more.
 *
 * <p>One mapping holds less than 2 GiB, the limit of a {@link ByteBuffer}: a smaller file is mapped once, a larger one
 * slice by slice. Safe for use by several threads. A file that another process truncates meanwhile makes reads fail with
 * {@link InternalError}.
 */
final class MappedFile implements AutoCloseable, ByteSource {
    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final @Nullable ByteBuffer whole;

    private MappedFile(Path path, FileChannel channel, long size, @Nullable ByteBuffer whole) {
        this.path = path;
        this.channel = channel;
        this.size = size;
        this.whole = whole;
    }

    static MappedFile open(Path path) {
        return open(path, Integer.MAX_VALUE);
    }

    /** @param largestMapping files up to this many bytes are mapped at once */
    static MappedFile open(Path path, long largestMapping) {
        @Nullable FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            long size = channel.size();
            @Nullable
            ByteBuffer whole = size <= largestMapping ? channel.map(FileChannel.MapMode.READ_ONLY, 0, size) : null;
            return new MappedFile(path, channel, size, whole);
        } catch (IOException e) {
            CheckpointException failure = Failures.unreadable(path, e);
            try {
                if (channel != null) {
                    channel.close();
                }
            } catch (IOException onClose) {
                failure.addSuppressed(onClose);
            }
            throw failure;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ByteBuffer slice(long offset, long length) {
        if (offset < 0 || length < 0 || length > size - offset || length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "no slice of " + length + " bytes at " + offset + " in a file of " + size);
        }
        if (!channel.isOpen()) {
            throw new IllegalStateException(path + " is closed");
        }
        try {
            ByteBuffer slice = whole != null
                    ? whole.slice((int) offset, (int) length)
                    : channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
            return slice.order(ByteOrder.LITTLE_ENDIAN);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException(path + " is closed", e);
        } catch (IOException e) {
            throw Failures.unreadable(path, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Failures.unreadable(path, e);
        }
    }
}
