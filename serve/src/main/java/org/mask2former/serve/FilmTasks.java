package org.mask2former.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.mask2former.Unfinished;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The films that were sent, each with a folder of its own: a few wait, one is segmented at a time, and the results of the
 * last ones are kept for a while. Safe for several threads.
 */
final class FilmTasks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FilmTasks.class);
    /** Waiting or running. */
    static final int MOST_UNDER_WAY = 4;
    /** Finished ones whose results are kept. */
    static final int MOST_KEPT = 16;

    private static final Duration KEPT = Duration.ofHours(1);
    private static final int RETRY_SECONDS = 30;
    private static final int PATIENCE_SECONDS = 30;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Map<String, FilmTask> tasks = new LinkedHashMap<>();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(FilmTasks::daemon);
    private Optional<Path> root = Optional.empty();
    private boolean closed;

    /**
     * Takes a film in.
     *
     * @throws HttpProblem 429 if too many are under way, 503 if the server stops or cannot keep it
     */
    synchronized FilmTask submit(byte[] film, FilmTask.Order order) {
        if (closed) {
            throw HttpProblem.passing(503, "draining", "this server is stopping; ask another, or try again later", 5);
        }
        forgetOld();
        if (tasks.values().stream().filter(t -> !t.isOver()).count() >= MOST_UNDER_WAY) {
            throw HttpProblem.passing(
                    429, "busy", MOST_UNDER_WAY + " films are under way already; try again later", RETRY_SECONDS);
        }
        byte[] random = new byte[12];
        RANDOM.nextBytes(random);
        String id = HexFormat.of().formatHex(random);
        FilmTask task = new FilmTask(id, order, keep(id, film));
        tasks.put(id, task);
        worker.execute(task::run);
        return task;
    }

    private Path keep(String id, byte[] film) {
        try {
            if (root.isEmpty()) {
                Path made = Files.createTempDirectory("mask2former-films");
                root = Optional.of(made);
                Unfinished.tidyLast(() -> delete(made)); // where the process is ended otherwise than by close
            }
            Path folder = Files.createDirectory(root.get().resolve(id));
            Files.write(folder.resolve(FilmTask.SOURCE), film);
            return folder;
        } catch (IOException e) {
            LOG.error("a film cannot be kept: {}", e.toString());
            throw HttpProblem.passing(503, "no_room", "this server cannot keep the film now; try later", RETRY_SECONDS);
        }
    }

    /** @throws HttpProblem 404 if there is none */
    synchronized FilmTask get(String id) {
        forgetOld();
        FilmTask task = tasks.get(id);
        if (task == null) {
            throw new HttpProblem(
                    404,
                    "no_such_film",
                    "there is no such film; finished ones are kept for " + KEPT.toMinutes() + " minutes, the last "
                            + MOST_KEPT);
        }
        return task;
    }

    /** Stops it if it runs, and forgets it. */
    synchronized void remove(String id) {
        FilmTask task = get(id);
        tasks.remove(id);
        discard(task);
    }

    private void forgetOld() {
        long now = System.nanoTime();
        List<FilmTask> over = tasks.values().stream().filter(FilmTask::isOver).toList();
        for (int i = 0; i < over.size(); i++) {
            if (i < over.size() - MOST_KEPT || now - over.get(i).ended() > KEPT.toNanos()) {
                tasks.remove(over.get(i).id());
                discard(over.get(i));
            }
        }
    }

    /** Its files go when nobody works on them any more. */
    private void discard(FilmTask task) {
        task.stop();
        if (task.isOver() || worker.isShutdown()) {
            delete(task.folder());
        } else {
            worker.execute(() -> delete(task.folder()));
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} cannot be deleted: {}", folder, e.toString());
        }
    }

    /** Stops what is under way and deletes everything. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            tasks.values().forEach(FilmTask::stop);
        }
        worker.shutdown();
        try {
            if (!worker.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a film is still under way");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        root.filter(Files::exists).ifPresent(FilmTasks::delete);
    }

    private static Thread daemon(Runnable body) {
        Thread thread = new Thread(body, "films");
        thread.setDaemon(true);
        return thread;
    }
}
