package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mask2former.train.Pictures.BACKGROUND;
import static org.mask2former.train.Pictures.annotated;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mask2former.Compat;
import org.mask2former.image.Image;
import org.mask2former.image.Preprocessor;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.image.TestSize;
import org.mask2former.result.CocoRle;
import org.mask2former.train.Pictures.Rectangle;

class AugmentationTests {
    private static final PreprocessorConfig CONFIG = PreprocessorConfig.DEFAULT;
    private static final Augmentation NONE = Augmentation.none(64, 64);
    private static final int GREY = Augmentation.PADDING * 0x010101;

    private static final Rectangle CAR = new Rectangle(0, 0xff2000, 8, 4, 16, 8);
    private static final Rectangle PERSON = new Rectangle(1, 0x00a0ff, 24, 12, 6, 18);

    @Test
    void aSmallPictureFillsTheTopLeftCornerAndTheRestIsGrey() {
        // 32 × 16 just fits into 64 × 64 at twice its size.
        AnnotatedPicture picture = annotated(32, 16, new Rectangle(0, 0xff2000, 0, 0, 32, 16));
        TrainingSample sample = apply(NONE, picture, 1);
        int[] colors = Pictures.colors(sample, CONFIG);
        byte[] mask = Pictures.mask(sample.target(), 0);
        for (int i = 0; i < 64 * 64; i++) {
            boolean inside = i / 64 < 32;
            assertThat(colors[i]).as("pixel %d", i).isEqualTo(inside ? 0xff2000 : GREY);
            assertThat(mask[i]).as("pixel %d", i).isEqualTo((byte) (inside ? 1 : 0));
        }
    }

    @Test
    void largeScaleJitterIsRelativeToWhatJustFits() {
        AnnotatedPicture picture = annotated(32, 16, CAR);
        Placement half = place(NONE.withScaling(new Scaling.LargeScaleJitter(0.5, 0.5)), picture, 1);
        assertThat(half).isEqualTo(new Placement(32, 16, 32, 16, 0, 0, 32, 16, Symmetry.IDENTITY));
        double least = 9;
        double most = 0;
        for (long seed = 0; seed < 300; seed++) {
            Placement place = place(Augmentation.largeScaleJitter(64, 64), picture, seed);
            assertThat(place.scaledHeight()).isCloseTo(place.scaledWidth() / 2, within(1));
            assertThat(place.patchWidth()).isEqualTo(Math.min(64, place.scaledWidth()));
            assertThat(place.patchHeight()).isEqualTo(Math.min(64, place.scaledHeight()));
            least = Math.min(least, place.scaledWidth() / 64.0);
            most = Math.max(most, place.scaledWidth() / 64.0);
        }
        assertThat(least).isBetween(0.09, 0.13);
        assertThat(most).isBetween(1.97, 2.01);
    }

    @Test
    void windowsAreCutEverywhere() {
        AnnotatedPicture picture = annotated(64, 64);
        int[] left = new int[65];
        int[] top = new int[65];
        for (long seed = 0; seed < 2000; seed++) {
            Placement place = place(NONE.withScaling(new Scaling.LargeScaleJitter(2, 2)), picture, seed);
            left[place.left()]++;
            top[place.top()]++;
        }
        assertThat(left).doesNotContain(0);
        assertThat(top).doesNotContain(0);
    }

    @Test
    void theShorterSideGetsOneOfTheGivenLengths() {
        Augmentation wide = NONE.withScaling(new Scaling.ShortestEdge(List.of(32, 64), 96));
        Map<String, Integer> sizes = new HashMap<>();
        for (long seed = 0; seed < 200; seed++) {
            Placement place = place(wide, annotated(100, 50), seed);
            sizes.merge(place.scaledWidth() + "×" + place.scaledHeight(), 1, Integer::sum);
        }
        // 64 would make the longer side 128, but 96 is the most.
        assertThat(sizes)
                .containsOnlyKeys("64×32", "96×48")
                .allSatisfy((size, n) -> assertThat(n).as(size).isGreaterThan(60));
        Scaling.ShortestEdge ade =
                (Scaling.ShortestEdge) Augmentation.shortestEdge(512, 512).scaling();
        assertThat(ade.choices()).startsWith(256, 307, 358).endsWith(972, 1024).hasSize(16);
        assertThat(ade.longest()).isEqualTo(2048);
    }

