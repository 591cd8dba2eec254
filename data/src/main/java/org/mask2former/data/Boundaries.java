package org.mask2former.data;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.mask2former.result.Box;
import org.mask2former.result.CocoRle;

/**
 * The rim of a mask, which boundary IoU compares (Cheng et al. 2021; {@code boundary_iou_api}): its pixels that lie within
 * {@code d} pixels, also diagonally, of a pixel outside the mask or outside the picture.
 */
final class Boundaries {
    /** Of the picture's diagonal. */
    static final double DILATION_RATIO = 0.02;

    private Boundaries() {}

    /** How thick the rim is, in pixels. */
    static int thickness(int width, int height) {
        double diagonal = Math.sqrt((double) height * height + (double) width * width);
        return Math.max(1, (int) Math.rint(DILATION_RATIO * diagonal));
    }

    /** The rim of one mask. Only its box is looked at: beyond it nothing is inside, as beyond the picture. */
    static CocoRle rim(CocoRle mask) {
        Box box = mask.box();
        short[] labels = new short[box.width() * box.height()];
        Arrays.fill(labels, ClassMap.IGNORE);
        int end = 0;
        for (int i = 0; i < mask.counts().length; i++) {
            int start = end;
            end += mask.counts()[i];
            for (int at = start; i % 2 == 1 && at < end; at++) {
                int x = at / mask.height() - box.x();
                int y = at % mask.height() - box.y();
                labels[y * box.width() + x] = 0;
            }
        }
        boolean[] rims = rims(labels, box.width(), box.height(), thickness(mask.width(), mask.height()));
        IntStream.Builder counts = IntStream.builder();
        int last = 0;
        boolean inside = false;
        for (int x = 0; x < box.width(); x++) {
            int column = (box.x() + x) * mask.height() + box.y();
            for (int y = 0; y < box.height(); y++) {
                if (rims[y * box.width() + x] != inside) {
                    counts.add(column + y - last);
                    last = column + y;
                    inside = !inside;
                }
            }
            // Between two columns of the box nothing is inside, unless the box is as high as the picture.
            if (inside && (box.height() < mask.height() || x == box.width() - 1)) {
                counts.add(column + box.height() - last);
                last = column + box.height();
                inside = false;
            }
        }
        int pixels = mask.height() * mask.width();
        if (last < pixels) {
            counts.add(pixels - last);
        }
        return new CocoRle(mask.height(), mask.width(), counts.build().toArray());
    }

    /**
     * The rims of all classes of a map at once.
     *
     * @param labels {@code [height, width]}; negative values are outside every mask
     * @return true where the pixel lies on the rim of its own class's mask
     */
    static boolean[] rims(short[] labels, int width, int height, int thickness) {
        // A pixel is inside, not on the rim, if the square of 2d + 1 around it holds its class alone. First along the
        // rows …
        boolean[] insideRow = new boolean[labels.length];
        for (int y = 0; y < height; y++) {
            int row = y * width;
            int start = 0;
            for (int x = 1; x <= width; x++) {
                if (x == width || labels[row + x] != labels[row + start]) {
                    for (int i = start + thickness; i < x - thickness; i++) {
                        insideRow[row + i] = true;
                    }
                    start = x;
                }
            }
        }
        // … then down the columns, over pixels that passed and are of one class.
        boolean[] rim = new boolean[labels.length];
        for (int x = 0; x < width; x++) {
            int start = 0;
            for (int y = 0; y <= height; y++) {
                int at = y * width + x;
                boolean runs = y < height
                        && insideRow[at]
                        && (y == start || (insideRow[at - width] && labels[at] == labels[at - width]));
                if (!runs) {
                    for (int i = start; i < y; i++) {
                        rim[i * width + x] = i < start + thickness || i >= y - thickness;
                    }
                    if (y < height) {
                        if (insideRow[at]) {
                            start = y;
                        } else {
                            rim[at] = true;
                            start = y + 1;
                        }
                    }
                }
            }
        }
        for (int i = 0; i < rim.length; i++) {
            rim[i] &= labels[i] >= 0;
        }
        return rim;
    }
}
