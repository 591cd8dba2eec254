package org.mask2former.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads that help the engine's own with loops in Java, as libtorch's helpers do with its loops. The two never run at one
 * time, so together they take no more processors than the engine was given.
 */
final class Helpers implements AutoCloseable {
    private final int threads;
    private final ExecutorService pool;

    /** A range of a loop. */
    interface Range {
        void run(int from, int to);
    }

    /** @param threads the calling thread included */
    Helpers(int threads) {
        this.threads = threads;
        this.pool = Executors.newFixedThreadPool(Math.max(1, threads - 1), task -> {
            Thread thread = new Thread(task, "mask2former-helper");
            thread.setDaemon(true);
            return thread;
        });
    }

    int threads() {
        return threads;
    }

    /** Runs {@code 0 … count − 1} in as many equal ranges as there are threads; returns when all are done. */
    void forRanges(int count, Range body) {
        List<Future<?>> others = new ArrayList<>();
        for (int t = 1; t < threads; t++) {
            int from = (int) ((long) count * t / threads);
            int to = (int) ((long) count * (t + 1) / threads);
            others.add(pool.submit(() -> body.run(from, to)));
        }
        body.run(0, (int) ((long) count / threads));
        for (Future<?> other : others) {
            try {
                other.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a part of a loop failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted in a loop", e);
            }
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
