package org.mask2former.video;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mask2former.image.Image;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;

/**
 * Segments a film. While the network runs on one frame, the next ones are read, the one before is tracked and the one before
 * that is drawn and written; a few frames are in memory at a time, however long the film is. Of a live source, frames that
 * the network has no time for are left out.
 */
public final class FilmPipeline {
    /** Frames that are read before the network can take them. */
    private static final int AHEAD = 2;
    /** Of a live source the latest frame alone is of interest. */
    private static final int AHEAD_LIVE = 1;
    /** Frames that the network is done with and that are not yet written. */
    private static final int BEHIND = 3;

    private static final int PATIENCE_SECONDS = 20;

    private final FrameSource source;
    private final Function<Image, Supplier<Prediction>> network;
    private final BiFunction<Image, Prediction, Segmentation> postProcessing;
    private final FrameSink sink;

    private final FrameQueue<Waiting> read;
    private final ExecutorService tracking = Executors.newSingleThreadExecutor(r -> daemon(r, "tracking"));
    private final ExecutorService writing = Executors.newSingleThreadExecutor(r -> daemon(r, "writing"));
    private final Semaphore behind = new Semaphore(BEHIND);
    /** Of reading or the network; frames handed on before it are written. */
    private final AtomicReference<@Nullable Throwable> ahead = new AtomicReference<>();
    /** Of tracking or writing; nothing is written after it. */
    private final AtomicReference<@Nullable Throwable> downstream = new AtomicReference<>();

    private final Tracker tracker = new Tracker();
    private final FpsMeter meter = new FpsMeter();

    private volatile boolean stopped;
    private boolean finished;
    private long frames;
    private long networkNanos;

    /** A frame that waits for the network, and what will run it. */
    private record Waiting(Frame frame, Supplier<Prediction> network) {}

    /**
     * What was done.
     *
     * @param frames how many frames were segmented and written
     * @param seconds it took in all
     * @param networkSeconds of it, in the network
     */
    public record Summary(long frames, double seconds, double networkSeconds) {
        /** Frames a second. */
        public double fps() {
            return seconds > 0 ? frames / seconds : 0;
        }
    }

    /**
     * @param source is read by a thread of its own, and not closed
     * @param network what takes the time
     * @param postProcessing of a frame and what the network says of it, in the order of the frames
     * @param sink is not to be used by others
     */
    public FilmPipeline(
            FrameSource source,
            Function<Image, Prediction> network,
            BiFunction<Image, Prediction, Segmentation> postProcessing,
            FrameSink sink) {
        this(source, postProcessing, sink, image -> () -> network.apply(image));
    }

    /**
     * The same for a network whose input is made by another than its own thread, one or two frames ahead. Of a live source,
     * whose frames may be left out, it is made when its turn comes.
     *
     * @param preparation makes the network's input
     */
    public static <P> FilmPipeline preparing(
            FrameSource source,
            Function<Image, P> preparation,
            Function<P, Prediction> network,
            BiFunction<Image, Prediction, Segmentation> postProcessing,
            FrameSink sink) {
        if (source.live()) {
            return new FilmPipeline(source, preparation.andThen(network), postProcessing, sink);
        }
        return new FilmPipeline(source, postProcessing, sink, image -> {
            P input = preparation.apply(image);
            return () -> network.apply(input);
        });
    }

    private FilmPipeline(
            FrameSource source,
            BiFunction<Image, Prediction, Segmentation> postProcessing,
            FrameSink sink,
            Function<Image, Supplier<Prediction>> network) {
        this.source = source;
        this.network = network;
        this.postProcessing = postProcessing;
        this.sink = sink;
        read = new FrameQueue<>(source.live() ? AHEAD_LIVE : AHEAD, source.live());
    }

    /**
     * Works until the source ends or {@link #stop} is called. Whatever happens, what was made is finished.
     *
     * @throws org.mask2former.Mask2FormerException if a frame cannot be read, segmented or written; those before it are
     *     written
     */
    public Summary run() {
        long begin = System.nanoTime();
        Thread reader = daemon(this::read, "reading");
        reader.start();
        try {
            segment();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop();
        } catch (RuntimeException | Error e) {
            ahead.set(e);
        }
        read.close();
        finish();
        reader.interrupt(); // it may wait for a camera
        join(reader);
        rethrow(downstream.get());
        rethrow(ahead.get());
        return new Summary(frames, (System.nanoTime() - begin) / 1e9, networkNanos / 1e9);
    }

    /** Makes {@link #run} end soon: the frame that the network is at is dropped, those before it are written. For any thread. */
    public void stop() {
        stopped = true;
        read.close();
    }

    /**
     * Stops, and finishes what was made without waiting for the network, for when the process is about to end. For any thread;
     * {@link #run} writes nothing after it.
     */
    public void finishNow() {
        stop();
        finish();
    }

    private void read() {
        try {
            while (!stopped && source.next()) {
                Frame frame = new Frame(source.image(), source.index(), source.seconds());
                if (!read.put(new Waiting(frame, network.apply(frame.image())))) {
                    return;
                }
            }
            read.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            read.end();
        } catch (RuntimeException | Error e) {
            read.fail(e);
        }
    }

    private void segment() throws InterruptedException {
        while (downstream.get() == null) {
            Optional<Waiting> next = read.take();
            if (next.isEmpty()) {
                return;
            }
            Frame frame = next.get().frame();
            long begin = System.nanoTime();
            Prediction prediction = next.get().network().get();
            networkNanos += System.nanoTime() - begin;
            behind.acquire();
            if (stopped) {
                return;
            }
            handOn(frame, prediction);
        }
    }

    /** Each step has a thread, which takes frame after frame, so that they stay in order. */
    private void handOn(Frame frame, Prediction prediction) {
        try {
            Future<Tracked> tracked = tracking.submit(() -> track(frame, prediction));
            writing.execute(() -> write(frame, tracked));
        } catch (RejectedExecutionException e) {
            stopped = true; // by finishNow, in between
        }
    }

    private Tracked track(Frame frame, Prediction prediction) {
        return tracker.next(postProcessing.apply(frame.image(), prediction), frame.seconds());
    }

    private void write(Frame frame, Future<Tracked> tracked) {
        try {
            if (downstream.get() == null) {
                sink.accept(new FrameResult(frame, tracked.get(), meter.tick(System.nanoTime())));
                frames++;
            }
        } catch (ExecutionException e) {
            downstream.set(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            downstream.set(e);
        } finally {
            behind.release();
        }
    }

    /** Writes what is under way, and completes the film. */
    private synchronized void finish() {
        if (finished) {
            return;
        }
        finished = true;
        try {
            end(tracking);
            end(writing);
            if (frames > 0) {
                sink.finish(!stopped && ahead.get() == null && downstream.get() == null && !source.endsEarly());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            downstream.compareAndSet(null, e);
        }
    }

    private static void end(ExecutorService executor) throws InterruptedException {
        executor.shutdown();
        if (!executor.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new VideoException("writing takes longer than " + PATIENCE_SECONDS + " s for a few frames");
        }
    }

    /** The source may be closed only when nobody reads it any more. */
    private static void join(Thread reader) {
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void rethrow(@Nullable Throwable because) {
        if (because instanceof RuntimeException e) {
            throw e;
        }
        if (because instanceof Error e) {
            throw e;
        }
    }

    private static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }
}
