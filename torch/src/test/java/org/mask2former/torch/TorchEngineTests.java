package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;
import org.mask2former.model.Effort;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineOptions;
import org.mask2former.result.Prediction;

class TorchEngineTests {
    private static Engine open(int threads) {
        try (ModelFiles files = ModelFiles.open(Fixtures.path("tiny-swin"))) {
            return new TorchEngineProvider()
                    .open(files.config(), files.weights(), EngineOptions.DEFAULT.withThreads(threads));
        }
    }

    private static PixelValues noise(long seed, int batch, int height, int width) {
        Random random = new Random(seed);
        float[] values = new float[batch * 3 * height * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Geometry geometry = new Geometry(height, width, height, width, height, width);
        return new PixelValues(values, height, width, Collections.nCopies(batch, geometry));
    }

    @Test
    void aThousandPredictionsFromFourThreadsAreEqualAndLeaveNothingBehind() throws Exception {
        PixelValues picture = noise(1, 1, 64, 96);
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try (Engine engine = open(2)) {
            Prediction expected = engine.predict(picture).get(0);
            run(callers, engine, picture, expected, 100);
            long pointers = Pointer.totalCount();
            long memory = residentBytes();
            run(callers, engine, picture, expected, 1000);
            assertThat(Pointer.totalCount()).as("native objects").isLessThanOrEqualTo(pointers);
            assertThat(residentBytes() - memory)
                    .as("growth of resident memory, in bytes")
                    .isLessThan(48L << 20);
        } finally {
            callers.shutdown();
        }
    }

    private static void run(ExecutorService callers, Engine engine, PixelValues picture, Prediction expected, int times)
            throws Exception {
        List<Future<Prediction>> results = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            results.add(callers.submit(() -> engine.predict(picture).get(0)));
            if (results.size() == 50) {
                for (Future<Prediction> result : results) {
                    assertThat(result.get().maskLogits()).isEqualTo(expected.maskLogits());
                    assertThat(result.get().classLogits()).isEqualTo(expected.classLogits());
                }
                results.clear();
            }
        }
    }

    /** Resident memory of the process (the heap is resident from the start, see pom.xml); 0 where the system does not tell, so that only the count of objects is checked. */
    private static long residentBytes() throws IOException {
        Path statm = Path.of("/proc/self/statm");
        return Files.exists(statm) ? Long.parseLong(Files.readString(statm).split(" ")[1]) * 4096 : 0;
    }

    @Test
    void aBatchGivesWhatItsPicturesGiveAlone() {
        PixelValues batch = noise(2, 3, 75, 109);
        int each = batch.values().length / 3;
        try (Engine engine = open(2)) {
            List<Prediction> together = engine.predict(batch);
            for (int b = 0; b < 3; b++) {
                float[] values = java.util.Arrays.copyOfRange(batch.values(), b * each, (b + 1) * each);
                Prediction alone = engine.predict(new PixelValues(
                                values, 75, 109, batch.geometries().subList(b, b + 1)))
                        .get(0);
                assertClose(together.get(b).maskLogits(), alone.maskLogits(), 1e-3);
                assertClose(together.get(b).classLogits(), alone.classLogits(), 1e-3);
            }
        }
    }

    @Test
    void theLastLayerIsThePrediction() {
        PixelValues picture = noise(3, 2, 32, 64);
        try (Engine engine = open(1)) {
            List<List<Prediction>> layers = engine.predictAllLayers(picture);
            assertThat(layers).hasSize(5).allSatisfy(l -> assertThat(l).hasSize(2));
            assertThat(layers.get(4).get(1).maskLogits())
                    .isEqualTo(engine.predict(picture).get(1).maskLogits());
        }
    }

    /** tiny-swin has 4 layers and 20 queries. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void aPassMayEndAfterAnyLayer(int layers) {
        PixelValues pictures = noise(6, 2, 64, 96);
        try (Engine engine = open(1)) {
            List<Prediction> expected = engine.predictAllLayers(pictures).get(layers);
            List<Prediction> actual = engine.predict(pictures, new Effort(layers, 0));
            assertEqual(actual, expected);
        }
    }

    @Test
    void fullEffortIsThePublishedModel() {
        PixelValues pictures = noise(7, 2, 64, 96);
        try (Engine engine = open(1)) {
            List<Prediction> expected = engine.predict(pictures);
            assertEqual(engine.predict(pictures, Effort.FULL), expected);
            assertEqual(engine.predict(pictures, new Effort(4, 20)), expected);
        }
    }

    /** What ends with the choice has the predictions of the chosen queries; what goes on knows the chosen alone. */
    @Test
    void theQueriesMostLikelyAnObjectAreKeptInTheirOrder() {
        PixelValues pictures = noise(8, 2, 64, 96);
        try (Engine engine = open(1)) {
            List<Prediction> all = engine.predictAllLayers(pictures).get(3);
            List<Prediction> chosen = engine.predict(pictures, new Effort(3, 5));
            for (int b = 0; b < 2; b++) {
                int[] best = mostLikely(all.get(b), 5);
                assertThat(chosen.get(b).queries()).isEqualTo(5);
                assertThat(chosen.get(b).classLogits())
                        .hasSize(5 * (chosen.get(b).classes() + 1));
                for (int q = 0; q < 5; q++) {
                    assertClose(
                            row(chosen.get(b).maskLogits(), q, 5),
                            row(all.get(b).maskLogits(), best[q], 20),
                            1e-4);
                }
            }
            Prediction last = engine.predict(pictures, new Effort(0, 5)).get(0);
            assertThat(last.queries()).isEqualTo(5);
            assertThat(last.maskLogits()).isNotEqualTo(chosen.get(0).maskLogits());
        }
    }

