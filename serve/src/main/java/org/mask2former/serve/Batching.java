package org.mask2former.serve;

import java.time.Duration;
import org.mask2former.Mask2FormerException;

/**
 * How pictures that arrive together share a forward pass. Only pictures whose network input has the same size do, so that
 * nothing is padded and each gets what it would get alone.
 *
 * @param maxBatch most pictures in one pass
 * @param maxDelay how long a picture waits for company when the model is idle
 */
public record Batching(int maxBatch, Duration maxDelay) {
    /** Batches form while a pass is under way; on a processor waiting for more gains nothing. */
    public static final Batching DEFAULT = new Batching(4, Duration.ZERO);

    public Batching {
        if (maxBatch < 1) {
            throw new Mask2FormerException("the largest batch must be 1 or more pictures, but is " + maxBatch);
        }
        if (maxDelay.isNegative()) {
            throw new Mask2FormerException("the longest delay must be 0 or more, but is " + maxDelay);
        }
    }
}
