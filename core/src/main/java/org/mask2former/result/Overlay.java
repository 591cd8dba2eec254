package org.mask2former.result;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.mask2former.image.Image;

/**
 * Draws a result over its picture, for people to look at: every segment in its class's colour, with an outline and a
 * label. Things of one class differ a little in colour; where masks overlap, the smaller lies on top; what belongs to no
 * segment stays as it is. The same result gives the same pixels on every machine, except labels in scripts other than
 * Latin, which need the system's fonts.
 *
 * @param alpha how much of a segment's colour covers the picture: 0 none, 1 all
 * @param outlines whether the edges of segments are drawn; their thickness grows with the picture
 * @param labels whether the segments' names are written on them
 * @param scores whether the labels show the scores; a semantic result has none
 * @param ids whether the labels of things show their ids, as in {@code car #3}
 * @param labelScale the labels' size, as a multiple of what suits the picture
 * @param minLabelArea the smallest segment that gets a label, as a share of the picture
 */
public record Overlay(
        double alpha,
        boolean outlines,
        boolean labels,
        boolean scores,
        boolean ids,
        double labelScale,
        double minLabelArea) {
    public static final Overlay DEFAULT = new Overlay(0.5, true, true, true, false, 1, 0.0005);

    private static final int MIN_CAPITAL = 7;
    private static final int MAX_NAME = 40;

    public Overlay {
        require("alpha", alpha, 0, 1);
        require("labelScale", labelScale, 0.1, 10);
        require("minLabelArea", minLabelArea, 0, 1);
    }

    private static void require(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(name + " has to be from " + least + " to " + most + ", not " + value);
        }
    }

    public Overlay withAlpha(double alpha) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    public Overlay withOutlines(boolean outlines) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    public Overlay withLabels(boolean labels) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    public Overlay withScores(boolean scores) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    public Overlay withIds(boolean ids) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    public Overlay withLabelScale(double labelScale) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    public Overlay withMinLabelArea(double minLabelArea) {
        return new Overlay(alpha, outlines, labels, scores, ids, labelScale, minLabelArea);
    }

    /** The colour of each segment, 0xRRGGBB, in their order: what other drawings use to look like this one. */
    public static int[] colors(Segmentation result) {
        return SegmentColors.of(result, SegmentColors.inOrder(result));
    }

    /** The picture with the result drawn over it; the result's own picture does not change. */
    public Image draw(Segmentation result) {
        return draw(result, SegmentColors.inOrder(result));
    }

    /**
     * The same, where the caller says which things of a class look alike, so that in a film a thing keeps its colour.
     *
     * @param variation which variation of its class's colour a segment has: 0 is the colour itself, and a few dozen can be
     *     told apart
     */
    public Image draw(Segmentation result, ToIntFunction<Segment> variation) {
        return draw(result, variation, new LabelMemory());
    }

    /** The same for the next frame of a film, whose labels stay where they were if they can. */
    public Image draw(Segmentation result, ToIntFunction<Segment> variation, LabelMemory memory) {
        Image picture = result.picture();
        SegmentMap map = SegmentMap.of(result);
        int[] colors = SegmentColors.of(result, variation);
        byte[] rgb = picture.rgb().clone();
        paint(result.segments(), map, colors, rgb);
        if (labels) {
            label(result, map, colors, memory, rgb);
        }
        return Image.ofRgb(picture.width(), picture.height(), rgb);
    }

    private void paint(List<Segment> segments, SegmentMap map, int[] colors, byte[] rgb) {
        double thickness =
                Math.min(Outlines.MAX_RADIUS - 1, Math.max(1, 1.7 * Math.pow(size(map.width(), map.height()), 0.75)));
        int[] lineColors = new int[colors.length];
        for (int i = 0; i < colors.length; i++) {
            boolean dark = SegmentColors.toLab(colors[i])[0] < 0.75;
            lineColors[i] = SegmentColors.shade(colors[i], dark ? 0.35 : -0.25);
        }
        byte[] distances =
                outlines ? Outlines.distances(map, rank(segments), (int) Math.ceil(thickness + 1)) : new byte[0];
        int[] lineWeights = Outlines.coverage(thickness);
        int weight = (int) Math.round(256 * alpha);
        for (int y = 0; y < map.height(); y++) {
            int begin = y * map.width();
            fillRow(map.owner(), begin, begin + map.width(), colors, weight, rgb);
            if (outlines) {
                outlineRow(map.owner(), begin, begin + map.width(), lineColors, distances, lineWeights, rgb);
            }
        }
    }

    private static void fillRow(char[] owner, int begin, int end, int[] colors, int weight, byte[] rgb) {
        for (int p = begin; p < end; p++) {
            if (owner[p] != 0) {
                blend(rgb, 3 * p, colors[owner[p] - 1], weight);
            }
        }
    }

    private static void outlineRow(
            char[] owner, int begin, int end, int[] colors, byte[] distances, int[] weights, byte[] rgb) {
        for (int p = begin; p < end; p++) {
            int weight = weights[distances[p] & 0xff];
            if (weight != 0 && owner[p] != 0) {
                blend(rgb, 3 * p, colors[owner[p] - 1], weight);
            }
        }
    }

    private void label(Segmentation result, SegmentMap map, int[] colors, LabelMemory memory, byte[] rgb) {
        memory.nextFrame();
        int capital = capital(labelScale, map.width(), map.height());
        LabelLayout layout = new LabelLayout(map, result.segments(), capital, memory);
        long minArea = Math.max(1, (long) (minLabelArea * map.width() * map.height()));
        for (int i : layout.order(minArea)) {
            String text = text(result, result.segments().get(i));
            LabelBox large = LabelBox.of(text, capital, colors[i]);
            Optional<Box> place = layout.carries(i, large.width(), large.height())
                    ? layout.place(i, large.width(), large.height())
                    : Optional.empty();
            LabelBox label =
                    place.isPresent() ? large : LabelBox.of(text, Math.max(MIN_CAPITAL, capital * 3 / 4), colors[i]);
            place.or(() -> layout.place(i, label.width(), label.height())).ifPresent(at -> {
                label.draw(rgb, map.width(), at.x(), at.y());
                memory.keep(result.segments().get(i), at);
            });
        }
    }

    /** Whose line separates two neighbours: that of a thing rather than of stuff, of the smaller rather than of the larger. */
    private static int[] rank(List<Segment> segments) {
        int[] order = IntStream.range(0, segments.size())
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> segments.get(i).thing())
                        .thenComparing(i -> -segments.get(i).area()))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] rank = new int[order.length + 1];
        for (int i = 0; i < order.length; i++) {
            rank[order[i] + 1] = i + 1;
        }
        return rank;
    }

    /** How large the picture is, as a multiple of 640 × 480. */
    private static double size(int width, int height) {
        return Math.sqrt((double) width * height / (640 * 480));
    }

    /** How high capitals are in a picture, in pixels. */
    static int capital(double scale, int width, int height) {
        return (int) Math.max(MIN_CAPITAL, Math.round(scale * 9 * Math.pow(size(width, height), 0.65)));
    }

    private String text(Segmentation result, Segment segment) {
        String id = ids && segment.thing() ? " #" + segment.id() : "";
        String name = displayName(segment.label()) + id;
        return scores && !(result instanceof SemanticSegmentation)
                ? String.format(Locale.ROOT, "%s %.2f", name, segment.score())
                : name;
    }

    /** A name without what only its data set needs: COCO's endings, ADE20K's synonyms; and not longer than a label can be. */
    static String displayName(String label) {
        String first = label.split(",", 2)[0].strip();
        String plain = first.replaceFirst("(-other)?(-merged)?$", "").replaceFirst("-stuff$", "");
        String name = plain.isEmpty() ? label : plain;
        return name.codePointCount(0, name.length()) <= MAX_NAME
                ? name
                : name.substring(0, name.offsetByCodePoints(0, MAX_NAME - 1)).strip() + "…";
    }

    /**
     * Moves a pixel towards a colour.
     *
     * @param at where its three bytes begin
     * @param weight from 0, as it was, to 256, the colour itself
     */
    static void blend(byte[] rgb, int at, int color, int weight) {
        int red = rgb[at] & 0xff;
        int green = rgb[at + 1] & 0xff;
        int blue = rgb[at + 2] & 0xff;
        rgb[at] = (byte) (red + (((color >> 16 & 0xff) - red) * weight >> 8));
        rgb[at + 1] = (byte) (green + (((color >> 8 & 0xff) - green) * weight >> 8));
        rgb[at + 2] = (byte) (blue + (((color & 0xff) - blue) * weight >> 8));
    }
}
