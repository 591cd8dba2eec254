package org.mask2former.cli;

import java.util.Arrays;
import java.util.function.DoubleSupplier;

/**
 * How often something is timed.
 *
 * @param warmUp times before that do not count
 * @param runs times that count
 */
record Repetition(int warmUp, int runs) {
    /**
     * Does it so often.
     *
     * @param once gives the seconds that it took
     * @return seconds of the runs that count, shortest first
     */
    double[] time(DoubleSupplier once) {
        double[] seconds = new double[runs];
        for (int i = -warmUp; i < runs; i++) {
            double took = once.getAsDouble();
            if (i >= 0) {
                seconds[i] = took;
            }
        }
        Arrays.sort(seconds);
        return seconds;
    }

    /** {@link #time} by the clock, of something whose result nobody needs. */
    double[] timeOf(Runnable once) {
        return time(() -> {
            long start = System.nanoTime();
            once.run();
            return (System.nanoTime() - start) / 1e9;
        });
    }

    /** @param sorted shortest first */
    static double median(double[] sorted) {
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }
}
