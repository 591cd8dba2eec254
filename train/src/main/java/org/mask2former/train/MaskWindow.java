package org.mask2former.train;

import org.mask2former.result.CocoRle;

/**
 * Cuts masks as a {@link Placement} cuts their picture: every pixel takes the value of the nearest one of the picture, as
 * Pillow's {@code NEAREST} does. Works on runs, so that a mask costs what is seen of it. Immutable.
 */
final class MaskWindow {
    private final Placement place;
    /** The first column of the window that shows column x of the picture or one to the right of it, {@code [width + 1]}. */
    private final int[] columns;
    /** The first row of the window that shows row y of the picture or one below it, {@code [height + 1]}. */
    private final int[] rows;

    MaskWindow(Placement place) {
        this.place = place;
        columns = firsts(place.sourceWidth(), place.scaledWidth(), place.left(), place.patchWidth());
        rows = firsts(place.sourceHeight(), place.scaledHeight(), place.top(), place.patchHeight());
    }

    private static int[] firsts(int source, int scaled, int offset, int length) {
        int[] firsts = new int[source + 1];
        int at = 0;
        for (int s = 0; s <= source; s++) {
            while (at < length && nearest(at + offset, source, scaled) < s) {
                at++;
            }
            firsts[s] = at;
        }
        return firsts;
    }

    /** The sample in whose extent the middle of the resized sample lies. */
    private static long nearest(int index, int source, int scaled) {
        return (2L * index + 1) * source / (2L * scaled);
    }

    /** How many pixels of a mask are in the window. */
    long area(CocoRle mask) {
        long[] area = new long[1];
        mask.forEachColumnRun((x, y0, y1) -> area[0] += (long) (columns[x + 1] - columns[x]) * (rows[y1] - rows[y0]));
        return area[0];
    }

    /**
     * Sets the mask's pixels to 1.
     *
     * @param into rows of {@code stride} pixels, the first at {@code offset}
     */
    void draw(CocoRle mask, byte[] into, int offset, int stride) {
        Symmetry.Steps steps = place.steps(stride);
        int start = offset + steps.start();
        mask.forEachColumnRun((x, y0, y1) -> {
            int from = rows[y0];
            int count = rows[y1] - from;
            for (int column = columns[x]; count > 0 && column < columns[x + 1]; column++) {
                int at = start + column * steps.stepX() + from * steps.stepY();
                for (int i = 0; i < count; i++, at += steps.stepY()) {
                    into[at] = 1;
                }
            }
        });
    }
}
