package org.mask2former.cli;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.mask2former.Mask2FormerException;

/**
 * Segments films side by side with one model: each has its own reader, tracker and writer, and they take turns at the network.
 * One that fails is reported and does not stop the rest.
 */
final class FilmRun {
    /** Films at a time, as each holds some frames; live ones, which do not wait, are all taken at once, and first. */
    private static final int AT_ONCE = 4;

    private final FilmSettings settings;
    private final FilmNames names;

    private volatile boolean interrupted;

    FilmRun(FilmSettings settings, FilmNames names) {
        this.settings = settings;
        this.names = names;
    }

    /** @return the process's exit code */
    int run(List<FilmSource> films) {
        int live = (int) films.stream().filter(FilmSource::live).count();
        int threads = Math.min(films.size(), AT_ONCE + live);
        ExecutorService pool = Executors.newFixedThreadPool(threads, FilmRun::daemon);
        try (Progress progress = Progress.start(settings.terminal(), "segmenting", -1, " frames", 1)) {
            List<FilmJob> jobs = films.stream()
                    .map(film -> new FilmJob(film, names.next(film), settings, progress))
                    .toList();
            Interruption interruption = Interruption.of(() -> interrupt(jobs));
            try (interruption) {
                int failed = run(jobs, pool, progress);
                return interrupted
                        ? ExitCode.INTERRUPTED
                        : failed == 0
                                ? ExitCode.OK
                                : failed == jobs.size() ? ExitCode.FAILURE : ExitCode.SOME_INPUTS_FAILED;
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private void interrupt(List<FilmJob> jobs) {
        interrupted = true;
        jobs.forEach(FilmJob::finishNow);
    }

    /** @return how many failed */
    private int run(List<FilmJob> jobs, ExecutorService pool, Progress progress) {
        CompletionService<Boolean> running = new ExecutorCompletionService<>(pool);
        jobs.stream()
                .sorted(Comparator.comparing(job -> !job.source().live()))
                .forEach(job -> running.submit(() -> succeeds(job, progress)));
        int failed = 0;
        try {
            for (int i = 0; i < jobs.size(); i++) {
                if (!running.take().get()) failed++;
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Mask2FormerException("interrupted", e);
        }
        return failed;
    }

    /** Runs one and tells what came of it. */
    private boolean succeeds(FilmJob job, Progress progress) {
        Terminal terminal = settings.terminal();
        try {
            String line = job.run();
            if (!interrupted) {
                progress.print(settings.output().printsJson() ? terminal.err() : terminal.out(), line);
            }
            return true;
        } catch (RuntimeException | OutOfMemoryError e) {
            String message = Cli.message(e);
            String name = job.source().name();
            progress.print(terminal.err(), "error: " + (message.contains(name) ? "" : name + ": ") + message);
            return false;
        }
    }

    private static Thread daemon(Runnable body) {
        Thread thread = new Thread(body, "film");
        thread.setDaemon(true);
        return thread;
    }
}
