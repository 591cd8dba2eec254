package org.mask2former.cli;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** What happens at Ctrl-C in the middle of long work: things are tidied up, and the process ends with 130 without waiting for the network. */
final class Interruption implements AutoCloseable {
    private static final int EXIT_CODE = 130;
    private static final int PATIENCE_SECONDS = 10;

    private final Thread hook;

    private Interruption(Thread hook) {
        this.hook = hook;
    }

    /**
     * While pictures are segmented: the results that are just being written are finished, and those for all pictures are
     * put in their place.
     */
    static Interruption of(ExecutorService writer, Results results) {
        return of(() -> finish(writer, results));
    }

    /** @param tidyUp must not throw */
    static Interruption of(Runnable tidyUp) {
        Thread hook = new Thread(() -> stop(tidyUp), "interruption");
        Runtime.getRuntime().addShutdownHook(hook);
        return new Interruption(hook);
    }

    private static void finish(ExecutorService writer, Results results) {
        writer.shutdown();
        try {
            writer.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        results.close();
    }

    private static void stop(Runnable tidyUp) {
        tidyUp.run();
        // libtorch's threads may be at work; they do not survive its destructors, which a halt leaves out.
        Runtime.getRuntime().halt(EXIT_CODE);
    }

    /** The work is done: from now on the process ends as usual. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending, so the hook runs.
        }
    }
}
