package org.mask2former.result;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;

/** Work in equal pieces on several threads: the caller's own and some of the common pool. */
final class Parallel {
    private Parallel() {}

    /**
     * Does every piece once.
     *
     * @param newWorker makes the state that a thread keeps from piece to piece
     * @return the workers, to gather what they found; which of them did a piece is left to chance
     */
    static <W> List<W> run(int threads, int pieces, Supplier<W> newWorker, ObjIntConsumer<W> work) {
        AtomicInteger next = new AtomicInteger();
        List<W> workers = new ArrayList<>();
        List<ForkJoinTask<?>> helpers = new ArrayList<>();
        int together = Math.min(Math.min(threads, pieces), 1 + ForkJoinPool.getCommonPoolParallelism());
        for (int i = 0; i < together; i++) {
            W worker = newWorker.get();
            workers.add(worker);
            if (i > 0) helpers.add(ForkJoinPool.commonPool().submit(() -> drain(next, pieces, worker, work)));
        }
        try {
            if (!workers.isEmpty()) drain(next, pieces, workers.get(0), work);
        } finally {
            next.set(pieces); // after a failure nobody begins another piece
            helpers.forEach(ForkJoinTask::quietlyJoin);
        }
        helpers.forEach(ForkJoinTask::join); // throws what a helper threw
        return workers;
    }

    private static <W> void drain(AtomicInteger next, int pieces, W worker, ObjIntConsumer<W> work) {
        for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
            work.accept(worker, piece);
        }
    }
}
