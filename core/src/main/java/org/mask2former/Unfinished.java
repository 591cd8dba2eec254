package org.mask2former;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Temporary files and folders of writes under way. When the process is told to end meanwhile, as by Ctrl-C, what can be
 * finished is, and the rest is deleted, so that nothing half-written stays. Safe for several threads.
 */
public final class Unfinished {
    private static final Logger LOG = LoggerFactory.getLogger(Unfinished.class);
    private static final Set<Path> PATHS = ConcurrentHashMap.newKeySet();
    private static final Set<Runnable> FINISHERS = ConcurrentHashMap.newKeySet();
    private static final Set<Runnable> TIDIERS = ConcurrentHashMap.newKeySet();

    static {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::end, "unfinished"));
        } catch (IllegalStateException e) {
            LOG.debug("the process is ending already", e);
        }
    }

    private Unfinished() {}

    /** A write begins. */
    public static void add(Path path) {
        PATHS.add(path);
    }

    /** A write has ended, well or not. */
    public static void remove(Path path) {
        PATHS.remove(path);
    }

    /** When the process ends, {@code finisher} is run before anything is deleted. */
    public static void finishFirst(Runnable finisher) {
        FINISHERS.add(finisher);
    }

    /** When the process ends, {@code tidier} is run after all that was unfinished has been deleted. */
    public static void tidyLast(Runnable tidier) {
        TIDIERS.add(tidier);
    }

    /** A finisher or tidier is needed no longer. */
    public static void forget(Runnable task) {
        FINISHERS.remove(task);
        TIDIERS.remove(task);
    }

    static void end() {
        FINISHERS.forEach(Runnable::run);
        deleteAll();
        TIDIERS.forEach(Runnable::run);
    }

    private static void deleteAll() {
        for (Path path : PATHS) {
            if (!Files.exists(path)) {
                continue;
            }
            try (Stream<Path> content = Files.walk(path)) {
                for (Path part : content.sorted(Comparator.reverseOrder()).toList()) Files.delete(part);
            } catch (IOException e) {
                LOG.warn("{} was left unfinished and cannot be deleted: {}", path, AtomicFile.reason(e));
            }
        }
    }
}
