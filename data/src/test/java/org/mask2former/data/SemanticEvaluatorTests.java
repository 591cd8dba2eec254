package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

class SemanticEvaluatorTests {
    private static final Labels LABELS = new Labels(List.of(
            new Label(0, "road", false, 0, 0), new Label(1, "car", true, 0, 1), new Label(2, "sky", false, 0, 2)));

    private final SemanticEvaluator evaluator = new SemanticEvaluator(LABELS);

    @Test
    void countsByHandAreMet() {
        // Rows of the confusion matrix: road 2 right, 1 as car; car 1 right, 1 as road. The two void pixels do not
        // count.
        evaluator.add(map(7, "00011__"), map(7, "0010112"));

        SemanticReport report = evaluator.result();
        assertThat(report.classes().get(0).iou()).hasValue(2.0 / 4);
        assertThat(report.classes().get(1).iou()).hasValue(1.0 / 3);
        assertThat(report.classes().get(2).iou()).isEmpty();
        assertThat(report.meanIou()).isCloseTo((0.5 + 1.0 / 3) / 2, within(1e-12));
        assertThat(report.pixelAccuracy()).isEqualTo(3.0 / 5);
        assertThat(report.meanAccuracy()).isCloseTo((2.0 / 3 + 1.0 / 2) / 2, within(1e-12));
        assertThat(report.frequencyWeightedIou()).isCloseTo(0.6 * 0.5 + 0.4 / 3, within(1e-12));
        assertThat(report.confusion().get(0, 1)).isEqualTo(1);
        assertThat(report.confusion().get(1, 0)).isEqualTo(1);
    }

    @Test
    void aClassThatIsPredictedButNeverThereIsLeftOutOfTheMeanAndStillCostsTheOthers() {
        evaluator.add(map(4, "0000"), map(4, "0022"));
        assertThat(evaluator.result().meanIou()).isEqualTo(0.5);
    }

    @Test
    void aPixelWithoutAPredictionIsAMiss() {
        evaluator.add(map(4, "0000"), map(4, "000_"));
        assertThat(evaluator.result().meanIou()).isEqualTo(0.75);
        assertThat(evaluator.result().confusion().get(0, LABELS.size())).isEqualTo(1);
    }

    @Test
    void picturesAddUpAndEachTellsItsOwnMeanIou() {
        assertThat(evaluator.add(map(2, "00"), map(2, "01"))).isEqualTo(0.5);
        assertThat(evaluator.add(map(2, "00"), map(2, "00"))).isEqualTo(1);
        assertThat(evaluator.add(map(2, "__"), map(2, "00"))).isEqualTo(0);
        assertThat(evaluator.result().meanIou()).isEqualTo(0.75);
    }

    @Test
    void aValueOutsideTheTableIsRefused() {
        assertThatThrownBy(() -> evaluator.add(map(2, "07"), map(2, "00")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("pixel (1, 0) is of class 7 and predicted as 0, but the data set has 3 classes");
    }

    @Test
    void boundaryIouComparesContoursOnly() {
        // 100 × 100: the rim is round(0.02 · 141.4) = 3 pixels thick. A square of 40 whose middle is wrong has a
        // perfect contour.
        short[] truth = new short[100 * 100];
        short[] prediction = new short[100 * 100];
        for (int y = 30; y < 70; y++) {
            for (int x = 30; x < 70; x++) {
                truth[y * 100 + x] = 1;
                prediction[y * 100 + x] = 1;
            }
        }
        evaluator.add(new ClassMap(100, 100, truth), new ClassMap(100, 100, prediction));
        assertThat(evaluator.result().meanBoundaryIou()).isEqualTo(1);

        SemanticEvaluator shifted = new SemanticEvaluator(LABELS);
        short[] moved = new short[100 * 100];
        System.arraycopy(prediction, 0, moved, 1, moved.length - 1);
        shifted.add(new ClassMap(100, 100, truth), new ClassMap(100, 100, moved));
        // The rims are 40² − 34² = 444 pixels each; moved by one they share all but 40 + 34 on either side.
        assertThat(shifted.result().classes().get(1).boundaryIou().orElseThrow())
                .isEqualTo((444.0 - 74) / (444 + 74));
    }

    @Test
    void rimsAreWhatErosionLeavesOver() {
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(24);
            int height = 1 + random.nextInt(24);
            int d = 1 + random.nextInt(3);
            short[] labels = new short[width * height];
            int block = 1 + random.nextInt(9);
            for (int i = 0; i < labels.length; i++) {
                labels[i] = (short) ((i % width / block + i / width / block) % 3 - (random.nextInt(60) == 0 ? 1 : 0));
            }
            boolean[] rims = Boundaries.rims(labels, width, height, d);
            for (int i = 0; i < labels.length; i++) {
                assertThat(rims[i])
                        .as("seed %d, %d×%d, pixel %d", seed, width, height, i)
                        .isEqualTo(labels[i] >= 0 && !alone(labels, width, height, i, d));
            }
        }
    }

    @Test
    void theRimOfAMaskIsThatOfItsPixels() {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(120);
            int height = 1 + random.nextInt(120);
            byte[] pixels = new byte[width * height];
            short[] labels = new short[width * height];
            int block = 1 + random.nextInt(40);
            int rows = random.nextBoolean() ? height : 1 + random.nextInt(height);
            for (int i = 0; i < pixels.length; i++) {
                int y = i / width;
                boolean inside = y >= height - rows && (i % width / block + y / block) % 2 == seed % 2;
                pixels[i] = (byte) (inside ? 1 : 0);
                labels[i] = (short) (inside ? 0 : -1);
            }
            boolean[] expected = Boundaries.rims(labels, width, height, Boundaries.thickness(width, height));
            CocoRle rim = Boundaries.rim(CocoRle.encode(height, width, pixels));
            assertThat(rim)
                    .as("seed %d, %d×%d", seed, width, height)
                    .isEqualTo(CocoRle.encode(height, width, expected));
        }
    }

    private static boolean alone(short[] labels, int width, int height, int i, int d) {
        for (int y = i / width - d; y <= i / width + d; y++) {
            for (int x = i % width - d; x <= i % width + d; x++) {
                if (y < 0 || x < 0 || y >= height || x >= width || labels[y * width + x] != labels[i]) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Digits are classes, "_" is none. */
    private static ClassMap map(int width, String pixels) {
        short[] labels = new short[pixels.length()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = pixels.charAt(i) == '_' ? ClassMap.IGNORE : (short) (pixels.charAt(i) - '0');
        }
        return new ClassMap(width, pixels.length() / width, labels);
    }
}
