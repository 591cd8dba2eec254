package org.mask2former.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/**
 * Threads that help the engine's own with loops in Java, as libtorch's helpers do with its loops. The two never run at one
 * time, so together they take no more processors than the engine was given.
 */
final class Helpers implements AutoCloseable {
    private final int threads;
    private final ExecutorService pool;
    private boolean ready;

    /** A range of a loop. */
    interface Range {
        void run(int from, int to);
    }

    /** @param threads the calling thread included */
    Helpers(int threads) {
        this.threads = threads;
        this.pool = Executors.newFixedThreadPool(threads, task -> {
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
        join(others);
    }

    /**
     * Runs tasks {@code 0 … count − 1} that call libtorch, each on one thread and without gradients, as many at a time as there
     * are threads; returns when all are done. What a task makes is freed when it ends, but for what it detached.
     */
    void forTensors(int count, IntConsumer task) {
        if (threads == 1) {
            IntStream.range(0, count).forEach(i -> inScope(task, i));
            return;
        }
        useOneThreadEach();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            all.add(pool.submit(() -> inScope(task, number)));
        }
        join(all);
    }

    private static void inScope(IntConsumer task, int number) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            task.accept(number);
        }
    }

    /** Tells libtorch on each helper not to split its operations again. */
    private void useOneThreadEach() {
        if (ready) {
            return;
        }
        CyclicBarrier everyHelper = new CyclicBarrier(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            all.add(pool.submit(() -> {
                torch.set_num_threads(1);
                return everyHelper.await();
            }));
        }
        join(all);
        torch.set_num_threads(threads); // what threads to come start with was changed, too
        ready = true;
    }

    private static void join(List<Future<?>> others) {
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
