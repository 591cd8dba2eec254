package org.mask2former.result;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;

/**
 * The colours of the overlay: a class has its data set's colour; further things of the class vary it in lightness and
 * hue, always in the same order, so that neighbours can be told apart and are still seen to be of one class. Colours
 * are varied in OKLab, where equal steps look equal.
 */
final class SegmentColors {
    private static final double LIGHTNESS_RANGE = 0.17;
    private static final double HUE_RANGE = Math.toRadians(34);
    private static final double DARKEST = 0.34;
    private static final double LIGHTEST = 0.88;
    /** Chroma that the variations of a grey class get at least: grey has no hue to vary. */
    private static final double MIN_CHROMA = 0.06;
    /** From the class's own colour. */
    private static final double MIN_DISTANCE = 0.06;
    /** Steps of a sequence that fills a square evenly however long it gets (Roberts' R2). */
    private static final double STEP_1 = 0.7548776662466927;

    private static final double STEP_2 = 0.5698402909980532;

    private SegmentColors() {}

    /** Which of its class's variations each segment has where nothing else says so: things of a class take them in order. */
    static ToIntFunction<Segment> inOrder(Segmentation result) {
        Map<Integer, Integer> things = new HashMap<>();
        Map<Segment, Integer> variations = new IdentityHashMap<>();
        for (Segment segment : result.segments()) {
            variations.put(segment, segment.thing() ? things.merge(segment.labelId(), 1, Integer::sum) - 1 : 0);
        }
        return segment -> variations.getOrDefault(segment, 0);
    }

    /**
     * 0xRRGGBB for each segment, in their order.
     *
     * @param variation which variation of its class's colour a segment has; 0 is the colour itself
     */
    static int[] of(Segmentation result, ToIntFunction<Segment> variation) {
        Map<Integer, Integer> needed = new HashMap<>();
        for (Segment segment : result.segments()) {
            needed.merge(segment.labelId(), variation.applyAsInt(segment) + 1, Math::max);
        }
        Map<Integer, int[]> varied = new HashMap<>();
        needed.forEach((label, count) ->
                varied.put(label, vary(result.labels().get(label).rgb(), count)));
        return result.segments().stream()
                .mapToInt(s -> Objects.requireNonNull(varied.get(s.labelId()))[variation.applyAsInt(s)])
                .toArray();
    }

    /** A class's colour and its variations. */
    static int[] vary(int rgb, int count) {
        int[] colors = new int[count];
        colors[0] = rgb;
        int step = 1;
        for (int i = 1; i < count; i++) {
            do {
                colors[i] = variation(rgb, step++);
            } while (distance(colors[i], rgb) < MIN_DISTANCE);
        }
        return colors;
    }

    private static int variation(int rgb, int step) {
        double[] lab = toLab(rgb);
        double chroma = Math.max(Math.hypot(lab[1], lab[2]), MIN_CHROMA);
        double hue = Math.atan2(lab[2], lab[1]) + HUE_RANGE * (2 * fraction(0.5 + step * STEP_2) - 1);
        double shift = LIGHTNESS_RANGE * (2 * fraction(0.5 + step * STEP_1) - 1);
        // A class that is very dark or very light has room on one side only.
        double center = Math.min(LIGHTEST - LIGHTNESS_RANGE, Math.max(DARKEST + LIGHTNESS_RANGE, lab[0]));
        return LabelColors.oklch(center + shift, chroma, hue);
    }

    /** In OKLab; 0.02 can just be seen side by side. */
    static double distance(int first, int second) {
        double[] a = toLab(first);
        double[] b = toLab(second);
        return Math.hypot(Math.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
    }

    /** Mixes towards white or black: 0 is the colour, 1 is white, -1 is black. */
    static int shade(int rgb, double amount) {
        int target = amount > 0 ? 0xffffff : 0;
        double part = Math.abs(amount);
        return blend(rgb >> 16, target >> 16, part) << 16
                | blend(rgb >> 8, target >> 8, part) << 8
                | blend(rgb, target, part);
    }

    /** Whether black reads better on the colour than white: relative luminance and contrast as WCAG 2 define them. */
    static boolean isLight(int rgb) {
        double luminance = 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8) + 0.0722 * linear(rgb);
        return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05);
    }

    private static int blend(int from, int to, double part) {
        return (int) Math.round((from & 0xff) + ((to & 0xff) - (from & 0xff)) * part);
    }

    private static double fraction(double x) {
        return x - Math.floor(x);
    }

    private static double linear(int channel) {
        double c = (channel & 0xff) / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    /** OKLab (Björn Ottosson, 2020) of an sRGB colour: lightness 0 to 1, and two axes of colour. */
    static double[] toLab(int rgb) {
        double r = linear(rgb >> 16);
        double g = linear(rgb >> 8);
        double b = linear(rgb);
        double l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        double m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        double s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return new double[] {
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
        };
    }
}
