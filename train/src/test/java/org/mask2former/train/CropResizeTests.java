package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Image;
import org.mask2former.image.PillowResize;

class CropResizeTests {
    @Test
    void aWindowIsTheSameAsThatOfTheWholeResizedPicture() {
        for (long seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Image image = noise(random, 1 + random.nextInt(70), 1 + random.nextInt(70));
            int scaledWidth = 1 + random.nextInt(150);
            int scaledHeight = 1 + random.nextInt(150);
            int left = random.nextInt(scaledWidth);
            int top = random.nextInt(scaledHeight);
            int width = 1 + random.nextInt(scaledWidth - left);
            int height = 1 + random.nextInt(scaledHeight - top);
            Placement place = new Placement(
                    image.width(),
                    image.height(),
                    scaledWidth,
                    scaledHeight,
                    left,
                    top,
                    width,
                    height,
                    Symmetry.IDENTITY);
            Image whole = PillowResize.resize(image, scaledWidth, scaledHeight);
            byte[] expected = new byte[3 * width * height];
            for (int y = 0; y < height; y++) {
                System.arraycopy(whole.rgb(), 3 * ((top + y) * scaledWidth + left), expected, 3 * y * width, 3 * width);
            }
            assertThat(CropResize.patch(image, place))
                    .as("seed %d, %s", seed, place)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aPictureInItsOwnSizeStaysAsItIs() {
        Image image = noise(new SplittableRandom(1), 20, 10);
        Placement place = new Placement(20, 10, 20, 10, 5, 2, 3, 4, Symmetry.IDENTITY);
        byte[] patch = CropResize.patch(image, place);
        for (int y = 0; y < 4; y++) {
            int from = 3 * ((y + 2) * 20 + 5);
            assertThat(Arrays.copyOfRange(patch, 9 * y, 9 * y + 9))
                    .isEqualTo(Arrays.copyOfRange(image.rgb(), from, from + 9));
        }
    }

    private static Image noise(SplittableRandom random, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) random.nextInt(256);
        }
        return Image.ofRgb(width, height, rgb);
    }
}
