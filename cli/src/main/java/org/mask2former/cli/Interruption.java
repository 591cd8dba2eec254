package org.mask2former.cli;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.mask2former.Unfinished;

/**
 * What happens at Ctrl-C in the middle of long work: things are tidied up, what is half-written is deleted, and the process
 * ends with 130 without waiting for the network.
 */
final class Interruption implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 10;

    private final Runnable tidyUp;

    private Interruption(Runnable tidyUp) {
        this.tidyUp = tidyUp;
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
        Unfinished.finishFirst(tidyUp);
        return new Interruption(tidyUp);
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

    /** The work is done: from now on the process ends as usual. */
    @Override
    public void close() {
        Unfinished.forget(tidyUp);
    }
}
