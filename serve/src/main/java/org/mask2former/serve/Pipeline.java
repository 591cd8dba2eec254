package org.mask2former.serve;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.result.Prediction;

/**
 * Takes pictures through a model in three steps that overlap: reading and preparing them, forward passes over batches of
 * equal input size, and making answers.
 *
 * <p>Only so many pictures are in the house: a further one is refused. Of these only a few are ever unpacked, so that memory
 * does not grow with the queue. Safe for several threads.
 */
final class Pipeline implements AutoCloseable {
    /** What the pictures are for; predicts a batch of one size. */
    interface Network {
        PixelValues prepare(Image picture);

        List<Prediction> predict(PixelValues batch);
    }

    private record Prepared(Job<?> job, Client client, Image picture, PixelValues pixels) {
        boolean fits(Prepared other) {
            return pixels.height() == other.pixels.height() && pixels.width() == other.pixels.width();
        }
    }

    private final Network network;
    private final Batching batching;
    private final int capacity;
    private final ServerMetrics.OfModel metrics;
    private final ExecutorService preparers;
    private final ExecutorService finishers;
    private final Thread runner;
    private final AtomicInteger inHouse = new AtomicInteger();
    private final Set<Job<?>> unfinished = ConcurrentHashMap.newKeySet();
    /** Places for pictures that are unpacked. */
    private final Semaphore room;

    private final BlockingQueue<Prepared> prepared = new LinkedBlockingQueue<>();
    /** Of other sizes than the batch that they were found beside; the runner's alone. */
    private final Deque<Prepared> left = new ArrayDeque<>();
    /** Moving average of a picture's share of the time. */
    private volatile double secondsEach = 0.1;

    private volatile boolean closed;

    Pipeline(String name, Network network, Batching batching, int capacity, ServerMetrics.OfModel metrics) {
        this.network = network;
        this.batching = batching;
        this.capacity = capacity;
        this.metrics = metrics;
        int workers = Runtime.getRuntime().availableProcessors();
        // Fair: otherwise one of the threads may find no room for as long as the other works.
        room = new Semaphore(2 * batching.maxBatch() + workers, true);
        preparers = Executors.newFixedThreadPool(workers, r -> daemon(r, "prepare-" + name));
        finishers = Executors.newFixedThreadPool(workers, r -> daemon(r, "finish-" + name));
        runner = daemon(this::run, "run-" + name);
        runner.start();
        metrics.watchQueue(inHouse, capacity);
    }

    private static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Takes pictures in, all or none, each as a job of its own.
     *
     * @param client who waits for them; those whose turn comes when it has hung up fail with 499
     * @throws HttpProblem 429 if there is no place for them now, 422 if there never is
     */
    <R> List<CompletableFuture<R>> submit(List<Job<R>> jobs, Client client) {
        if (jobs.size() > capacity) {
            throw HttpProblem.unprocessable("a request of " + jobs.size() + " pictures is more than the " + capacity
                    + " that this server takes at once; send fewer");
        }
        int others = inHouse.getAndAdd(jobs.size());
        if (others + jobs.size() > capacity) {
            inHouse.addAndGet(-jobs.size());
            throw HttpProblem.passing(
                    429,
                    "queue_full",
                    "all " + capacity + " places in the queue are taken; try again a little later",
                    (int) Math.ceil(secondsEach * others));
        }
        for (Job<R> job : jobs) {
            unfinished.add(job);
            preparers.execute(() -> prepare(job, client));
        }
        return jobs.stream().map(Job::answer).toList();
    }

    private void prepare(Job<?> job, Client client) {
        room.acquireUninterruptibly();
        try {
            if (isAbandoned(job, client)) {
                leave(job);
                return;
            }
            job.clock().begin();
            Image picture = job.read();
            PixelValues pixels = network.prepare(picture);
            job.clock().prepared();
            prepared.add(new Prepared(job, client, picture, pixels));
        } catch (Throwable e) { // running out of memory too must cost this picture alone
            leave(job);
            job.fail(e);
        }
    }

