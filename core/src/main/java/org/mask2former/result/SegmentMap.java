package org.mask2former.result;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.mask2former.Mask2FormerException;

/**
 * Which segment is seen at each pixel; where masks overlap, the smaller one lies on top.
 *
 * @param owner {@code [height, width]}, row-major: one more than the segment's place in {@link Segmentation#segments()},
 *     0 where there is none
 */
record SegmentMap(int width, int height, char[] owner) {

    static SegmentMap of(Segmentation result) {
        if (result.segments().size() > Character.MAX_VALUE) {
            throw new Mask2FormerException("a picture with " + result.segments().size()
                    + " segments cannot be drawn: at most " + (int) Character.MAX_VALUE + " can be told apart");
        }
        int width = result.picture().width();
        int height = result.picture().height();
        if (result instanceof PanopticSegmentation panoptic) {
            return new SegmentMap(width, height, fromIds(panoptic));
        } else if (result instanceof SemanticSegmentation semantic) {
            return new SegmentMap(width, height, fromClasses(semantic));
        }
        return new SegmentMap(width, height, fromMasks(result.segments(), width, height));
    }

    private static char[] fromIds(PanopticSegmentation result) {
        Map<Integer, Integer> places = new HashMap<>();
        for (int i = 0; i < result.segments().size(); i++) {
            places.put(result.segments().get(i).id(), i + 1);
        }
        int[] ids = result.idMap();
        char[] owner = new char[ids.length];
        int last = PanopticSegmentation.VOID;
        char place = 0;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != last) {
                last = ids[i];
                place = (char) (int) places.getOrDefault(last, 0);
            }
            owner[i] = place;
        }
        return owner;
    }

    private static char[] fromClasses(SemanticSegmentation result) {
        char[] places = new char[Character.MAX_VALUE + 1];
        for (int i = 0; i < result.segments().size(); i++) {
            places[(char) result.segments().get(i).labelId()] = (char) (i + 1);
        }
        short[] classes = result.classMap();
        char[] owner = new char[classes.length];
        for (int i = 0; i < classes.length; i++) {
            owner[i] = places[classes[i] & 0xffff];
        }
        return owner;
    }

    private static char[] fromMasks(List<Segment> segments, int width, int height) {
        char[] columns = new char[width * height];
        int[] largestFirst = IntStream.range(0, segments.size())
                .boxed()
                .sorted(Comparator.comparingLong((Integer i) -> -segments.get(i).area())
                        .thenComparing(Comparator.reverseOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i : largestFirst) {
            int position = 0;
            boolean inside = false;
            for (int run : segments.get(i).mask().counts()) {
                if (inside) {
                    Arrays.fill(columns, position, position + run, (char) (i + 1));
                }
                position += run;
                inside = !inside;
            }
        }
        return transpose(columns, width, height);
    }

    /** From column-major to row-major, in blocks that fit a processor's cache. */
    private static char[] transpose(char[] columns, int width, int height) {
        final int block = 32;
        char[] rows = new char[columns.length];
        for (int top = 0; top < height; top += block) {
            for (int left = 0; left < width; left += block) {
                int bottom = Math.min(height, top + block);
                int right = Math.min(width, left + block);
                for (int x = left; x < right; x++) {
                    for (int y = top; y < bottom; y++) {
                        rows[y * width + x] = columns[x * height + y];
                    }
                }
            }
        }
        return rows;
    }
}
