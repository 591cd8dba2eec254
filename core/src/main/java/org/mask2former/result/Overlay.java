package org.mask2former.result;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
 * @param labelScale the labels' size, as a multiple of what suits the picture
 * @param minLabelArea the smallest segment that gets a label, as a share of the picture
 */
public record Overlay(
        double alpha, boolean outlines, boolean labels, boolean scores, double labelScale, double minLabelArea) {
    public static final Overlay DEFAULT = new Overlay(0.5, true, true, true, 1, 0.0005);

    private static final int MIN_CAPITAL = 7;

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
        return new Overlay(alpha, outlines, labels, scores, labelScale, minLabelArea);
    }

    public Overlay withOutlines(boolean outlines) {
        return new Overlay(alpha, outlines, labels, scores, labelScale, minLabelArea);
    }

    public Overlay withLabels(boolean labels) {
        return new Overlay(alpha, outlines, labels, scores, labelScale, minLabelArea);
    }

    public Overlay withScores(boolean scores) {
        return new Overlay(alpha, outlines, labels, scores, labelScale, minLabelArea);
    }

    public Overlay withLabelScale(double labelScale) {
        return new Overlay(alpha, outlines, labels, scores, labelScale, minLabelArea);
    }

    public Overlay withMinLabelArea(double minLabelArea) {
        return new Overlay(alpha, outlines, labels, scores, labelScale, minLabelArea);
    }

    /** The picture with the result drawn over it; the result's own picture does not change. */
    public Image draw(Segmentation result) {
        Image picture = result.picture();
        SegmentMap map = SegmentMap.of(result);
        int[] colors = SegmentColors.of(result);
        byte[] rgb = picture.rgb().clone();
        paint(result.segments(), map, colors, rgb);
        if (labels) {
            label(result, map, colors, rgb);
        }
        return Image.ofRgb(picture.width(), picture.height(), rgb);
    }

    private void paint(List<Segment> segments, SegmentMap map, int[] colors, byte[] rgb) {
        double thickness = Math.min(Outlines.MAX_RADIUS - 1, Math.max(1, 1.7 * Math.pow(size(map), 0.75)));
        Outlines edges = outlines ? Outlines.of(map, rank(segments), (int) Math.ceil(thickness + 1)) : null;
        int[] lines = new int[colors.length];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = SegmentColors.shade(colors[i], SegmentColors.toLab(colors[i])[0] < 0.75 ? 0.35 : -0.25);
        }
        char[] owner = map.owner();
        for (int p = 0; p < owner.length; p++) {
            if (owner[p] != 0) {
                blend(rgb, p, colors[owner[p] - 1], alpha);
                if (edges != null) {
                    double covered = Math.min(1, thickness + 1 - edges.distance(p));
                    if (covered > 0) {
                        blend(rgb, p, lines[owner[p] - 1], covered);
                    }
                }
            }
        }
    }

    private void label(Segmentation result, SegmentMap map, int[] colors, byte[] rgb) {
        int capital = (int) Math.max(MIN_CAPITAL, Math.round(labelScale * 9 * Math.pow(size(map), 0.6)));
        LabelLayout layout = new LabelLayout(map, result.segments(), capital);
        long minArea = (long) (minLabelArea * map.width() * map.height());
        for (int i : layout.order(minArea)) {
            String text = text(result, result.segments().get(i));
            LabelBox large = LabelBox.of(text, capital, colors[i]);
            Optional<Box> place = layout.carries(i, large.width(), large.height())
                    ? layout.place(i, large.width(), large.height())
                    : Optional.empty();
            LabelBox label =
                    place.isPresent() ? large : LabelBox.of(text, Math.max(MIN_CAPITAL, capital * 3 / 4), colors[i]);
            place.or(() -> layout.place(i, label.width(), label.height()))
                    .ifPresent(at -> label.draw(rgb, map.width(), at.x(), at.y()));
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
    private static double size(SegmentMap map) {
        return Math.sqrt((double) map.width() * map.height() / (640 * 480));
    }

    private String text(Segmentation result, Segment segment) {
        String name = displayName(segment.label());
        return scores && !(result instanceof SemanticSegmentation)
                ? String.format(Locale.ROOT, "%s %.2f", name, segment.score())
                : name;
    }

    /** A name without what only its data set needs: COCO's endings, ADE20K's synonyms. */
    static String displayName(String label) {
        String first = label.split(",", 2)[0].strip();
        String plain = first.replaceFirst("(-other)?(-merged)?$", "").replaceFirst("-stuff$", "");
        return plain.isEmpty() ? label : plain;
    }

    private static void blend(byte[] rgb, int pixel, int color, double part) {
        int weight = (int) Math.round(part * 256);
        for (int c = 0; c < 3; c++) {
            int old = rgb[3 * pixel + c] & 0xff;
            int target = color >> (16 - 8 * c) & 0xff;
            rgb[3 * pixel + c] = (byte) (old + ((target - old) * weight >> 8));
        }
    }
}
