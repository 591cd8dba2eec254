package org.mask2former.result;

import java.util.Arrays;

/**
 * Makes a mask at the output's size from its logits, column by column, and encodes it on the way. Where all logits that a
 * pixel is made of are outside, the pixel is: only a band of each column is looked at. For one thread.
 */
final class MaskColumns {
    /** Columns whose probabilities are summed in float before they are added up in double. */
    private static final int BATCH = 64;

    private final Resampling ry;
    private final Resampling rx;
    /** The logit of the threshold: inside is what is above it. */
    private final float threshold;
    /** For each row of logits, the first row of the output made of it or rows below, the last of it or rows above. */
    private final int[] firstOutput;

    private final int[] lastOutput;

    /** The logits' columns that are in use, resized to the output's height; column x lies at x % taps. */
    private final float[][] columns;

    private final int[] columnAt;
    private final float[] values;
    private final float[] sums;
    /** For each column of logits, the rows of it that are above the threshold. */
    private final int[] top;

    private final int[] bottom;
    /** For each column of logits, the rows of the output where it or a neighbour may be inside. */
    private final int[] bandFrom;

    private final int[] bandTo;

    /** @param meanProbability over the pixels inside; 0 if there is none */
    record Mask(CocoRle rle, double meanProbability) {}

    MaskColumns(Resampling ry, Resampling rx, double maskThreshold) {
        this.ry = ry;
        this.rx = rx;
        threshold = (float) Math.log(maskThreshold / (1 - maskThreshold));
        firstOutput = new int[ry.inputs];
        lastOutput = new int[ry.inputs];
        int first = 0;
        int last = -1;
        for (int row = 0; row < ry.inputs; row++) {
            while (first < ry.outputs && ry.lastInput(first) < row) first++;
            while (last + 1 < ry.outputs && ry.first[last + 1] <= row) last++;
            firstOutput[row] = first;
            lastOutput[row] = last;
        }
        columns = new float[rx.taps][ry.outputs];
        columnAt = new int[rx.taps];
        values = new float[ry.outputs];
        sums = new float[ry.outputs];
        top = new int[rx.inputs];
        bottom = new int[rx.inputs];
        bandFrom = new int[rx.inputs];
        bandTo = new int[rx.inputs];
    }

    /** The mask whose logits {@code [ry.inputs, rx.inputs]} begin at an index. */
    Mask mask(float[] logits, int origin) {
        float largest = findExtent(logits, origin);
        findBands();
        RleBuilder rle = new RleBuilder(ry.outputs, rx.outputs);
        Arrays.fill(columnAt, -1);
        Arrays.fill(sums, 0);
        double sum = 0;
        long area = 0;
        long looked = 0;
        int batched = 0;
        for (int x = 0; x < rx.outputs; x++) {
            int from = ry.outputs;
            int to = 0;
            for (int c = rx.first[x]; c <= rx.lastInput(x); c++) {
                if (bottom[c] < 0) continue;
                from = Math.min(from, firstOutput[top[c]]);
                to = Math.max(to, lastOutput[bottom[c]] + 1);
            }
            if (from >= to) continue;
            mix(logits, origin, x, from, to);
            area += encode(rle, x, from, to);
            looked += to - from;
            addProbabilities(from, to, largest);
            if (++batched == BATCH) {
                sum += drainSums();
                batched = 0;
            }
        }
        sum += drainSums();
        // Every pixel outside was counted as one at the threshold.
        double inside = sum - (looked - area) * (double) Sigmoid.of(threshold);
        double mean = area == 0 ? 0 : Math.min(1, inside / (area + 1e-6)); // as the original divides
        return new Mask(rle.build(), mean);
    }

    /** Notes the rows above the threshold in each column; gives the largest absolute value of a logit there. */
    private float findExtent(float[] logits, int origin) {
        Arrays.fill(bottom, -1);
        float largest = Math.abs(threshold);
        for (int y = 0; y < ry.inputs; y++) {
            int row = origin + y * rx.inputs;
            for (int x = 0; x < rx.inputs; x++) {
                float v = logits[row + x];
                if (v > threshold) {
                    if (bottom[x] < 0) top[x] = y;
                    bottom[x] = y;
                    if (v > largest) largest = v;
                }
            }
        }
        return largest;
    }

    private void findBands() {
        for (int c = 0; c < rx.inputs; c++) {
            bandFrom[c] = ry.outputs;
            bandTo[c] = 0;
            for (int d = Math.max(0, c - rx.taps + 1); d < Math.min(rx.inputs, c + rx.taps); d++) {
                if (bottom[d] < 0) continue;
                bandFrom[c] = Math.min(bandFrom[c], firstOutput[top[d]]);
                bandTo[c] = Math.max(bandTo[c], lastOutput[bottom[d]] + 1);
            }
        }
    }

    /** Sets the values of rows from to to of output column x. */
    private void mix(float[] logits, int origin, int x, int from, int to) {
        for (int t = 0; t < rx.taps; t++) {
            float weight = rx.weight(x, t);
            float[] column = column(logits, origin, rx.first[x] + t);
            if (t == 0) {
                for (int y = from; y < to; y++) values[y] = weight * column[y];
            } else {
                for (int y = from; y < to; y++) values[y] += weight * column[y];
            }
        }
    }

    private float[] column(float[] logits, int origin, int c) {
        int slot = c % rx.taps;
        float[] column = columns[slot];
        if (columnAt[slot] != c) {
            columnAt[slot] = c;
            for (int y = bandFrom[c]; y < bandTo[c]; y++) {
                int at = origin + ry.first[y] * rx.inputs + c;
                float value = 0;
                for (int t = 0; t < ry.taps; t++) value += ry.weight(y, t) * logits[at + t * rx.inputs];
                column[y] = value;
            }
        }
        return column;
    }

    private int encode(RleBuilder rle, int x, int from, int to) {
        int area = 0;
        int y = from;
        while (y < to) {
            while (y < to && !(values[y] > threshold)) y++;
            int start = y;
            while (y < to && values[y] > threshold) y++;
            rle.add(x * ry.outputs + start, x * ry.outputs + y);
            area += y - start;
        }
        return area;
    }

    private void addProbabilities(int from, int to, float largest) {
        int n = to - from;
        for (int i = 0; i < n; i++) values[i] = Math.max(threshold, values[from + i]);
        Sigmoid.apply(values, n, largest);
        for (int i = 0; i < n; i++) sums[i] += values[i];
    }

    private double drainSums() {
        double sum = 0;
        for (int y = 0; y < sums.length; y++) {
            sum += sums[y];
            sums[y] = 0;
        }
        return sum;
    }
}
