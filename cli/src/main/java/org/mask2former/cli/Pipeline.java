package org.mask2former.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;

/**
 * Segments many pictures: while the network runs on one, the next are read and the previous one's result is written. At
 * most a few pictures are in memory, and results come in the order of the sources. A picture that fails is reported and
 * does not stop the rest.
 */
final class Pipeline {
    /** Pictures that are read before the network can take them. */
    private static final int AHEAD = 2;
    /** Predictions that wait for being written. */
    private static final int BEHIND = 2;

    private final Terminal terminal;
    private final Function<Image, Prediction> network;
    private final BiFunction<Image, Prediction, Segmentation> postProcessing;
    private final Results results;

    private int failed;

    Pipeline(
            Terminal terminal,
            Function<Image, Prediction> network,
            BiFunction<Image, Prediction, Segmentation> postProcessing,
            Results results) {
        this.terminal = terminal;
        this.network = network;
        this.postProcessing = postProcessing;
        this.results = results;
    }

    /** @return the process's exit code */
    int run(List<Source> sources) {
        long start = System.nanoTime();
        ExecutorService reader = Executors.newSingleThreadExecutor(r -> daemon(r, "reader"));
        ExecutorService writer = Executors.newSingleThreadExecutor(r -> daemon(r, "writer"));
        Interruption interruption = Interruption.of(writer, results);
        try (interruption;
                Progress progress = Progress.start(terminal, "segmenting", sources.size(), "", 1)) {
            Iterator<Source> rest = sources.iterator();
            Deque<Step<Image>> read = new ArrayDeque<>();
            Deque<Step<String>> written = new ArrayDeque<>();
            while (!writer.isShutdown() && (rest.hasNext() || !read.isEmpty() || !written.isEmpty())) {
                while (rest.hasNext() && read.size() <= AHEAD) {
                    Source source = rest.next();
                    read.add(new Step<>(source, reader.submit(source::read)));
                }
                if (!read.isEmpty()) {
                    segment(read.remove(), writer, written, progress);
                }
                int mayWait = read.isEmpty() ? 0 : BEHIND;
                while (written.size() > mayWait
                        || !written.isEmpty() && written.peek().isDone()) {
                    print(written.remove(), progress);
                }
            }
            if (writer.isShutdown()) { // by the interruption: the process ends whatever happens here
                return ExitCode.INTERRUPTED;
            }
        } finally {
            reader.shutdownNow();
            writer.shutdown();
        }
        return finish(sources.size(), (System.nanoTime() - start) / 1e9);
    }

    private void segment(Step<Image> step, ExecutorService writer, Deque<Step<String>> written, Progress progress) {
        Source source = step.source();
        try {
            Image image = step.get();
            Prediction prediction = network.apply(image);
            if (writer.isShutdown()) {
                return;
            }
            written.add(new Step<>(
                    source, writer.submit(() -> results.write(source, postProcessing.apply(image, prediction)))));
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(source, e, progress);
        }
    }

    private void print(Step<String> step, Progress progress) {
        try {
            progress.print(terminal.out(), step.get());
            progress.advance();
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(step.source(), e, progress);
        }
        if (terminal.out().checkError()) {
            throw new Mask2FormerException("standard output was closed; the rest is left out");
        }
    }

    private void fail(Source source, Throwable e, Progress progress) {
        failed++;
        String message = Cli.message(e);
        progress.print(
                terminal.err(), "error: " + (message.contains(source.name()) ? "" : source.name() + ": ") + message);
        progress.advance();
    }

    private int finish(int total, double seconds) {
        if (total > 1) {
            terminal.err()
                    .println(String.format(Locale.ROOT, "%d of %d pictures in %.1f s", total - failed, total, seconds));
        }
        return failed == 0 ? ExitCode.OK : failed == total ? ExitCode.FAILURE : ExitCode.SOME_INPUTS_FAILED;
    }

    private static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Something under way for a source. */
    private record Step<R>(Source source, Future<R> future) {
        boolean isDone() {
            return future.isDone();
        }

        R get() {
            try {
                return future.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                if (e.getCause() instanceof Error cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Mask2FormerException("interrupted", e);
            }
        }
    }
}
