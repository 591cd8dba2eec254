package org.mask2former.model;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Levels.Size;

/**
 * The windows over a feature map: which token comes where. The map is filled up with zeros at the bottom and right until
 * windows divide it, then rolled up and left by {@code shift}; padding, roll and partition are one list of indices.
 *
 * <p>Windows are sorted by kind: those inside the map, then those at its right edge, at its bottom edge, and in the corner
 * between. The roll mixes regions at the edges alone, and in all windows of a kind in the same way, whatever the map's size,
 * so that a mask for each kind will do. Without a shift all are of one kind.
 *
 * @param size of the map, in tokens
 * @param window side of a window
 * @param shift 0, or half a window
 */
record WindowGrid(Size size, int window, int shift) {
    /** What is added between tokens that only the roll has made neighbours. */
    private static final float BLOCKED = -100;

    private static final int KINDS = 4;

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

    /** How many windows there are of each kind, leaving out kinds that do not occur; {@link #count} together. */
    int[] kinds() {
        return IntStream.of(ofEachKind()).filter(n -> n > 0).toArray();
    }

    /** Names the masks of the kinds that occur. */
    String maskKey() {
        int[] windows = ofEachKind();
        String occurring = IntStream.range(0, KINDS)
                .filter(kind -> windows[kind] > 0)
                .mapToObj(String::valueOf)
                .collect(Collectors.joining());
        return "masks of windows of " + window + " shifted " + shift + ", kinds " + occurring;
    }

    private int[] ofEachKind() {
        int inRow = columns() - 1;
        int inColumn = rows() - 1;
        return shift > 0 ? new int[] {inRow * inColumn, inColumn, inRow, 1} : new int[] {count(), 0, 0, 0};
    }

    /** Windows, counted row by row, in their order here. */
    private IntStream sorted() {
        return IntStream.range(0, KINDS)
                .flatMap(kind -> IntStream.range(0, count()).filter(w -> kind(w) == kind));
    }

    private int kind(int w) {
        boolean atRight = shift > 0 && w % columns() == columns() - 1;
        boolean atBottom = shift > 0 && w / columns() == rows() - 1;
        return (atRight ? 1 : 0) + (atBottom ? 2 : 0);
    }

    /** For every place in a window, window after window, the token that lies there; N where there is padding. */
    int[] toWindows() {
        int[] windows = sorted().toArray();
        int[] indices = new int[count() * tokens()];
        for (int i = 0; i < indices.length; i++) {
            int place = windows[i / tokens()] * tokens() + i % tokens();
            int y = (row(place) + shift) % (rows() * window);
            int x = (column(place) + shift) % (columns() * window);
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

    /** {@code [K, 1, M, M]}, for each kind: 0 between tokens of one region of the rolled map, −100 between those of two. */
    HostTensor shiftMask() {
        int m = tokens();
        int[] windows = sorted().toArray();
        int[] kinds = kinds();
        float[] mask = new float[kinds.length * m * m];
        int i = 0;
        int first = 0; // of its kind
        for (int count : kinds) {
            int w = windows[first];
            for (int a = 0; a < m; a++) {
                for (int b = 0; b < m; b++) {
                    mask[i++] = region(w * m + a) == region(w * m + b) ? 0 : BLOCKED;
                }
            }
            first += count;
        }
        return HostTensor.of(mask, kinds.length, 1, m, m);
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
