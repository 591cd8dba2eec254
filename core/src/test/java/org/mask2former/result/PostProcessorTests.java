package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;

class PostProcessorTests {
    private static final int SEEDS = 150;

    /** Pixels that may differ over all seeds: single and double precision disagree where two values are equal. */
    private static final double TIES = 1e-5;

    @Test
    void semanticAgreesWithThePlainSumsOnAnyInput() {
        long pixels = 0;
        long different = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Prediction p = RandomPrediction.of(seed);
            PlainInference plain = new PlainInference(p);
            for (boolean resizeScores : new boolean[] {false, true}) {
                int[] expected = plain.semantic(resizeScores);
                SemanticSegmentation result = PostProcessor.of(Compat.PAPER)
                        .semantic(
                                p,
                                picture(p),
                                Golden.labels(p.classes()),
                                defaults(Compat.PAPER, Task.SEMANTIC).withResizeScores(resizeScores));
                int[] actual = Golden.ints(result.classMap());
                long here = Math.round(Golden.difference(expected, actual) * actual.length);
                assertThat(here)
                        .as("seed " + seed + ", resizeScores " + resizeScores)
                        .isLessThanOrEqualTo(2);
                different += here;
                pixels += actual.length;
            }
        }
        assertThat((double) different / pixels).isLessThanOrEqualTo(TIES);
    }

    @Test
    void panopticAgreesWithThePlainRulesOnAnyInput() {
        long pixels = 0;
        long different = 0;
        int segments = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Prediction p = RandomPrediction.of(seed);
            Labels labels = labels(p.classes());
            PostProcessOptions options = defaults(Compat.PAPER, Task.PANOPTIC)
                    .withScoreThreshold(seed % 2 * 0.4)
                    .withOverlapThreshold(0.3 + seed % 3 * 0.2)
                    .withMaskThreshold(seed % 5 == 0 ? 0.35 : 0.5);
            int[] expected = new PlainInference(p).panoptic(labels, options);
            PanopticSegmentation result = PostProcessor.of(Compat.PAPER).panoptic(p, picture(p), labels, options);
            long here = Math.round(Golden.difference(expected, result.idMap()) * expected.length);
            assertThat(here).as("seed " + seed).isLessThanOrEqualTo(2);
            different += here;
            pixels += expected.length;
            segments += result.segments().size();
        }
        assertThat((double) different / pixels).isLessThanOrEqualTo(TIES);
        assertThat(segments).as("segments, so that something was compared").isGreaterThan(SEEDS);
    }

    @Test
    void instancesAgreeWithThePlainRulesOnAnyInput() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Prediction p = RandomPrediction.of(seed);
            double threshold = seed % 5 == 0 ? 0.35 : 0.5;
            PostProcessOptions options = defaults(Compat.PAPER, Task.INSTANCE)
                    .withScoreThreshold(0)
                    .withTopK(1000)
                    .withMaskThreshold(threshold);
            List<Segment> result = PostProcessor.of(Compat.PAPER)
                    .instances(p, picture(p), Golden.labels(p.classes()), options)
                    .segments();
            PlainInference plain = new PlainInference(p);
            ClassScores scores = ClassScores.of(p);
            List<Double> expected = new ArrayList<>();
            for (int q = 0; q < p.queries(); q++) {
                double mean = plain.meanProbability(q, threshold);
                if (mean == 0) continue;
                byte[] mask = plain.mask(q, threshold);
                assertThat(result)
                        .as("seed " + seed + ", query " + q)
                        .anyMatch(s -> Golden.difference(
                                                Golden.ints(mask),
                                                Golden.ints(s.mask().decode()))
                                        * mask.length
                                <= 1);
                for (int c = 0; c < p.classes(); c++) expected.add(scores.get(q, c) * mean);
            }
            expected.sort((a, b) -> Double.compare(b, a));
            assertThat(result).as("seed " + seed).hasSize(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                assertThat(result.get(i).score()).as("seed " + seed).isCloseTo(expected.get(i), within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Compat.class)
    void everyResultIsConsistent(Compat compat) {
        for (int seed = 1000; seed < 1000 + SEEDS; seed++) {
            Prediction p = RandomPrediction.of(seed);
            Labels labels = labels(p.classes());
            String as = compat + ", seed " + seed;
            for (Task task : Task.values()) {
                Segmentation result = PostProcessor.of(compat)
                        .segment(
                                task,
                                p,
                                picture(p),
                                labels,
                                defaults(compat, task).withScoreThreshold(0.2));
                assertThat(result.segments()).extracting(Segment::id).as(as).doesNotHaveDuplicates();
                for (Segment s : result.segments()) {
                    CocoRle decoded = CocoRle.encode(
                            s.mask().height(), s.mask().width(), s.mask().decode());
                    assertThat(s.mask()).as(as).isEqualTo(decoded);
                    assertThat(s.area()).as(as).isEqualTo(decoded.area()).isPositive();
                    assertThat(s.box()).as(as).isEqualTo(decoded.box());
                    assertThat(s.score()).as(as).isBetween(0.0, 1.0);
                    assertThat(s.thing())
                            .as(as)
                            .isEqualTo(labels.get(s.labelId()).thing());
                    assertThat(s.label())
                            .as(as)
                            .isEqualTo(labels.get(s.labelId()).name());
                }
                List<Double> rank = result.segments().stream()
                        .map(s -> task == Task.SEMANTIC ? (double) s.area() : s.score())
                        .toList();
                assertThat(rank).as(as).isSortedAccordingTo((a, b) -> Double.compare(b, a));
                if (result instanceof PanopticSegmentation panoptic) covers(panoptic, as);
                if (result instanceof SemanticSegmentation semantic) covers(semantic, as);
            }
        }
    }

    private static void covers(PanopticSegmentation result, String as) {
        int[] map = new int[result.idMap().length];
        for (Segment s : result.segments()) {
            byte[] mask = s.mask().decode();
            for (int i = 0; i < mask.length; i++) {
                if (mask[i] == 0) continue;
                assertThat(map[i]).as(as + ": the masks do not overlap").isZero();
                map[i] = s.id();
            }
        }
        assertThat(result.idMap()).as(as).isEqualTo(map);
    }

    private static void covers(SemanticSegmentation result, String as) {
        long area = result.segments().stream().mapToLong(Segment::area).sum();
        assertThat(area).as(as).isEqualTo(result.classMap().length);
    }

    @ParameterizedTest
    @EnumSource(Compat.class)
    void theNumberOfThreadsChangesNothing(Compat compat) {
        Prediction p = RandomPrediction.of(3, 20, 9, new Geometry(500, 700, 200, 280, 224, 288));
        for (Task task : Task.values()) {
            Segmentation one = PostProcessor.of(compat, 1).segment(task, p, picture(p), labels(9));
            Segmentation many = PostProcessor.of(compat, 4).segment(task, p, picture(p), labels(9));
            assertThat(many.segments()).isEqualTo(one.segments());
            if (one instanceof PanopticSegmentation a && many instanceof PanopticSegmentation b) {
                assertThat(b.idMap()).isEqualTo(a.idMap());
            }
            if (one instanceof SemanticSegmentation a && many instanceof SemanticSegmentation b) {
                assertThat(b.classMap()).isEqualTo(a.classMap());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Compat.class)
    void nothingFoundIsNoError(Compat compat) {
        Prediction p = uniform(3, 2, 0, -9, new Geometry(7, 9, 32, 41, 64, 64));
        PanopticSegmentation panoptic = PostProcessor.of(compat).panoptic(p, picture(p), labels(2));
        assertThat(panoptic.segments()).isEmpty();
        assertThat(panoptic.idMap()).containsOnly(PanopticSegmentation.VOID).hasSize(63);
        assertThat(PostProcessor.of(compat)
                        .instances(
                                p,
                                picture(p),
                                labels(2),
                                defaults(compat, Task.INSTANCE).withScoreThreshold(0))
                        .segments())
                .isEmpty();
        assertThat(PostProcessor.of(compat).semantic(p, picture(p), labels(2)).segments())
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Compat.class)
    void oneQueryMayFillThePictureOrOnePixel(Compat compat) {
        for (int size : new int[] {1, 33}) {
            Prediction full = uniform(1, 1, 9, 9, new Geometry(size, size, 32, 32, 32, 32));
            for (Task task : Task.values()) {
                List<Segment> segments = PostProcessor.of(compat)
                        .segment(task, full, picture(full), Golden.labels(1))
                        .segments();
                assertThat(segments).hasSize(1);
                assertThat(segments.get(0).box()).isEqualTo(new Box(0, 0, size, size));
                assertThat(segments.get(0).area()).isEqualTo((long) size * size);
            }
        }
    }

    @Test
    void aMaskMayBeOnePixel() {
        Prediction dot = uniform(1, 1, 9, -9, new Geometry(8, 8, 32, 32, 32, 32));
        dot.maskLogits()[2 * 8 + 5] = 8; // one of 8 × 8, and the picture has as many pixels
        for (Task task : List.of(Task.INSTANCE, Task.PANOPTIC)) {
            List<Segment> segments = PostProcessor.of(Compat.PAPER)
                    .segment(
                            task,
                            dot,
                            picture(dot),
                            Golden.labels(1),
                            defaults(Compat.PAPER, task).withScoreThreshold(0.5).withMaskThreshold(0.55))
                    .segments();
            assertThat(segments).hasSize(1);
            assertThat(segments.get(0).box()).isEqualTo(new Box(5, 2, 1, 1));
            assertThat(segments.get(0).area()).isEqualTo(1);
        }
    }

    @Test
    void paddingIsNoPartOfThePicture() {
        // The mask is inside only where the padding is: right of the picture, which is the left half of the input.
        Prediction p = uniform(1, 1, 9, -9, new Geometry(64, 64, 64, 64, 64, 128));
        for (int y = 0; y < 16; y++) for (int x = 18; x < 32; x++) p.maskLogits()[y * 32 + x] = 9;
        for (Compat compat : Compat.values()) {
            assertThat(PostProcessor.of(compat)
                            .instances(p, picture(p), Golden.labels(1))
                            .segments())
                    .as(compat.toString())
                    .isEmpty();
        }
    }

    @Test
    void thresholdsOfSingleClassesWin() {
        Prediction p = uniform(2, 2, 0, 9, new Geometry(16, 16, 32, 32, 32, 32));
        // Query 0 is class 0, query 1 is class 1, each at about 0.7.
        p.classLogits()[0] = 1.55f;
        p.classLogits()[3 + 1] = 1.55f;
        PostProcessOptions options =
                defaults(Compat.PAPER, Task.INSTANCE).withScoreThreshold(0.5).withClassThresholds(Map.of(0, 0.8));
        assertThat(PostProcessor.of(Compat.PAPER)
                        .instances(p, picture(p), Golden.labels(2), options)
                        .segments())
                .extracting(Segment::labelId)
                .containsExactly(1);
        assertThat(PostProcessor.of(Compat.PAPER)
                        .panoptic(p, picture(p), Golden.labels(2), options.withClassThresholds(Map.of(0, 0.6, 1, 0.9)))
                        .segments())
                .extracting(Segment::labelId)
                .containsExactly(0);
    }

    @Test
    void topKLimitsTheInstances() {
        Prediction p = RandomPrediction.of(1, 10, 5, new Geometry(40, 40, 64, 64, 64, 64));
        for (int k : new int[] {1, 7}) {
            assertThat(PostProcessor.of(Compat.PAPER)
                            .instances(
                                    p,
                                    picture(p),
                                    Golden.labels(5),
                                    defaults(Compat.PAPER, Task.INSTANCE)
                                            .withScoreThreshold(0)
                                            .withTopK(k))
                            .segments())
                    .hasSizeLessThanOrEqualTo(k)
                    .isNotEmpty();
        }
    }

    @Test
    void stuffBecomesOneSegmentAndThingsStayApart() {
        Prediction p = uniform(2, 1, 9, -9, new Geometry(32, 64, 32, 64, 32, 64));
        for (int y = 0; y < 8; y++) {
            for (int x = 0; x < 4; x++) p.maskLogits()[y * 16 + x] = 9;
            for (int x = 10; x < 16; x++) p.maskLogits()[(8 + y) * 16 + x] = 9;
        }
        PostProcessor processor = PostProcessor.of(Compat.PAPER);
        assertThat(processor.panoptic(p, picture(p), Golden.labels(1)).segments())
                .hasSize(2);
        PanopticSegmentation stuff = processor.panoptic(p, picture(p), Golden.labels(1, 0));
        assertThat(stuff.segments()).hasSize(1);
        assertThat(stuff.segments().get(0).box().width()).isEqualTo(64);
        PostProcessOptions options = defaults(Compat.PAPER, Task.PANOPTIC);
        assertThat(processor
                        .panoptic(p, picture(p), Golden.labels(1, 0), options.withFuseStuff(false))
                        .segments())
                .hasSize(2);
        assertThat(processor
                        .panoptic(p, picture(p), Golden.labels(1), options.withFusedLabels(Set.of(0)))
                        .segments())
                .hasSize(1);
    }

    @Test
    void aSegmentThatOthersCoverIsDropped() {
        Prediction p = uniform(2, 2, 0, -9, new Geometry(32, 64, 32, 64, 32, 64));
        p.classLogits()[0] = 9; // query 0: class 0, surer
        p.classLogits()[3 + 1] = 5;
        for (int y = 0; y < 8; y++) {
            for (int x = 0; x < 12; x++) p.maskLogits()[y * 16 + x] = 9;
            for (int x = 4; x < 16; x++) p.maskLogits()[(8 + y) * 16 + x] = 9; // a third of it is its own
        }
        PostProcessor processor = PostProcessor.of(Compat.PAPER);
        PostProcessOptions options = defaults(Compat.PAPER, Task.PANOPTIC);
        assertThat(processor.panoptic(p, picture(p), Golden.labels(2), options).segments())
                .extracting(Segment::labelId)
                .containsExactly(0);
        assertThat(processor
                        .panoptic(p, picture(p), Golden.labels(2), options.withOverlapThreshold(0.2))
                        .segments())
                .extracting(Segment::labelId)
                .containsExactly(0, 1);
    }

    @Test
    void logitsThatAreNoNumbersGiveOneClearError() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (boolean mask : new boolean[] {true, false}) {
                Prediction p = RandomPrediction.of(1, 5, 3, new Geometry(40, 40, 64, 64, 64, 64));
                if (mask) p.maskLogits()[3 * 256 + 17] = bad;
                else p.classLogits()[3 * 4 + 2] = bad;
                for (Task task : Task.values()) {
                    assertThatThrownBy(
                                    () -> PostProcessor.of(Compat.PAPER).segment(task, p, picture(p), Golden.labels(3)))
                            .isInstanceOf(Mask2FormerException.class)
                            .hasMessageContaining((mask ? "mask" : "class") + " logit of " + bad + " (query 3)")
                            .hasMessageNotContaining("\n");
                }
            }
        }
    }

    @Test
    void whatDoesNotBelongTogetherGivesOneClearError() {
        Prediction p = RandomPrediction.of(1, 5, 3, new Geometry(40, 50, 64, 64, 64, 64));
        PostProcessor processor = PostProcessor.of(Compat.PAPER);
        assertThatThrownBy(() -> processor.semantic(p, Golden.blank(50, 40), Golden.labels(3)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("50×40")
                .hasMessageContaining("40×50");
        assertThatThrownBy(() -> processor.panoptic(p, picture(p), Golden.labels(4)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("3 classes")
                .hasMessageContaining("4 labels");
        assertThatThrownBy(() -> PostProcessor.of(Compat.PAPER, 0)).hasMessageContaining("not 0");
    }

    @Test
    void impossibleOptionsGiveOneClearError() {
        PostProcessOptions options = defaults(Compat.PAPER, Task.PANOPTIC);
        assertThatThrownBy(() -> options.withScoreThreshold(1.5)).hasMessageContaining("from 0 to 1, but is 1.5");
        assertThatThrownBy(() -> options.withScoreThreshold(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> options.withClassThresholds(Map.of(7, -0.1))).hasMessageContaining("class 7");
        assertThatThrownBy(() -> options.withMaskThreshold(0)).hasMessageContaining("mask threshold");
        assertThatThrownBy(() -> options.withOverlapThreshold(-1)).hasMessageContaining("overlap threshold");
        assertThatThrownBy(() -> options.withTopK(-1)).hasMessageContaining("top-k");
    }

    @Test
    void theDefaultsAreTheRuleBooks() {
        Labels coco = Labels.table("coco_panoptic_133");
        Labels mapillary = Labels.table("mapillary_vistas_65");
        assertThat(PostProcessOptions.defaults(Compat.PAPER, Task.PANOPTIC, coco)
                        .scoreThreshold())
                .isEqualTo(0.8);
        assertThat(PostProcessOptions.defaults(Compat.PAPER, Task.PANOPTIC, mapillary)
                        .scoreThreshold())
                .isZero();
        assertThat(PostProcessOptions.defaults(Compat.HF, Task.PANOPTIC, mapillary)
                        .scoreThreshold())
                .isEqualTo(0.5);
        assertThat(PostProcessOptions.defaults(Compat.PAPER, Task.INSTANCE, coco)
                        .topK())
                .isEqualTo(100);
    }

    @Test
    void twoResizingsInARowAreOne() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int inputs = 1 + random.nextInt(40);
            int middle = 1 + random.nextInt(120);
            int valid = 1 + random.nextInt(middle);
            int outputs = 1 + random.nextInt(200);
            Resampling first = Resampling.bilinear(inputs, middle);
            Resampling second = Resampling.bilinear(valid, outputs);
            float[] in = new float[inputs];
            for (int i = 0; i < inputs; i++) in[i] = random.nextFloat();
            float[] between = new float[middle];
            first.apply(in, 0, 0, middle, between, 0);
            float[] expected = new float[outputs];
            second.apply(between, 0, 0, outputs, expected, 0);
            float[] actual = new float[outputs];
            first.then(second).apply(in, 0, 0, outputs, actual, 0);
            assertThat(actual).as("seed " + seed).containsExactly(expected, within(1e-6f));
        }
    }

    @Test
    void theFastLogisticFunctionIsThatOfMath() {
        for (float largest : new float[] {0.5f, 3, 16, 80}) {
            float[] x = new float[20001];
            float[] fast = new float[x.length];
            for (int i = 0; i < x.length; i++) fast[i] = x[i] = largest * (i - 10000) / 10000;
            Sigmoid.apply(fast, fast.length, largest);
            double worst = IntStream.range(0, x.length)
                    .mapToDouble(i -> Math.abs(fast[i] * (1 + Math.exp(-x[i])) - 1))
                    .max()
                    .orElseThrow();
            assertThat(worst).as("up to " + largest).isLessThan(3e-7 * Math.max(1, largest) + 1e-7);
        }
        float[] extremes = {-1000, 1000, 0, -1e38f, 1e38f};
        Sigmoid.apply(extremes, 5, 1e38f);
        assertThat(extremes).containsExactly(new float[] {0, 1, 0.5f, 0, 1}, within(1e-30f));
    }

    private static PostProcessOptions defaults(Compat compat, Task task) {
        return PostProcessOptions.defaults(compat, task, Golden.labels(1));
    }

    private static Image picture(Prediction p) {
        return Golden.blank(p.geometry().imageHeight(), p.geometry().imageWidth());
    }

    /** Every other class is stuff. */
    private static Labels labels(int n) {
        return Golden.labels(
                n, IntStream.range(0, n).filter(i -> i % 2 == 1).boxed().toArray(Integer[]::new));
    }

    /** All masks the same everywhere, all queries of class 0 with the given logit. */
    private static Prediction uniform(int queries, int classes, float classLogit, float maskLogit, Geometry g) {
        float[] classLogits = new float[queries * (classes + 1)];
        for (int q = 0; q < queries; q++) classLogits[q * (classes + 1)] = classLogit;
        float[] maskLogits = new float[queries * (g.inputHeight() / 4) * (g.inputWidth() / 4)];
        Arrays.fill(maskLogits, maskLogit);
        return new Prediction(queries, classes, classLogits, g.inputHeight() / 4, g.inputWidth() / 4, maskLogits, g);
    }
}