    private static int[] mostLikely(Prediction prediction, int count) {
        int classes = prediction.classes();
        double[] likely = new double[prediction.queries()];
        for (int q = 0; q < likely.length; q++) {
            float[] logits = row(prediction.classLogits(), q, likely.length);
            double sum = 0;
            double best = 0;
            for (int c = 0; c <= classes; c++) {
                sum += Math.exp(logits[c]);
                best = c < classes ? Math.max(best, Math.exp(logits[c])) : best;
            }
            likely[q] = best / sum;
        }
        return IntStream.range(0, likely.length)
                .boxed()
                .sorted(Comparator.comparingDouble(q -> -likely[q]))
                .limit(count)
                .sorted()
                .mapToInt(q -> q)
                .toArray();
    }

    private static float[] row(float[] values, int index, int rows) {
        int width = values.length / rows;
        return java.util.Arrays.copyOfRange(values, index * width, (index + 1) * width);
    }

    private static void assertEqual(List<Prediction> actual, List<Prediction> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int b = 0; b < actual.size(); b++) {
            assertThat(actual.get(b).maskLogits()).isEqualTo(expected.get(b).maskLogits());
            assertThat(actual.get(b).classLogits()).isEqualTo(expected.get(b).classLogits());
        }
    }

    @Test
    void theEffortOfTheOptionsHoldsUnlessACallSaysOtherwise() {
        PixelValues picture = noise(9, 1, 64, 64);
        try (ModelFiles files = ModelFiles.open(Fixtures.path("tiny-swin"));
                Engine engine = new TorchEngineProvider()
                        .open(files.config(), files.weights(), EngineOptions.DEFAULT.withEffort(new Effort(2, 7)))) {
            assertThat(engine.predict(picture).get(0).queries()).isEqualTo(7);
            assertThat(engine.predict(picture, Effort.FULL).get(0).queries()).isEqualTo(20);
            assertThat(engine.description()).contains("2 of 4 decoder layers").contains("7 of 20 queries");
        }
    }

    @Test
    void moreLayersOrQueriesThanThereAreAreRefused() {
        try (Engine engine = open(1)) {
            PixelValues picture = noise(10, 1, 32, 32);
            assertThatThrownBy(() -> engine.predict(picture, new Effort(5, 0)))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("4 layers")
                    .hasMessageContaining("5");
            assertThatThrownBy(() -> engine.predict(picture, new Effort(0, 21)))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("20 queries")
                    .hasMessageContaining("21");
        }
    }

    @Test
    void inputSizesMayChangeFromOnePassToTheNext() {
        try (Engine engine = open(2)) {
            Prediction first = engine.predict(noise(4, 1, 64, 64)).get(0);
            for (int side = 1; side < 140; side += 23) {
                Prediction odd = engine.predict(noise(side, 1, side, 2 * side)).get(0);
                assertThat(odd.maskHeight()).isEqualTo((side + 3) / 4);
                assertThat(odd.maskWidth()).isEqualTo((2 * side + 3) / 4);
            }
            assertThat(engine.predict(noise(4, 1, 64, 64)).get(0).maskLogits()).isEqualTo(first.maskLogits());
        }
    }

    @Test
    void closingTwiceIsHarmlessAndUseAfterwardsIsRefused() {
        Engine engine = open(1);
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.predict(noise(5, 1, 32, 32)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void loadingAndClosingLeavesNothingBehind() {
        try (Engine engine = open(1)) { // makes what lives as long as the process
            engine.predict(noise(0, 1, 32, 32));
        }
        long pointers = Pointer.totalCount();
        for (int i = 0; i < 20; i++) {
            try (Engine engine = open(1)) {
                engine.predict(noise(i, 1, 32, 32));
            }
        }
        // An engine has hundreds of tensors; the binding itself keeps one small object for each thread that has used
        // it,
        // until the garbage collector finds the thread gone.
        assertThat(Pointer.totalCount() - pointers).isLessThanOrEqualTo(20);
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedInOneLine() {
        try (ModelFiles files = ModelFiles.open(Fixtures.path("tiny-swin"))) {
            assertThatThrownBy(() -> new TorchEngineProvider()
                            .open(files.config(), files.weights(), EngineOptions.DEFAULT.withDevice("warp:9")))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("warp:9");
        }
    }

    static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(tolerance));
        }
    }
}
