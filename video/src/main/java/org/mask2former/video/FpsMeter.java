package org.mask2former.video;

/** How many frames a second are made: the mean over the last ones. For one thread. */
final class FpsMeter {
    private static final int FRAMES = 16;

    private final long[] times = new long[FRAMES];
    private long count;

    /**
     * A frame is done.
     *
     * @param nanos the time, by a clock such as {@link System#nanoTime}
     * @return frames a second; 0 for the first one
     */
    double tick(long nanos) {
        times[(int) (count++ % FRAMES)] = nanos;
        int intervals = (int) Math.min(count, FRAMES) - 1;
        long first = times[(int) ((count - 1 - intervals) % FRAMES)];
        return intervals == 0 || nanos == first ? 0 : intervals * 1e9 / (nanos - first);
    }
}
