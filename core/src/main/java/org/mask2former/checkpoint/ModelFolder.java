package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2Former;
import org.mask2former.Unfinished;
import org.mask2former.result.PostProcessorConfig;

/**
 * Writing a folder in the hub's layout: its files are made aside and take their places together at the end; if anything
 * fails, the target is as it was. Stateless; nothing keeps two calls at a time with one folder apart.
 */
final class ModelFolder {
    private static final List<String> FILES = List.of(
            ModelFiles.CONFIG,
            ModelFiles.PREPROCESSOR,
            ModelFiles.WEIGHTS,
            Mask2Former.LABELS_FILE,
            PostProcessorConfig.FILE_NAME,
            HubModelFiles.README);

    private ModelFolder() {}

    /** What makes the files. */
    interface Body {
        void write(Path aside) throws IOException;
    }

    /**
     * Writes a folder.
     *
     * @param folder made if need be
     * @param overwrite whether files of the layout's names may be replaced; others in the folder always stay
     * @throws CheckpointException if there are such files already, or they cannot be written
     */
    static void write(Path folder, boolean overwrite, Body body) {
        refuseExisting(folder, overwrite);
        Path target = folder.toAbsolutePath().normalize();
        Path aside = makeAside(target);
        Unfinished.add(aside);
        try {
            body.write(aside);
            moveInto(aside, target);
        } catch (IOException e) {
            CheckpointException failure = Failures.unwritable(folder, e);
            delete(aside, failure);
            throw failure;
        } catch (RuntimeException | Error e) {
            delete(aside, e);
            throw e;
        } finally {
            Unfinished.remove(aside);
        }
    }

    /** Copies a file that may stand beside a checkpoint, if it does. */
    static void copy(String file, Path checkpoint, Path aside) throws IOException {
        Path folder = Files.isDirectory(checkpoint) ? checkpoint : checkpoint.resolveSibling("");
        if (Files.exists(folder.resolve(file))) {
            Files.copy(folder.resolve(file), aside.resolve(file));
        }
    }

    /** @throws CheckpointException if the folder has a file of the layout and that may not be replaced, or is none */
    static void refuseExisting(Path folder, boolean overwrite) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new CheckpointException(folder + " is a file; name a folder to write the model to");
        }
        for (String file : FILES) {
            if (!overwrite && Files.exists(folder.resolve(file))) {
                throw new CheckpointException(folder.resolve(file)
                        + " exists already; choose another folder, or say that it may be overwritten");
            }
        }
    }

    private static Path makeAside(Path target) {
        try {
            Path aside = AtomicFile.beside(target);
            Files.createDirectories(aside.getParent());
            return Files.createDirectory(aside);
        } catch (IOException e) {
            throw Failures.unwritable(target, e);
        }
    }

    private static void moveInto(Path aside, Path target) throws IOException {
        if (!Files.exists(target)) {
            try {
                Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
                return;
            } catch (AtomicMoveNotSupportedException e) {
                Files.createDirectories(target);
            }
        }
        for (String file : FILES) {
            if (Files.exists(aside.resolve(file))) {
                Files.move(aside.resolve(file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.delete(aside);
    }

    private static void delete(Path folder, Throwable because) {
        try (Stream<Path> files = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}
