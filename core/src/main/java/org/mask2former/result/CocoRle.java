package org.mask2former.result;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import org.mask2former.Mask2FormerException;

/**
 * A binary mask as COCO's run-length encoding: runs down the columns, left to right, alternately outside and inside,
 * beginning outside. Every operation works on the runs; only {@link #decode()} makes pixels. Equal in content to what
 * pycocotools computes, its compressed strings byte for byte. Immutable and safe to share between threads.
 *
 * @param height rows of the mask, at least 1
 * @param width columns of the mask, at least 1
 * @param counts run lengths; they sum to {@code height × width}. Not a copy: read only
 */
public record CocoRle(int height, int width, int[] counts) {
    public CocoRle {
        long pixels = pixels(height, width);
        long sum = 0;
        for (int count : counts) {
            if (count < 0) {
                throw new Mask2FormerException("a COCO RLE of " + width + "×" + height + " has a run of " + count
                        + " pixels; runs are 0 or longer");
            }
            sum += count;
        }
        if (sum != pixels) {
            throw new Mask2FormerException("a COCO RLE of " + width + "×" + height + " must have runs that sum to "
                    + pixels + " pixels, but they sum to " + sum + "; is its size [height, width] right?");
        }
    }

    /** A mask without a pixel inside. */
    public static CocoRle empty(int height, int width) {
        return new CocoRle(height, width, new int[] {Math.toIntExact(pixels(height, width))});
    }

    /** Encodes {@code [height, width]} row-major bytes, inside where not 0. */
    public static CocoRle encode(int height, int width, byte[] mask) {
        checkLength(height, width, mask.length);
        return encodeRows(height, width, (y, x0, x1, into) -> {
            for (int i = 0, at = y * width + x0; i < x1 - x0; i++, at++) into[i] = mask[at] != 0 ? 1 : 0;
        });
    }

    /** Encodes {@code [height, width]} row-major booleans. */
    public static CocoRle encode(int height, int width, boolean[] mask) {
        checkLength(height, width, mask.length);
        return encodeRows(height, width, (y, x0, x1, into) -> {
            for (int i = 0, at = y * width + x0; i < x1 - x0; i++, at++) into[i] = mask[at] ? 1 : 0;
        });
    }

    /** Encodes {@code [height, width]} row-major bits; bits beyond the last pixel are ignored. */
    public static CocoRle encode(int height, int width, BitSet mask) {
        return encodeRows(height, width, (y, x0, x1, into) -> {
            for (int i = 0, at = y * width + x0; i < x1 - x0; i++, at++) into[i] = mask.get(at) ? 1 : 0;
        });
    }

    /** Encodes the pixels of a {@code [height, width]} row-major map that have the given id. */
    public static CocoRle encode(int height, int width, int[] map, int id) {
        checkLength(height, width, map.length);
        return encodeRows(height, width, (y, x0, x1, into) -> {
            for (int i = 0, at = y * width + x0; i < x1 - x0; i++, at++) into[i] = map[at] == id ? 1 : 0;
        });
    }

    /** Encodes every id of a {@code [height, width]} row-major map in one pass: its mask by id, ascending. */
    public static SortedMap<Integer, CocoRle> encodeAll(int height, int width, int[] map) {
        checkLength(height, width, map.length);
        return ColumnRuns.byValue(
                height, width, (y, x0, x1, into) -> System.arraycopy(map, y * width + x0, into, 0, x1 - x0));
    }

    /** As {@link #encodeAll(int, int, int[])}, for a map of shorts. */
    public static SortedMap<Integer, CocoRle> encodeAll(int height, int width, short[] map) {
        checkLength(height, width, map.length);
        return ColumnRuns.byValue(height, width, (y, x0, x1, into) -> {
            for (int i = 0, at = y * width + x0; i < x1 - x0; i++, at++) into[i] = map[at];
        });
    }

    static CocoRle encodeRows(int height, int width, ColumnRuns.Rows rows) {
        pixels(height, width);
        RleBuilder builder = new RleBuilder(height, width);
        ColumnRuns.forEach(height, width, rows, (value, start, end) -> {
            if (value != 0) builder.add(start, end);
        });
        return builder.build();
    }

    /**
     * The mask of polygons as COCO draws it ({@code rleFrPoly} of the COCO API), their union when there are several.
     *
     * @param polygons each {@code x0, y0, x1, y1, …} in pixels, where (0, 0) is the picture's top left corner; at least
     *     three points each
     */
    public static CocoRle ofPolygons(int height, int width, List<double[]> polygons) {
        return polygons.stream()
                .map(polygon -> RlePolygons.rasterise(height, width, polygon))
                .reduce(CocoRle::union)
                .orElseGet(() -> empty(height, width));
    }

    /**
     * Reads COCO's compressed string.
     *
     * @throws Mask2FormerException if it is not one for a mask of this size
     */
    public static CocoRle parse(int height, int width, String counts) {
        return new CocoRle(height, width, RleStrings.parse(counts));
    }

