package org.mask2former.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;
import org.mask2former.Unfinished;

/**
 * Where a report goes, if files are wanted at all. The folder is made before long work begins, so that it is known to be
 * writable, and goes away if nothing is put into it, also at Ctrl-C.
 */
final class OutputFolder implements AutoCloseable {
    private final Optional<Path> path;
    /** Innermost first. */
    private final List<Path> made;

    private final Runnable tidier = this::removeEmpty;

    private OutputFolder(Optional<Path> path, List<Path> made) {
        this.path = path;
        this.made = made;
    }

    /** The name, or if that is there the name with -2, -3 and so on. */
    static Path free(Path wanted) {
        Path free = wanted;
        for (int i = 2; Files.exists(free); i++) {
            free = wanted.resolveSibling(wanted.getFileName() + "-" + i);
        }
        return free;
    }

    /** A folder {@code runs/KIND/NAME} that is not there yet; what cannot be in a file's name is replaced. */
    static Path free(String kind, String name) {
        String safe = name.replaceAll("[^\\p{L}\\p{N}_.-]+", "_").replaceFirst("^\\.+", "_");
        return free(Path.of("runs", kind, safe));
    }

    /** @throws Mask2FormerException if it cannot be made or written to */
    static OutputFolder make(Optional<Path> path) {
        return path.map(OutputFolder::make).orElseGet(() -> new OutputFolder(path, List.of()));
    }

    private static OutputFolder make(Path path) {
        List<Path> made = new ArrayList<>();
        for (Path p = path.toAbsolutePath().normalize(); p != null && !Files.exists(p); p = p.getParent()) {
            made.add(p);
        }
        OutputFolder folder = new OutputFolder(Optional.of(path), made);
        Unfinished.tidyLast(folder.tidier);
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            folder.close();
            throw new Mask2FormerException("cannot make the folder " + path + ": " + AtomicFile.reason(e), e);
        }
        if (!Files.isWritable(path)) {
            folder.close();
            throw new Mask2FormerException("cannot write to the folder " + path + "; choose another with --output");
        }
        return folder;
    }

    /** Empty if no files are wanted. */
    Optional<Path> path() {
        return path;
    }

    /** Removes what was made and is still empty. */
    @Override
    public void close() {
        removeEmpty();
        Unfinished.forget(tidier);
    }

    private void removeEmpty() {
        for (Path p : made) {
            if (!p.toFile().delete()) {
                return;
            }
        }
    }
}