    @Test
    void mirroringTwiceGivesThePictureBack() {
        AnnotatedPicture picture = annotated(32, 32, CAR, PERSON);
        TrainingSample plain = apply(NONE, picture, 1);
        TrainingSample mirrored = apply(NONE.withMirror(1), picture, 1);
        TrainingSample flipped = apply(NONE.withFlip(1), picture, 1);
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                assertThat(mirrored.pixels()[y * 64 + 63 - x]).isEqualTo(plain.pixels()[y * 64 + x]);
                assertThat(flipped.pixels()[(63 - y) * 64 + x]).isEqualTo(plain.pixels()[y * 64 + x]);
            }
        }
        AnnotatedPicture again = new AnnotatedPicture(
                "again",
                BatchSheet.picture(mirrored, new Normalisation(CONFIG)),
                List.of(new AnnotatedPicture.Segment(0, CocoRle.encode(64, 64, Pictures.mask(mirrored.target(), 0)))));
        TrainingSample twice = apply(NONE.withMirror(1), again, 1);
        assertThat(twice.pixels()).isEqualTo(plain.pixels());
        assertThat(Pictures.mask(twice.target(), 0)).isEqualTo(Pictures.mask(plain.target(), 0));
    }

    @Test
    void aMirroredPictureThatDoesNotFillTheInputStaysInItsCorner() {
        // 16 × 32 in 64 × 64 becomes 32 × 64, its left half red.
        AnnotatedPicture picture = annotated(16, 32, new Rectangle(0, 0xff0000, 0, 0, 8, 32));
        byte[] mask = Pictures.mask(apply(NONE.withMirror(1), picture, 1).target(), 0);
        assertThat(mask[0]).isZero();
        assertThat(mask[15]).isZero();
        assertThat(mask[16]).isEqualTo((byte) 1);
        assertThat(mask[31]).isEqualTo((byte) 1);
        assertThat(mask[32]).isZero();
    }

    @Test
    void picturesAreTurnedAllFourWays() {
        int[] count = new int[4];
        for (long seed = 0; seed < 400; seed++) {
            Symmetry symmetry =
                    place(NONE.withTurns(true), annotated(40, 20), seed).symmetry();
            for (int turns = 0; turns < 4; turns++) {
                count[turns] += symmetry.equals(Symmetry.quarterTurns(turns)) ? 1 : 0;
            }
        }
        assertThat(count).satisfies(c -> {
            for (int n : c) {
                assertThat(n).isBetween(70, 130);
            }
        });
    }

    @Test
    void aTurnedPictureFitsIntoTheInputTheOtherWayRound() {
        Augmentation wide = Augmentation.none(32, 64).withTurns(true);
        for (long seed = 0; seed < 20; seed++) {
            Placement place = place(wide, annotated(20, 40), seed);
            // Lying, it fills the input; upright, it is half as large.
            int height = place.symmetry().transpose() ? 64 : 32;
            assertThat(place.scaledHeight()).isEqualTo(height);
            assertThat(place.scaledWidth()).isEqualTo(height / 2);
        }
    }

    @Test
    void theSidesChangeTheirRatioAndKeepTheArea() {
        double least = 9;
        double most = 0;
        for (long seed = 0; seed < 300; seed++) {
            Placement place = place(Augmentation.none(512, 512).withAspect(1.5), annotated(50, 50), seed);
            double ratio = (double) place.scaledWidth() / place.scaledHeight();
            least = Math.min(least, ratio);
            most = Math.max(most, ratio);
            assertThat(place.scaledWidth() * place.scaledHeight()).isCloseTo(512 * 512, within(600));
        }
        assertThat(least).isBetween(1 / 1.51, 1 / 1.45);
        assertThat(most).isBetween(1.45, 1.51);
    }

    @Test
    void windowsOfOneClassAreDrawnAnew() {
        AnnotatedPicture picture = annotated(
                256, 64, new Rectangle(0, 0xff0000, 0, 0, 128, 64), new Rectangle(1, 0x00ff00, 128, 0, 128, 64));
        Augmentation any = NONE.withScaling(new Scaling.ShortestEdge(List.of(64), 256));
        // Of the 193 windows, 31 have no class on three quarters or more: 16 %, and 83 % within ten tries.
        assertThat(varied(any, picture)).isBetween(0.10, 0.23);
        assertThat(varied(any.withMostOfOneClass(0.75), picture)).isBetween(0.77, 0.90);
    }

    private static double varied(Augmentation augmentation, AnnotatedPicture picture) {
        int varied = 0;
        for (long seed = 0; seed < 400; seed++) {
            int left = place(augmentation, picture, seed).left();
            varied += left > 80 && left < 112 ? 1 : 0;
        }
        return varied / 400.0;
    }

    @Test
    void segmentsOutsideAndSmallOnesAreLeftOut() {
        Rectangle dot = new Rectangle(2, 0x00ff00, 1, 1, 2, 2);
        AnnotatedPicture picture = annotated(64, 64, CAR, dot, PERSON);
        assertThat(apply(NONE, picture, 1).target().classes()).containsExactly(0, 2, 1);
        assertThat(apply(NONE.withMinPixels(4), picture, 1).target().classes()).containsExactly(0, 2, 1);
        assertThat(apply(NONE.withMinPixels(5), picture, 1).target().classes()).containsExactly(0, 1);

        Augmentation corner = Augmentation.none(32, 32).withScaling(new Scaling.ShortestEdge(List.of(64), 64));
        boolean outside = false;
        for (long seed = 0; seed < 50; seed++) {
            Target target = apply(corner, picture, seed).target();
            outside |= target.count() < 3;
            for (int i = 0; i < target.count(); i++) {
                assertThat(Pictures.mask(target, i)).contains(1);
            }
        }
        assertThat(outside).isTrue();
    }

    @Test
    void overlappingSegmentsKeepAllTheirPixels() {
        Rectangle below = new Rectangle(0, 0xff0000, 0, 0, 40, 40);
        Rectangle above = new Rectangle(0, 0x00ff00, 20, 20, 40, 40);
        Target target = apply(NONE, annotated(64, 64, below, above), 1).target();
        assertThat(target.count()).isEqualTo(2);
        for (int i = 0; i < 2; i++) {
            int area = 0;
            for (byte b : Pictures.mask(target, i)) {
                area += b;
            }
            assertThat(area).isEqualTo(1600);
        }
    }

    @Test
    void aPictureWithoutSegmentsIsTrainedOnToo() {
        TrainingSample sample = apply(Augmentation.largeScaleJitter(64, 96), annotated(5, 3), 1);
        assertThat(sample.target().count()).isZero();
        assertThat(sample.target().masks().shape()).containsExactly(0, 64, 96);
        assertThat(Pictures.colors(sample, CONFIG)).containsOnly(BACKGROUND);
    }

    @Test
    void aPictureOfOnePixelIsTrainedOnToo() {
        AnnotatedPicture picture = annotated(1, 1, new Rectangle(0, 0xff0000, 0, 0, 1, 1));
        for (long seed = 0; seed < 20; seed++) {
            TrainingSample sample = apply(Augmentation.largeScaleJitter(64, 64).withAspect(4), picture, seed);
            assertThat(sample.target().count()).as("seed %d", seed).isEqualTo(1);
        }
    }

    @Test
    void valuesAreThoseThatTheModelIsGivenLater() {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(3).nextBytes(rgb);
        Image image = Image.ofRgb(64, 64, rgb);
        PreprocessorConfig config = CONFIG.withSize(new TestSize.Exact(64, 64));
        float[] expected = new Preprocessor(config, Compat.PAPER, Optional.empty())
                .prepare(image)
                .values();
        float[] pixels = NONE.apply(new AnnotatedPicture("noise", image, List.of()), config, new SplittableRandom(1))
                .pixels();
        for (int i = 0; i < pixels.length; i++) {
            assertThat(pixels[i]).isCloseTo(expected[i], within(1e-6f));
        }
    }

    @Test
    void theSameNumbersGiveTheSameSample() {
        AnnotatedPicture picture = annotated(50, 40, CAR, PERSON);
        Augmentation augmentation = Augmentation.shortestEdge(64, 64);
        TrainingSample first = apply(augmentation, picture, 5);
        TrainingSample second = apply(augmentation, picture, 5);
        assertThat(second.pixels()).isEqualTo(first.pixels());
        assertThat(second.target().masks().data())
                .isEqualTo(first.target().masks().data());
        assertThat(apply(augmentation, picture, 6).pixels()).isNotEqualTo(first.pixels());
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> Augmentation.none(64, 100))
                .hasMessageContaining("multiples of 32")
                .hasMessageContaining("100×64");
        assertThatThrownBy(() -> NONE.withMirror(1.5))
                .hasMessageContaining("mirror has to be from 0.0 to 1.0, not 1.5");
        assertThatThrownBy(() -> NONE.withAspect(0.5)).hasMessageContaining("aspect");
        assertThatThrownBy(() -> NONE.withMostOfOneClass(Double.NaN)).hasMessageContaining("mostOfOneClass");
        assertThatThrownBy(() -> NONE.withMinPixels(0)).hasMessageContaining("minPixels");
        assertThatThrownBy(() -> new Scaling.LargeScaleJitter(2, 1))
                .hasMessageContaining("the smaller first, not 2.0 to 1.0");
        assertThatThrownBy(() -> new Scaling.ShortestEdge(List.of(), 10)).hasMessageContaining("at least");
        assertThatThrownBy(() -> new Scaling.ShortestEdge(List.of(20), 10)).hasMessageContaining("longest side, 10");
        assertThatThrownBy(() -> new ColorJitter(2, 0, 0, 0, 0)).hasMessageContaining("probability");
    }

    private static TrainingSample apply(Augmentation augmentation, AnnotatedPicture picture, long seed) {
        return augmentation.apply(picture, CONFIG, new SplittableRandom(seed));
    }

    private static Placement place(Augmentation augmentation, AnnotatedPicture picture, long seed) {
        return augmentation.place(picture, new SplittableRandom(seed));
    }
}
