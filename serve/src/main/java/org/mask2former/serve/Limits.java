package org.mask2former.serve;

import java.time.Duration;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.ReadLimits;

/**
 * What a request may cost.
 *
 * @param maxBytes of a request's body, and of a picture fetched for it
 * @param maxPixels of a picture, width × height
 * @param timeout from a request's first byte to its answer's; a body that arrives more slowly is refused with 408, a picture
 *     that waits longer with 503
 * @param queue pictures in the house for one model, waiting or being worked on; more are refused with 429
 */
public record Limits(int maxBytes, long maxPixels, Duration timeout, int queue) {
    /** 32 MB, 50 million pixels, a minute, 64 pictures. */
    public static final Limits DEFAULT = new Limits(32 << 20, 50_000_000, Duration.ofMinutes(1), 64);

    public Limits {
        if (maxBytes < 1 || maxPixels < 1 || maxPixels > ReadLimits.MOST_PIXELS) {
            throw new Mask2FormerException("a picture must be allowed 1 byte or more and from 1 to "
                    + ReadLimits.MOST_PIXELS + " pixels, not " + maxBytes + " and " + maxPixels);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new Mask2FormerException("the time for a request must be more than 0, but is " + timeout);
        }
        if (queue < 1) {
            throw new Mask2FormerException("the queue must have room for 1 picture or more, but has for " + queue);
        }
    }

    /** For reading a picture. */
    ReadLimits reading() {
        return new ReadLimits(maxPixels, maxBytes);
    }

    public Limits withMaxBytes(int value) {
        return new Limits(value, maxPixels, timeout, queue);
    }

    public Limits withMaxPixels(long value) {
        return new Limits(maxBytes, value, timeout, queue);
    }

    public Limits withTimeout(Duration value) {
        return new Limits(maxBytes, maxPixels, value, queue);
    }

    public Limits withQueue(int value) {
        return new Limits(maxBytes, maxPixels, timeout, value);
    }
}
