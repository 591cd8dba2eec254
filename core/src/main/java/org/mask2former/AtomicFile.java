package org.mask2former;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writing a file so that it is there whole or not at all: a temporary file beside it is filled, then moved over it. If
 * anything fails, the temporary file is deleted and what was there before stays. The file gets the permissions that any
 * new file gets. For one thread.
 */
public final class AtomicFile implements Closeable {
    private final Path target;
    private final Path part;
    private final OutputStream out;

    private AtomicFile(Path target, Path part, OutputStream out) {
        this.target = target;
        this.part = part;
        this.out = out;
    }

    /** What writes the content. */
    @FunctionalInterface
    public interface Body {
        void write(OutputStream out) throws IOException;
    }

    /**
     * Writes {@code target}, and makes its folder where there is none.
     *
     * @throws IOException if it cannot be written; {@link #reason} words it for a person
     */
    public static void write(Path target, Body body) throws IOException {
        try (AtomicFile file = open(target)) {
            body.write(file.out);
            file.commit();
        }
    }

    /**
     * Begins to write {@code target}, and makes its folder where there is none. The file appears with {@link #commit()};
     * closed without it, nothing is left.
     *
     * @throws IOException if it cannot be written; {@link #reason} words it for a person
     */
    public static AtomicFile open(Path target) throws IOException {
        Path folder = target.toAbsolutePath().normalize().getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "it is a folder");
        }
        Files.createDirectories(folder);
        Path part = beside(target);
        Unfinished.add(part);
        OutputStream out;
        try {
            out = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException | RuntimeException e) {
            Unfinished.remove(part);
            throw e;
        }
        return new AtomicFile(target, part, new BufferedOutputStream(out, 1 << 16));
    }

    /**
     * A hidden name beside the target that nobody uses. {@link Files#createTempFile} would make it readable for its owner
     * alone, and so the target.
     */
    public static Path beside(Path target) {
        long unique = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        String name = "." + target.getFileName() + "." + Long.toString(unique, 36) + ".part";
        return target.toAbsolutePath().normalize().resolveSibling(name);
    }

    /** Where the content goes; buffered. */
    public OutputStream stream() {
        return out;
    }

    /** Where the content is until it is put in its place, for those who can only write to a file of their own opening. */
    public Path path() {
        return part;
    }

    /** The same as a channel, for content outside Java's heap; use one of the two, and close this one before committing. */
    public FileChannel channel() throws IOException {
        return FileChannel.open(part, StandardOpenOption.WRITE);
    }

    /** Puts the content, now complete, in its place. */
    public void commit() throws IOException {
        out.close();
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Deletes the temporary file unless it was committed. */
    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            Files.deleteIfExists(part);
            Unfinished.remove(part);
        }
    }

    /** Why reading or writing failed, and what to do, in the words of a person. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "it does not exist; check the path";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied; check the permissions of the file and its folder";
        }
        if (e instanceof FileAlreadyExistsException f) {
            return f.getFile() + " is not a folder; choose another place";
        }
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        if (reason == null) {
            return e.getClass().getSimpleName();
        }
        return reason.contains("space left") ? "the disk is full (" + reason + "); free some space" : reason;
    }
}
