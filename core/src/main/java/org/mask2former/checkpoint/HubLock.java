package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps other threads and other processes of this library from fetching the same file at once. The operating system's
 * file locks hold between processes only, so threads of this one are held by a lock in memory first.
 *
 * <p>Python's huggingface_hub locks the same files, but with flock(2), which Linux keeps apart from Java's locks. The cache
 * therefore stays right without the lock too: both move finished files into place under their final names.
 */
final class HubLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HubLock.class);
    private static final ConcurrentMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private HubLock(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /**
     * Waits for the lock.
     *
     * @param file the lock file, made where there is none and left in place
     * @param what what is fetched, for messages
     * @throws HubException {@code DISK} if the file cannot be made, {@code INTERRUPTED}
     */
    static HubLock acquire(Path file, URI what) {
        ReentrantLock threads =
                IN_PROCESS.computeIfAbsent(file.toAbsolutePath().normalize(), key -> new ReentrantLock());
        try {
            threads.lockInterruptibly();
        } catch (InterruptedException e) {
            throw DownloadFailures.interrupted(what);
        }
        FileChannel channel = null;
        try {
            Files.createDirectories(file.getParent());
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lockAgainstProcesses(channel, what);
            return new HubLock(threads, channel);
        } catch (FileLockInterruptionException e) {
            release(threads, channel);
            throw DownloadFailures.interrupted(what);
        } catch (IOException e) {
            release(threads, channel);
            throw DownloadFailures.ofDisk(e, file);
        }
    }

    private static void lockAgainstProcesses(FileChannel channel, URI what) throws FileLockInterruptionException {
        try {
            if (channel.tryLock() == null) {
                LOG.info("{}: another process fetches it; waiting", what);
                channel.lock();
            }
        } catch (FileLockInterruptionException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn("the cache's file system has no locks ({}); do not fetch one model twice at once", e.getMessage());
        }
    }

    @Override
    public void close() {
        release(threads, channel);
    }

    private static void release(ReentrantLock threads, @Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.debug("a lock file did not close", e);
        } finally {
            threads.unlock();
        }
    }
}
