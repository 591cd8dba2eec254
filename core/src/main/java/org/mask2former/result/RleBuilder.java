package org.mask2former.result;

import java.util.Arrays;

/** Collects the runs inside a mask, in ascending order, and makes the shortest {@link CocoRle} of them. */
final class RleBuilder {
    private final int height;
    private final int width;
    private int[] counts = new int[32];
    private int n;
    private int end; // of the last run inside

    RleBuilder(int height, int width) {
        this.height = height;
        this.width = width;
    }

    /** Adds the positions start (inclusive) to end (exclusive); a run that touches the one before continues it. */
    void add(int start, int end) {
        if (start == end) return;
        if (n > 0 && start == this.end) {
            counts[n - 1] += end - start;
        } else {
            if (n + 2 > counts.length) counts = Arrays.copyOf(counts, 2 * counts.length);
            counts[n++] = start - this.end;
            counts[n++] = end - start;
        }
        this.end = end;
    }

    CocoRle build() {
        int rest = height * width - end;
        int[] all = Arrays.copyOf(counts, rest > 0 ? n + 1 : n);
        if (rest > 0) all[n] = rest;
        return new CocoRle(height, width, all);
    }
}