    /** Whether nobody waits for it any more: it took too long, or its client is gone. */
    private boolean isAbandoned(Job<?> job, Client client) {
        if (!job.isAbandoned() && client.isGone()) {
            job.fail(new HttpProblem(
                    499, "client_gone", "the connection was closed before the picture's turn came; keep it open"));
            metrics.dropped();
        }
        return job.isAbandoned();
    }

    private void leave(Job<?> job) {
        unfinished.remove(job);
        room.release();
        inHouse.decrementAndGet();
    }

    private void run() {
        try {
            while (!closed) {
                List<Prepared> batch = nextBatch();
                batch.removeIf(p -> {
                    boolean abandoned = isAbandoned(p.job, p.client);
                    if (abandoned) leave(p.job);
                    return abandoned;
                });
                if (!batch.isEmpty()) {
                    pass(batch);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private List<Prepared> nextBatch() throws InterruptedException {
        List<Prepared> batch = new ArrayList<>();
        Prepared first = left.isEmpty() ? prepared.take() : left.remove();
        batch.add(first);
        for (Iterator<Prepared> i = left.iterator(); i.hasNext() && batch.size() < batching.maxBatch(); ) {
            Prepared other = i.next();
            if (first.fits(other)) {
                batch.add(other);
                i.remove();
            }
        }
        long end = System.nanoTime() + batching.maxDelay().toNanos();
        while (batch.size() < batching.maxBatch()) {
            // Nobody waits for company while others wait for the model.
            long patience = left.isEmpty() ? end - System.nanoTime() : 0;
            Prepared next = prepared.poll(Math.max(0, patience), TimeUnit.NANOSECONDS);
            if (next == null) {
                break;
            }
            (first.fits(next) ? batch : left).add(next);
        }
        return batch;
    }

    private void pass(List<Prepared> batch) {
        long began = System.nanoTime();
        List<Prediction> predictions;
        try {
            predictions = network.predict(
                    PixelValues.stack(batch.stream().map(Prepared::pixels).toList()));
        } catch (Throwable e) {
            if (batch.size() > 1) { // perhaps together they were too large
                batch.forEach(p -> pass(List.of(p)));
            } else {
                leave(batch.get(0).job);
                batch.get(0).job.fail(e);
            }
            return;
        }
        long ended = System.nanoTime();
        secondsEach += 0.1 * ((ended - began) / 1e9 / batch.size() - secondsEach);
        metrics.passed(batch.size(), ended - began);
        for (int i = 0; i < batch.size(); i++) {
            Prepared each = batch.get(i);
            Prediction prediction = predictions.get(i);
            each.job.clock().passed(began, ended, batch.size());
            finishers.execute(() -> finish(each, prediction));
        }
    }

    /** Whoever gets the answer finds the place free already. */
    private void finish(Prepared each, Prediction prediction) {
        Runnable giving = () -> {};
        try {
            if (!each.job.isAbandoned()) {
                giving = each.job.finish(each.picture, prediction);
            }
        } catch (Throwable e) {
            giving = () -> each.job.fail(e);
        }
        leave(each.job);
        giving.run();
    }

    /** Pictures that wait or are being worked on. */
    int inHouse() {
        return inHouse.get();
    }

    /** Ends at once: what is not done is answered with 503. */
    @Override
    public void close() {
        closed = true;
        unfinished.forEach(job -> job.fail(HttpProblem.passing(
                503, "draining", "this server stopped before it came to this picture; ask another", 5)));
        preparers.shutdownNow();
        runner.interrupt();
        boolean interrupted = false;
        try {
            runner.join(Duration.ofMinutes(1).toMillis()); // a pass cannot be interrupted
        } catch (InterruptedException e) {
            interrupted = true;
        }
        finishers.shutdown();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
