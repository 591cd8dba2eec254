package org.mask2former.result;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds the runs of equal values down the columns of a row-major map, in one pass that reads memory in its order: a strip
 * of columns at a time, noting where each column changes.
 */
final class ColumnRuns {
    /** Columns of a strip: a cache line of ints and more, so that every line is read once. */
    private static final int STRIP = 64;

    private ColumnRuns() {}

    /** Copies the values of row y, columns x0 (inclusive) to x1 (exclusive), to the start of a buffer. */
    interface Rows {
        void copy(int y, int x0, int x1, int[] into);
    }

    /** Receives a run: positions start (inclusive) to end (exclusive), counted down the columns, left to right. */
    interface Run {
        void accept(int value, int start, int end);
    }

    static void forEach(int height, int width, Rows rows, Run run) {
        int[] values = new int[STRIP];
        int[] current = new int[STRIP];
        int[] changes = new int[STRIP];
        int[][] changeRow = new int[STRIP][16];
        int[][] changeValue = new int[STRIP][16];
        for (int x0 = 0; x0 < width; x0 += STRIP) {
            int columns = Math.min(STRIP, width - x0);
            rows.copy(0, x0, x0 + columns, current);
            for (int c = 0; c < columns; c++) {
                changeRow[c][0] = 0;
                changeValue[c][0] = current[c];
                changes[c] = 1;
            }
            for (int y = 1; y < height; y++) {
                rows.copy(y, x0, x0 + columns, values);
                for (int c = 0; c < columns; c++) {
                    if (values[c] != current[c]) {
                        current[c] = values[c];
                        int n = changes[c]++;
                        if (n == changeRow[c].length) {
                            changeRow[c] = Arrays.copyOf(changeRow[c], 2 * n);
                            changeValue[c] = Arrays.copyOf(changeValue[c], 2 * n);
                        }
                        changeRow[c][n] = y;
                        changeValue[c][n] = values[c];
                    }
                }
            }
            for (int c = 0; c < columns; c++) {
                int column = (x0 + c) * height;
                for (int i = 0; i < changes[c]; i++) {
                    int end = i + 1 < changes[c] ? changeRow[c][i + 1] : height;
                    run.accept(changeValue[c][i], column + changeRow[c][i], column + end);
                }
            }
        }
    }

    /** The mask of each value that occurs. */
    static SortedMap<Integer, CocoRle> byValue(int height, int width, Rows rows) {
        SortedMap<Integer, RleBuilder> builders = new TreeMap<>();
        forEach(
                height,
                width,
                rows,
                (value, start, end) -> builders.computeIfAbsent(value, v -> new RleBuilder(height, width))
                        .add(start, end));
        SortedMap<Integer, CocoRle> masks = new TreeMap<>();
        builders.forEach((value, builder) -> masks.put(value, builder.build()));
        return masks;
    }
}
