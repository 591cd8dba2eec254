package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps other threads and other processes of this library from fetching the same file at once. The operating system's
 * file locks hold between processes only, so threads of this one are held by a lock in memory first.
 *
 * <p>Python's huggingface_hub locks the same files, but with flock(2), which Linux keeps apart from Java's locks. The cache
 * therefore stays right without the lock too: both move finished files into place under their final names.
 */
final class HubLock {
    private static final Logger LOG = LoggerFactory.getLogger(HubLock.class);
    private static final ConcurrentMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private HubLock() {}

    /**
     * Waits for the lock, then does the work.
     *
     * @param file the lock file, made where there is none and left in place
     * @param what what is fetched, for messages
     * @throws HubException {@code DISK} if the file cannot be made, {@code INTERRUPTED}
     */
    static Path holding(Path file, URI what, Supplier<Path> work) {
        ReentrantLock threads =
                IN_PROCESS.computeIfAbsent(file.toAbsolutePath().normalize(), key -> new ReentrantLock());
        try {
            threads.lockInterruptibly();
        } catch (InterruptedException e) {
            throw DownloadFailures.interrupted(what);
        }
        // Closing the channel releases the lock.
        try (FileChannel channel = open(file)) {
            lockAgainstProcesses(channel, what);
            return work.get();
        } catch (IOException e) {
            throw DownloadFailures.ofDisk(e, file);
        } finally {
            threads.unlock();
        }
    }

    private static FileChannel open(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void lockAgainstProcesses(FileChannel channel, URI what) {
        try {
            if (channel.tryLock() == null) {
                LOG.info("{}: another process fetches it; waiting", what);
                channel.lock();
            }
        } catch (FileLockInterruptionException | ClosedByInterruptException e) {
            throw DownloadFailures.interrupted(what);
        } catch (IOException e) {
            LOG.warn("the cache's file system has no locks ({}); do not fetch one model twice at once", e.getMessage());
        }
    }
}
