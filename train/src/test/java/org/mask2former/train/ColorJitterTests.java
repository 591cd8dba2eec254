package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ColorJitterTests {
    @Test
    void aTurnOfTheHueIsThatOfJavasColours() {
        for (float degrees : new float[] {-180, -36, 0, 10, 36, 120, 180}) {
            byte[] rgb = noise(5);
            byte[] turned = rgb.clone();
            ColorJitter.turnHue(turned, degrees);
            for (int i = 0; i < rgb.length; i += 3) {
                float[] hsv = Color.RGBtoHSB(rgb[i] & 0xff, rgb[i + 1] & 0xff, rgb[i + 2] & 0xff, null);
                assertNear(turned, i, Color.HSBtoRGB(hsv[0] + degrees / 360, hsv[1], hsv[2]), "turned by " + degrees);
            }
        }
    }

    @Test
    void aChangeOfSaturationIsThatOfJavasColours() {
        for (float factor : new float[] {0, 0.5f, 1, 1.5f, 2}) {
            byte[] rgb = noise(6);
            byte[] changed = rgb.clone();
            ColorJitter.saturate(changed, factor);
            for (int i = 0; i < rgb.length; i += 3) {
                float[] hsv = Color.RGBtoHSB(rgb[i] & 0xff, rgb[i + 1] & 0xff, rgb[i + 2] & 0xff, null);
                int expected = Color.HSBtoRGB(hsv[0], Math.min(1, hsv[1] * factor), hsv[2]);
                assertNear(changed, i, expected, "saturation times " + factor);
            }
        }
    }

    private static void assertNear(byte[] rgb, int i, int expected, String name) {
        for (int c = 0; c < 3; c++) {
            int difference = Math.abs((rgb[i + c] & 0xff) - (expected >> 16 - 8 * c & 0xff));
            assertThat(difference)
                    .as("%s, pixel %d, channel %d", name, i / 3, c)
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void brightnessIsAddedAndClipped() {
        byte[] values = {0, 100, (byte) 250};
        ColorJitter.map(values, v -> v + 20);
        assertThat(values).containsExactly(20, 120, 255);
        ColorJitter.map(values, v -> v - 30.6);
        assertThat(values).containsExactly(0, 89, 224);
    }

    @Test
    void changesStayWithinTheirLimits() {
        int least = 255;
        int most = 0;
        int unchanged = 0;
        for (long seed = 0; seed < 1000; seed++) {
            byte[] grey = {(byte) 128, (byte) 128, (byte) 128};
            new ColorJitter(0.5, 32, 0, 0.5, 36).apply(grey, new SplittableRandom(seed));
            int value = grey[0] & 0xff;
            assertThat(grey).as("seed %d: grey stays grey", seed).containsOnly((byte) value);
            least = Math.min(least, value);
            most = Math.max(most, value);
            unchanged += value == 128 ? 1 : 0;
        }
        assertThat(least).isBetween(96, 98);
        assertThat(most).isBetween(158, 160);
        assertThat(unchanged).isBetween(450, 580);
    }

    @Test
    void noneChangesNothing() {
        byte[] rgb = noise(7);
        byte[] same = rgb.clone();
        ColorJitter.NONE.apply(same, new SplittableRandom(1));
        assertThat(same).isEqualTo(rgb);
    }

    private static byte[] noise(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] rgb = new byte[3 * 2000];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) random.nextInt(256);
        }
        return rgb;
    }
}
