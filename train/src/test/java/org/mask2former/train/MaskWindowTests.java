package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mask2former.result.CocoRle;

class MaskWindowTests {
    @Test
    void aMaskTwiceAsLargeHasEveryPixelFourTimes() {
        byte[] mask = {
            0, 1, 0,
            1, 1, 0
        };
        Placement whole = new Placement(3, 2, 6, 4, 0, 0, 6, 4, Symmetry.IDENTITY);
        assertThat(draw(mask, whole, 6, 4)).containsExactly(new int[] {
            0, 0, 1, 1, 0, 0,
            0, 0, 1, 1, 0, 0,
            1, 1, 1, 1, 0, 0,
            1, 1, 1, 1, 0, 0
        });
        Placement window = new Placement(3, 2, 6, 4, 1, 1, 3, 2, new Symmetry(false, true, false));
        assertThat(draw(mask, window, 4, 3)).containsExactly(new int[] {
            1, 1, 0, 0,
            1, 1, 1, 0,
            0, 0, 0, 0
        });
    }

    @Test
    void halfTheSizeTakesThePixelInWhichTheMiddleLies() {
        byte[] mask = {
            0, 0, 0, 0,
            0, 1, 1, 0,
            0, 1, 0, 0,
            0, 0, 0, 0
        };
        // The middles of the four pixels lie at 1 and 3, where (1, 1), (3, 1), (1, 3) and (3, 3) begin.
        Placement half = new Placement(4, 4, 2, 2, 0, 0, 2, 2, Symmetry.IDENTITY);
        assertThat(draw(mask, half, 2, 2)).containsExactly(new int[] {1, 0, 0, 0});
    }

    @Test
    void anyWindowIsWhatTheNearestPixelsSay() {
        for (long seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int width = 1 + random.nextInt(40);
            int height = 1 + random.nextInt(40);
            byte[] mask = new byte[width * height];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = (byte) (random.nextInt(3) == 0 ? 1 : 0);
            }
            int scaledWidth = 1 + random.nextInt(90);
            int scaledHeight = 1 + random.nextInt(90);
            int left = random.nextInt(scaledWidth);
            int top = random.nextInt(scaledHeight);
            int w = 1 + random.nextInt(scaledWidth - left);
            int h = 1 + random.nextInt(scaledHeight - top);
            Placement place =
                    new Placement(width, height, scaledWidth, scaledHeight, left, top, w, h, Symmetry.quarterTurns(1));
            byte[] expected = new byte[100 * 100];
            int area = 0;
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    int sourceX = (int) Math.floor((x + left + 0.5) * width / scaledWidth);
                    int sourceY = (int) Math.floor((y + top + 0.5) * height / scaledHeight);
                    // Turned clockwise: columns become rows, the lowest row the first column.
                    expected[x * 100 + h - 1 - y] = mask[sourceY * width + sourceX];
                    area += mask[sourceY * width + sourceX];
                }
            }
            CocoRle rle = CocoRle.encode(height, width, mask);
            MaskWindow window = new MaskWindow(place);
            byte[] drawn = new byte[100 * 100];
            window.draw(rle, drawn, 0, 100);
            assertThat(drawn).as("seed %d, %s", seed, place).isEqualTo(expected);
            assertThat(window.area(rle)).as("seed %d, %s", seed, place).isEqualTo(area);
        }
    }

    private static byte[] draw(byte[] mask, Placement place, int stride, int rows) {
        byte[] drawn = new byte[7 + stride * rows];
        CocoRle rle = CocoRle.encode(place.sourceHeight(), place.sourceWidth(), mask);
        new MaskWindow(place).draw(rle, drawn, 7, stride);
        byte[] after = new byte[stride * rows];
        System.arraycopy(drawn, 7, after, 0, after.length);
        return after;
    }
}
