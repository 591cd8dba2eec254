package org.mask2former.model;

import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Levels.Size;

/**
 * The windows over a feature map: which token comes where. The map is filled up with zeros at the bottom and right until
 * windows divide it, then rolled up and left by {@code shift}; padding, roll and partition are one list of indices.
 *
 * @param size of the map, in tokens
 * @param window side of a window
 * @param shift 0, or half a window
 */
record WindowGrid(Size size, int window, int shift) {
    /** What is added between tokens that only the roll has made neighbours. */
    private static final float BLOCKED = -100;

    int rows() {
        return (size.height() + window - 1) / window;
    }

    int columns() {
        return (size.width() + window - 1) / window;
    }

    /** W, the number of windows. */
    int count() {
        return rows() * columns();
    }

    /** M, the tokens of a window. */
    int tokens() {
        return window * window;
    }

    String key() {
        return "windows " + size.height() + "x" + size.width() + " of " + window + " shifted " + shift;
    }

    /** For every place in a window, window after window, the token that lies there; N where there is padding. */
    int[] toWindows() {
        int[] indices = new int[count() * tokens()];
        for (int i = 0; i < indices.length; i++) {
            int y = (row(i) + shift) % (rows() * window);
            int x = (column(i) + shift) % (columns() * window);
            boolean inside = y < size.height() && x < size.width();
            indices[i] = inside ? y * size.width() + x : size.tokens();
        }
        return indices;
    }

    /** For every token the place in a window where it lies: the inverse of {@link #toWindows}. */
    int[] fromWindows() {
        int[] places = new int[size.tokens()];
        int[] tokens = toWindows();
        for (int place = 0; place < tokens.length; place++) {
            if (tokens[place] < places.length) {
                places[tokens[place]] = place;
            }
        }
        return places;
    }

    /** {@code [W, 1, M, M]}: 0 between tokens of one region of the rolled map, −100 between those of two. */
    HostTensor shiftMask() {
        int m = tokens();
        float[] mask = new float[count() * m * m];
        int i = 0;
        for (int w = 0; w < count(); w++) {
            for (int a = 0; a < m; a++) {
                for (int b = 0; b < m; b++) {
                    mask[i++] = region(w * m + a) == region(w * m + b) ? 0 : BLOCKED;
                }
            }
        }
        return HostTensor.of(mask, count(), 1, m, m);
    }

    /** For each pair (a, b) of places of a window the row of the bias table that holds their offset. */
    static int[] relativePositions(int window) {
        int m = window * window;
        int[] rows = new int[m * m];
        for (int a = 0; a < m; a++) {
            for (int b = 0; b < m; b++) {
                int dy = a / window - b / window + window - 1;
                int dx = a % window - b % window + window - 1;
                rows[a * m + b] = dy * (2 * window - 1) + dx;
            }
        }
        return rows;
    }

    private int row(int place) {
        return place / tokens() / columns() * window + place % tokens() / window;
    }

    private int column(int place) {
        return place / tokens() % columns() * window + place % tokens() % window;
    }

    private int region(int place) {
        return 3 * region(row(place), rows() * window) + region(column(place), columns() * window);
    }

    private int region(int position, int length) {
        return position < length - window ? 0 : position < length - shift ? 1 : 2;
    }
}
