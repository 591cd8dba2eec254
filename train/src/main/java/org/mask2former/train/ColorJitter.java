package org.mask2former.train;

import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Random changes of colour as SSD has them (Liu et al. 2016; Detectron2's {@code ColorAugSSDTransform}): brightness, then
 * contrast, saturation and hue, or saturation, hue and contrast, each with the same probability. Unlike there, hue and
 * saturation are not rounded to 8 bits between.
 *
 * @param probability of each change, from 0 to 1
 * @param brightness how much is added to a value of 0 to 255 at most, or taken from it
 * @param contrast values are multiplied by up to {@code 1 + contrast} and down to {@code 1 - contrast}
 * @param saturation as for contrast, of the saturation in HSV
 * @param hue by how many degrees the hue is turned at most, either way
 */
public record ColorJitter(double probability, double brightness, double contrast, double saturation, double hue) {
    /** Colours stay as they are. */
    public static final ColorJitter NONE = new ColorJitter(0, 0, 0, 0, 0);
    /** What Detectron2 does. */
    public static final ColorJitter SSD = new ColorJitter(0.5, 32, 0.5, 0.5, 36);

    public ColorJitter {
        require("probability", probability, 1);
        require("brightness", brightness, 255);
        require("contrast", contrast, 1);
        require("saturation", saturation, 1);
        require("hue", hue, 180);
    }

    private static void require(String name, double value, double most) {
        if (!(value >= 0 && value <= most)) {
            throw new IllegalArgumentException(
                    "the " + name + " of the colour jitter has to be from 0 to " + most + ", not " + value);
        }
    }

    /** Changes pixels, {@code [n, 3]} red, green, blue, in place. */
    void apply(byte[] rgb, RandomGenerator random) {
        if (random.nextDouble() < probability) {
            double added = between(-brightness, brightness, random);
            map(rgb, v -> v + added);
        }
        boolean contrastFirst = random.nextBoolean();
        if (contrastFirst) {
            contrast(rgb, random);
        }
        if (random.nextDouble() < probability) {
            saturate(rgb, (float) between(1 - saturation, 1 + saturation, random));
        }
        if (random.nextDouble() < probability) {
            turnHue(rgb, (float) between(-hue, hue, random));
        }
        if (!contrastFirst) {
            contrast(rgb, random);
        }
    }

    private void contrast(byte[] rgb, RandomGenerator random) {
        if (random.nextDouble() < probability) {
            double factor = between(1 - contrast, 1 + contrast, random);
            map(rgb, v -> v * factor);
        }
    }

    private static double between(double least, double most, RandomGenerator random) {
        return least + random.nextDouble() * (most - least);
    }

    /** The same change for every value. */
    static void map(byte[] rgb, DoubleUnaryOperator change) {
        byte[] table = new byte[256];
        for (int v = 0; v < 256; v++) {
            table[v] = clip((float) change.applyAsDouble(v));
        }
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = table[rgb[i] & 0xff];
        }
    }

    /** Multiplies the saturation in HSV, where the largest of the three values stays and the others keep their order. */
    static void saturate(byte[] rgb, float factor) {
        for (int i = 0; i < rgb.length; i += 3) {
            int red = rgb[i] & 0xff;
            int green = rgb[i + 1] & 0xff;
            int blue = rgb[i + 2] & 0xff;
            int most = Math.max(red, Math.max(green, blue));
            int range = most - Math.min(red, Math.min(green, blue));
            if (range > 0) {
                float times = Math.min(factor, (float) most / range); // a saturation of 1 is the most
                rgb[i] = clip(most - (most - red) * times);
                rgb[i + 1] = clip(most - (most - green) * times);
                rgb[i + 2] = clip(most - (most - blue) * times);
            }
        }
    }

    /** Turns the hue in HSV. */
    static void turnHue(byte[] rgb, float degrees) {
        float sextants = degrees / 60;
        for (int i = 0; i < rgb.length; i += 3) {
            int red = rgb[i] & 0xff;
            int green = rgb[i + 1] & 0xff;
            int blue = rgb[i + 2] & 0xff;
            int most = Math.max(red, Math.max(green, blue));
            int least = Math.min(red, Math.min(green, blue));
            if (most > least) {
                float range = most - least;
                float hue = most == red
                        ? (green - blue) / range
                        : most == green ? 2 + (blue - red) / range : 4 + (red - green) / range;
                setHue(rgb, i, hue + sextants, most, least);
            }
        }
    }

    /** Three values with a given hue, in sextants of the circle from red, and a given largest and smallest. */
    private static void setHue(byte[] rgb, int i, float hue, int most, int least) {
        float positive = hue < 0 ? hue + 6 : hue >= 6 ? hue - 6 : hue;
        int sextant = Math.min(5, (int) positive);
        float part = positive - sextant;
        float middle = (sextant & 1) == 0 ? least + (most - least) * part : most - (most - least) * part;
        byte high = (byte) most;
        byte low = (byte) least;
        byte mid = clip(middle);
        switch (sextant) {
            case 0 -> set(rgb, i, high, mid, low);
            case 1 -> set(rgb, i, mid, high, low);
            case 2 -> set(rgb, i, low, high, mid);
            case 3 -> set(rgb, i, low, mid, high);
            case 4 -> set(rgb, i, mid, low, high);
            default -> set(rgb, i, high, low, mid);
        }
    }

    private static void set(byte[] rgb, int i, byte red, byte green, byte blue) {
        rgb[i] = red;
        rgb[i + 1] = green;
        rgb[i + 2] = blue;
    }

    private static byte clip(float value) {
        return (byte) (int) Math.max(0, Math.min(255, value + 0.5f));
    }
}