    /** COCO's compressed string, the {@code counts} of an annotation. */
    public String toCountsString() {
        return RleStrings.format(counts);
    }

    /** The pixels {@code [height, width]}, row-major, 1 inside and 0 outside. */
    public byte[] decode() {
        byte[] mask = new byte[height * width];
        forEachColumnRun((x, y0, y1) -> {
            for (int y = y0; y < y1; y++) mask[y * width + x] = 1;
        });
        return mask;
    }

    /** Receives a piece of a column that is inside: rows y0 (inclusive) to y1 (exclusive) of column x. */
    @FunctionalInterface
    public interface ColumnRun {
        void accept(int x, int y0, int y1);
    }

    /** Goes through the pixels inside, column by column from the left, each column from the top. */
    public void forEachColumnRun(ColumnRun run) {
        int end = 0;
        for (int i = 0; i < counts.length; i++) {
            int at = end;
            end += counts[i];
            while (i % 2 == 1 && at < end) {
                int x = at / height;
                int y0 = at - x * height;
                int y1 = Math.min(height, y0 + end - at);
                run.accept(x, y0, y1);
                at += y1 - y0;
            }
        }
    }

    /** How many pixels are inside. */
    public long area() {
        long area = 0;
        for (int i = 1; i < counts.length; i += 2) area += counts[i];
        return area;
    }

    public boolean isEmpty() {
        return area() == 0;
    }

    /** The tight box around the pixels inside; {@link Box#EMPTY} if there is none. */
    public Box box() {
        int left = width;
        int right = -1;
        int top = height;
        int bottom = -1;
        int at = 0;
        for (int i = 0; i < counts.length; i++) {
            int end = at + counts[i];
            if (i % 2 == 1 && end > at) {
                int firstColumn = at / height;
                int lastColumn = (end - 1) / height;
                boolean wraps = lastColumn > firstColumn;
                left = Math.min(left, firstColumn);
                right = lastColumn;
                top = wraps ? 0 : Math.min(top, at % height);
                bottom = wraps ? height - 1 : Math.max(bottom, (end - 1) % height);
            }
            at = end;
        }
        return right < 0 ? Box.EMPTY : new Box(left, top, right - left + 1, bottom - top + 1);
    }

    /** How many pixels are inside both masks. */
    public long intersectionArea(CocoRle other) {
        return RleSets.intersectionArea(this, other);
    }

    /** Intersection over union, in [0, 1]; 0 if both masks are empty. */
    public double iou(CocoRle other) {
        long both = intersectionArea(other);
        return both == 0 ? 0 : (double) both / (area() + other.area() - both);
    }

    /**
     * COCO's measure against a crowd region ({@code iscrowd}): the intersection over this mask's own area, since a crowd
     * holds more than this one object.
     */
    public double iouWithCrowd(CocoRle crowd) {
        long both = intersectionArea(crowd);
        return both == 0 ? 0 : (double) both / area();
    }

    /** The pixels inside either mask. */
    public CocoRle union(CocoRle other) {
        return RleSets.merge(this, other, false);
    }

    /** The pixels inside both masks. */
    public CocoRle intersection(CocoRle other) {
        return RleSets.merge(this, other, true);
    }

    /** The mask moved by so many pixels to the right and down; what leaves the picture is gone. */
    public CocoRle shift(int right, int down) {
        RleBuilder moved = new RleBuilder(height, width);
        forEachColumnRun((x, y0, y1) -> {
            int column = x + right;
            int top = Math.max(0, y0 + down);
            int bottom = Math.min(height, y1 + down);
            if (column >= 0 && column < width && top < bottom) {
                moved.add(column * height + top, column * height + bottom);
            }
        });
        return moved.build();
    }

    /** The pixels outside this mask. */
    public CocoRle complement() {
        boolean startsInside = counts.length > 1 && counts[0] == 0;
        int[] flipped = startsInside ? Arrays.copyOfRange(counts, 1, counts.length) : new int[counts.length + 1];
        if (!startsInside) System.arraycopy(counts, 0, flipped, 1, counts.length);
        return new CocoRle(height, width, flipped);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CocoRle that
                && height == that.height
                && width == that.width
                && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return (31 * height + width) * 31 + Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return "CocoRle[" + width + "×" + height + ", " + area() + " px, box " + box() + "]";
    }

    private static long pixels(int height, int width) {
        long pixels = (long) height * width;
        if (height < 1 || width < 1 || pixels > Integer.MAX_VALUE) {
            throw new Mask2FormerException("a mask cannot be " + width + "×" + height
                    + ": both sides must be at least 1 and their product below 2^31");
        }
        return pixels;
    }

    private static void checkLength(int height, int width, int length) {
        if (pixels(height, width) != length) {
            throw new IllegalArgumentException(
                    "a mask of " + width + "×" + height + " does not have " + length + " pixels");
        }
    }
}
