package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.train.Pictures.Rectangle;

/** Whatever is done to a picture, its masks lie on what they mark. */
class AlignmentTests {
    private static final PreprocessorConfig CONFIG = PreprocessorConfig.DEFAULT;
    /** Each with a class and a colour that no other has. */
    private static final Rectangle[] RECTANGLES = {
        new Rectangle(0, 0xff2000, 10, 10, 40, 30),
        new Rectangle(1, 0x00a0ff, 60, 20, 30, 80),
        new Rectangle(2, 0x20ff20, 20, 70, 30, 40),
        new Rectangle(3, 0xf0f000, 100, 5, 17, 17)
    };

    private static final AnnotatedPicture PICTURE = Pictures.annotated(120, 130, RECTANGLES);
    /** How far from an edge colours may be mixed, in pixels of the result. */
    private static final int EDGE = 2;

    @Test
    void masksHaveTheColourOfWhatTheyMark() {
        Map<String, Augmentation> all = Map.of(
                "large-scale jitter", Augmentation.largeScaleJitter(96, 128),
                "shortest edge", Augmentation.shortestEdge(64, 96).withColor(ColorJitter.NONE),
                "other sides", Augmentation.largeScaleJitter(64, 64).withAspect(2),
                "rotated", Augmentation.largeScaleJitter(96, 128).withRotate(30),
                "no up", Augmentation.largeScaleJitter(96, 64).withTurns(true).withFlip(0.5),
                "several classes", Augmentation.largeScaleJitter(64, 64).withMostOfOneClass(0.5));
        all.forEach((name, augmentation) -> {
            long inside = 0;
            for (long seed = 0; seed < 50; seed++) {
                TrainingSample sample = augmentation.apply(PICTURE, CONFIG, new SplittableRandom(seed));
                inside += check(sample, name + ", seed " + seed);
            }
            assertThat(inside).as("pixels looked at, %s", name).isGreaterThan(10_000);
        });
    }

    private static long check(TrainingSample sample, String name) {
        int[] colors = Pictures.colors(sample, CONFIG);
        byte[][] masks = new byte[RECTANGLES.length][colors.length];
        for (int i = 0; i < sample.target().count(); i++) {
            masks[sample.target().classes()[i]] = Pictures.mask(sample.target(), i);
        }
        long inside = 0;
        for (int y = EDGE; y < sample.height() - EDGE; y++) {
            for (int x = EDGE; x < sample.width() - EDGE; x++) {
                int color = colors[y * sample.width() + x];
                for (Rectangle r : RECTANGLES) {
                    int around = around(masks[r.labelId()], sample.width(), x, y);
                    if (around == (2 * EDGE + 1) * (2 * EDGE + 1)) {
                        assertThat(color)
                                .as("%s: inside at (%d, %d)", name, x, y)
                                .isEqualTo(r.rgb());
                        inside++;
                    } else if (around == 0) {
                        assertThat(color)
                                .as("%s: outside at (%d, %d)", name, x, y)
                                .isNotEqualTo(r.rgb());
                    }
                }
            }
        }
        return inside;
    }

    /** How many pixels of the mask there are about a place. */
    private static int around(byte[] mask, int width, int x, int y) {
        int sum = 0;
        for (int dy = -EDGE; dy <= EDGE; dy++) {
            for (int dx = -EDGE; dx <= EDGE; dx++) {
                sum += mask[(y + dy) * width + x + dx];
            }
        }
        return sum;
    }
}
