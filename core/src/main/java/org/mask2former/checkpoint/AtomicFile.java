package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;
import org.mask2former.Unfinished;

/** Writing a file so that it is there whole or not at all. */
final class AtomicFile {
    private AtomicFile() {}

    /** Writes to the path it is given. */
    interface Body {
        void write(Path temporary) throws IOException;
    }

    /**
     * Lets {@code body} fill a temporary file beside {@code target}, then moves it there, replacing what was there. If
     * anything fails, the temporary file is deleted and the target left as it was.
     */
    static void write(Path target, Body body) {
        Path folder = target.toAbsolutePath().getParent();
        Path temporary;
        try {
            Files.createDirectories(folder);
            temporary = Files.createFile(beside(target));
        } catch (IOException e) {
            throw Failures.unwritable(target, e);
        }
        Unfinished.add(temporary);
        try {
            body.write(temporary);
            move(temporary, target);
        } catch (IOException e) {
            CheckpointException failure = Failures.unwritable(target, e);
            delete(temporary, failure);
            throw failure;
        } catch (RuntimeException | Error e) {
            delete(temporary, e);
            throw e;
        } finally {
            Unfinished.remove(temporary);
        }
    }

    /**
     * A name beside the target that nobody uses. {@link Files#createTempFile} would make it readable for its owner alone,
     * and so the target.
     */
    static Path beside(Path target) {
        String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
        return target.toAbsolutePath().resolveSibling("." + target.getFileName() + "." + random + ".part");
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void delete(Path temporary, Throwable because) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}
