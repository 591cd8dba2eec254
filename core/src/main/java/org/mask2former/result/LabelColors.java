package org.mask2former.result;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Colours for classes. Those that no table gives are spread in Oklab, a space where distance is what the eye sees: the hue
 * turns by the golden angle from one to the next, and the lightness changes in step, so neighbours differ in both.
 */
final class LabelColors {
    private static final double GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
    /** Five, so that hues a Fibonacci number of turns apart, which come close, mostly differ in lightness. */
    private static final double[] LIGHTNESS = {0.70, 0.52, 0.84, 0.61, 0.43};

    private static final double CHROMA = 0.19;

    private LabelColors() {}

    /** The i-th colour, 0xRRGGBB. */
    static int spread(int i) {
        return oklch(LIGHTNESS[i % LIGHTNESS.length], CHROMA, 0.5 + i * GOLDEN_ANGLE);
    }

    /** The classes, where a colour that an earlier one has is replaced by the nearest free one. */
    static List<Label> separate(List<Label> labels) {
        Set<Integer> all = new HashSet<>();
        for (Label label : labels) all.add(label.rgb());
        Set<Integer> taken = new HashSet<>();
        List<Label> separated = new ArrayList<>();
        for (Label label : labels) {
            int rgb = label.rgb();
            if (!taken.add(rgb)) {
                rgb = nearestFree(rgb, all);
                taken.add(rgb);
                all.add(rgb);
            }
            separated.add(label.withRgb(rgb));
        }
        return separated;
    }

    /** Steps of one channel, small enough to keep the colour's character and large enough to be told apart. */
    private static int nearestFree(int rgb, Set<Integer> taken) {
        for (int step = 24; ; step = step > 2 ? step / 2 : step - 1) {
            if (step == 0) throw new IllegalStateException("more classes than colours");
            for (int ring = 1; ring <= 255 / step; ring++) {
                for (int shift : new int[] {0, 16, 8}) {
                    for (int sign : new int[] {1, -1}) {
                        int channel = (rgb >> shift & 0xff) + sign * ring * step;
                        if (channel < 0 || channel > 255) continue;
                        int candidate = rgb & ~(0xff << shift) | channel << shift;
                        if (!taken.contains(candidate)) return candidate;
                    }
                }
            }
        }
    }

    /** Oklab's polar form to sRGB (Ottosson 2020); what sRGB cannot show loses chroma until it can. */
    static int oklch(double lightness, double chroma, double hue) {
        for (double c = chroma; ; c -= 0.005) {
            double a = Math.max(0, c) * Math.cos(hue);
            double b = Math.max(0, c) * Math.sin(hue);
            double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
            double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
            double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
            double red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
            double green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
            double blue = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
            if (c <= 0 || inGamut(red) && inGamut(green) && inGamut(blue)) {
                return eightBit(red) << 16 | eightBit(green) << 8 | eightBit(blue);
            }
        }
    }

    private static double cube(double x) {
        return x * x * x;
    }

    private static boolean inGamut(double linear) {
        return linear >= 0 && linear <= 1;
    }

    private static int eightBit(double linear) {
        double x = Math.max(0, Math.min(1, linear));
        double encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * Math.pow(x, 1 / 2.4) - 0.055;
        return (int) Math.round(255 * encoded);
    }
}
