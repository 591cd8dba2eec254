package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.train.Pictures.Rectangle;

/** That masks lie on what they mark afterwards is in {@link AlignmentTests}. */
class RotationTests {
    private static final PreprocessorConfig CONFIG = PreprocessorConfig.DEFAULT;
    private static final Normalisation NORMALISATION = new Normalisation(CONFIG);
    private static final Rectangle CAR = new Rectangle(0, 0xff2000, 8, 4, 16, 8);
    private static final Rectangle CORNER = new Rectangle(1, 0x00a0ff, 0, 0, 3, 3);

    private static TrainingSample window(Rectangle... rectangles) {
        return Augmentation.none(64, 64).apply(Pictures.annotated(64, 64, rectangles), CONFIG, new SplittableRandom(1));
    }

    @Test
    void aQuarterIsAQuarterTurnClockwise() {
        TrainingSample upright = window(CAR);
        TrainingSample turned = new Rotation(64, 64, 90).apply(upright, 1, NORMALISATION);

        int[] before = Pictures.colors(upright, CONFIG);
        int[] after = Pictures.colors(turned, CONFIG);
        byte[] mask = Pictures.mask(turned.target(), 0);
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                int to = x * 64 + 63 - y;
                assertThat(after[to]).as("colour of (%d, %d)", x, y).isEqualTo(before[y * 64 + x]);
                assertThat(mask[to])
                        .as("mask of (%d, %d)", x, y)
                        .isEqualTo(Pictures.mask(upright.target(), 0)[y * 64 + x]);
            }
        }
    }

    @Test
    void whatComesFromOutsideIsGreyAndNobodysAndWhatGoesThereIsGone() {
        Rectangle all = new Rectangle(2, 0x20ff20, 0, 0, 64, 64);
        TrainingSample turned = new Rotation(64, 64, 45).apply(window(all, CORNER, CAR), 1, NORMALISATION);

        assertThat(turned.target().classes()).containsExactly(2, 0);
        assertThat(Pictures.colors(turned, CONFIG)[0]).isEqualTo(Augmentation.PADDING * 0x010101);
        assertThat(Pictures.mask(turned.target(), 0)[0]).isZero();
        assertThat(Pictures.mask(turned.target(), 0)[32 * 64 + 32]).isOne();
    }

    @Test
    void anglesAreDrawnEitherWayAndOnlyWhereAskedFor() {
        AnnotatedPicture picture = Pictures.annotated(64, 64, CAR);
        TrainingSample upright = window(CAR);
        int left = 0;
        for (long seed = 0; seed < 40; seed++) {
            Augmentation none = Augmentation.none(64, 64);
            TrainingSample turned = none.withRotate(20).apply(picture, CONFIG, new SplittableRandom(seed));
            // The car is in the upper half, and goes to the right or to the left.
            left += weight(turned) < weight(upright) ? 1 : 0;
            assertThat(turned.pixels()).isNotEqualTo(upright.pixels());
            assertThat(none.apply(picture, CONFIG, new SplittableRandom(seed)).pixels())
                    .isEqualTo(upright.pixels());
        }
        assertThat(left).isBetween(8, 32);
        assertThatThrownBy(() -> Augmentation.none(64, 64).withRotate(60))
                .hasMessage("rotate has to be from 0.0 to 45.0, not 60.0");
    }

    /** Where the car's middle is across. */
    private static double weight(TrainingSample sample) {
        byte[] mask = Pictures.mask(sample.target(), 0);
        double sum = 0;
        double count = 0;
        for (int i = 0; i < mask.length; i++) {
            sum += mask[i] * (i % 64);
            count += mask[i];
        }
        return sum / count;
    }
}
