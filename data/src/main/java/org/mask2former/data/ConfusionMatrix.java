package org.mask2former.data;

import java.util.List;

/**
 * What was taken for what: counts of pixels or of objects by true and predicted class. One row and column more than classes
 * stands for "none": nothing there, or nothing predicted. Not thread-safe.
 */
public final class ConfusionMatrix {
    private final List<String> names;
    private final String none;
    private final long[][] counts;

    /**
     * @param names of the classes
     * @param none what the last row and column are called
     */
    public ConfusionMatrix(List<String> names, String none) {
        this.names = List.copyOf(names);
        this.none = none;
        this.counts = new long[names.size() + 1][names.size() + 1];
    }

    /** The classes, without "none". */
    public List<String> names() {
        return names;
    }

    /** What the last row and column are called. */
    public String none() {
        return none;
    }

    void add(int truth, int prediction, long count) {
        counts[truth][prediction] += count;
    }

    void add(ConfusionMatrix other) {
        for (int t = 0; t < counts.length; t++) {
            for (int p = 0; p < counts.length; p++) {
                counts[t][p] += other.counts[t][p];
            }
        }
    }

    /** How much of class {@code truth} was predicted as class {@code prediction}; the number of classes stands for "none". */
    public long get(int truth, int prediction) {
        return counts[truth][prediction];
    }

    /** All that truly is of the class. */
    public long ofTruth(int truth) {
        long sum = 0;
        for (long count : counts[truth]) {
            sum += count;
        }
        return sum;
    }

    /** All that was predicted to be of the class. */
    public long ofPrediction(int prediction) {
        long sum = 0;
        for (long[] row : counts) {
            sum += row[prediction];
        }
        return sum;
    }
}
