package org.mask2former.checkpoint;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often, and after which pauses, a request that failed for a passing reason is tried again: 1, 2, 4, then 8 seconds, or
 * what the server's {@code Retry-After} asks. One instance serves one file; progress begins the count anew.
 */
final class HubRetry {
    /** A server that asks for a longer pause than this is not waited for. */
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

    private static final Logger LOG = LoggerFactory.getLogger(HubRetry.class);
    private static final int LONGEST_BACKOFF_SECONDS = 8;

    /** Waits; tests do not. */
    @FunctionalInterface
    interface Pause {
        void sleep(Duration time) throws InterruptedException;
    }

    private final int attempts;
    private final Pause pause;
    private int failures;

    HubRetry(int attempts, Pause pause) {
        this.attempts = attempts;
        this.pause = pause;
    }

    /** Waits before the next attempt, or throws the failure if there is to be none. */
    void after(HubException failure) {
        if (!failure.isTransient()) {
            throw failure;
        }
        Duration asked = failure.retryAfter();
        if (asked != null && asked.compareTo(LONGEST_PAUSE) > 0) {
            throw failure.withMessage(
                    failure.getMessage() + "; it asks to wait " + asked.toSeconds() + " s, try again then");
        }
        failures++;
        if (failures >= attempts) {
            throw attempts == 1
                    ? failure
                    : failure.withMessage(failure.getMessage() + " (tried " + attempts + " times)");
        }
        Duration time =
                asked != null ? asked : Duration.ofSeconds(Math.min(LONGEST_BACKOFF_SECONDS, 1L << (failures - 1)));
        LOG.info("{}; trying again in {} s", failure.getMessage(), time.toSeconds());
        try {
            pause.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException(HubException.Reason.INTERRUPTED, failure.getMessage() + "; interrupted", failure);
        }
    }

    /** Something was achieved since the last failure. */
    void progressed() {
        failures = 0;
    }
}
