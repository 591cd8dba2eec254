package org.mask2former.serve;

import java.util.concurrent.CompletableFuture;
import org.mask2former.image.Image;
import org.mask2former.result.Prediction;

/**
 * One picture's way through a model, and the answer that comes of it. Its steps run on the pipeline's threads, one after the
 * other.
 */
final class Job<R> {
    /** Reads the picture. */
    interface Reading {
        Image read();
    }

    /** Makes the answer of a prediction. */
    interface Finishing<R> {
        R finish(Image picture, Prediction prediction, Clock clock);
    }

    private final Reading reading;
    private final Finishing<R> finishing;
    private final CompletableFuture<R> answer = new CompletableFuture<>();
    private final Clock clock = new Clock();

    Job(Reading reading, Finishing<R> finishing) {
        this.reading = reading;
        this.finishing = finishing;
    }

    Image read() {
        return reading.read();
    }

    /** Makes the answer. @return gives it to whoever waits */
    Runnable finish(Image picture, Prediction prediction) {
        R made = finishing.finish(picture, prediction, clock);
        return () -> answer.complete(made);
    }

    void fail(Throwable cause) {
        answer.completeExceptionally(cause);
    }

    /** Whether nobody waits for it any more, because it took too long. */
    boolean isAbandoned() {
        return answer.isDone();
    }

    CompletableFuture<R> answer() {
        return answer;
    }

    Clock clock() {
        return clock;
    }

    /** Notes when the steps began and ended. */
    static final class Clock {
        private final long arrived = System.nanoTime();
        private long begun = arrived;
        private long prepared = arrived;
        private long passBegan = arrived;
        private long passed = arrived;
        private int batch = 1;

        void begin() {
            begun = System.nanoTime();
        }

        void prepared() {
            prepared = System.nanoTime();
        }

        void passed(long began, long ended, int pictures) {
            passBegan = began;
            passed = ended;
            batch = pictures;
        }

        /** Up to now, which is when post-processing is done. */
        Timings timings() {
            return new Timings(
                    millis(begun - arrived + passBegan - prepared),
                    millis(prepared - begun),
                    millis(passed - passBegan),
                    millis(System.nanoTime() - passed),
                    batch);
        }

        private static double millis(long nanos) {
            return nanos / 1e6;
        }
    }
}
