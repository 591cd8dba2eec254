package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.Precision;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.Torch;

class LossesTests {
    private static final ModelConfig CONFIG = ConfigJson.read(Fixtures.path("tiny-swin/config.json"));

    private static Target target(int height, int width, int... classes) {
        byte[] masks = new byte[classes.length * height * width];
        for (int i = 0; i < masks.length; i++) {
            masks[i] = (byte) (i % 3 == 0 ? 1 : 0);
        }
        int[] shape = {classes.length, height, width};
        return new Target(classes, HostTensor.of(DType.U8, shape, ByteBuffer.wrap(masks)));
    }

    @Test
    void aBatchWithoutSegmentsLearnsNoObjectAlone() {
        try (ReferenceStep step = new ReferenceStep("tiny-swin")) {
            Target nothing = target(96, 160);
            Losses.Result result =
                    step.run(List.of(nothing, nothing), RandomPoints.seeded(1)).result();
            result.terms().forEach((name, value) -> {
                if (name.startsWith("loss_cross_entropy")) {
                    assertThat(value).as(name).isPositive().isFinite();
                } else {
                    assertThat(value).as(name).isZero();
                }
            });
            HostTensor gradient = step.weights.gradient("class_predictor.bias").orElseThrow();
            assertThat(gradient.toFloats()).doesNotContain(Float.NaN);
            assertThat(gradient.toFloats()[CONFIG.numClasses()])
                    .as("more 'no object' lowers the loss")
                    .isNegative();
        }
    }

    @Test
    void inBfloat16TheLossIsNearThatInFloat32() {
        try (ReferenceStep step = new ReferenceStep("tiny-swin")) {
            AutogradOptions rough = AutogradOptions.DEFAULT.withPrecision(Precision.BF16);
            double exact = step.run().total();
            // Single terms may be further off: some query may be matched to another segment.
            assertThat(step.run(step.targets(), step.recordedPoints(), rough).total())
                    .isNotEqualTo(exact)
                    .isCloseTo(exact, withinPercentage(2));
        }
    }

    @Test
    void aPictureWithoutSegmentsMayStandBesideOneWithSome() {
        try (ReferenceStep step = new ReferenceStep("tiny-swin")) {
            Losses.Result result = step.run(List.of(target(96, 160), target(96, 160, 2, 2, 5)), RandomPoints.seeded(2))
                    .result();
            assertThat(result.matches()).allSatisfy(m -> {
                assertThat(m.get(0).size()).isZero();
                assertThat(m.get(1).size()).isEqualTo(3);
            });
            assertThat(result.terms().values()).allSatisfy(v -> assertThat(v).isPositive());
        }
    }

    @Test
    void withMoreSegmentsThanQueriesEveryQueryGetsOne() {
        try (ReferenceStep step = new ReferenceStep("tiny-swin")) {
            int[] classes = new int[CONFIG.numQueries() + 5];
            Losses.Result result = step.run(
                            List.of(target(96, 160, classes), target(96, 160, 1)), RandomPoints.seeded(3))
                    .result();
            assertThat(result.matches())
                    .allSatisfy(m -> assertThat(m.get(0).size()).isEqualTo(CONFIG.numQueries()));
            assertThat(result.terms().values()).allSatisfy(v -> assertThat(v).isFinite());
        }
    }

    @Test
    void aPerfectPredictionCostsNextToNothing() {
        Torch.load();
        int classes = CONFIG.numClasses();
        int queries = CONFIG.numQueries();
        float[] classLogits = new float[queries * (classes + 1)];
        float[] maskLogits = new float[queries * 16 * 16];
        byte[] masks = new byte[2 * 16 * 16];
        for (int q = 0; q < queries; q++) {
            classLogits[q * (classes + 1) + (q == 4 ? 3 : q == 9 ? 0 : classes)] = 30;
            for (int i = 0; i < 256; i++) {
                boolean inside = q == 4 ? i < 128 : q == 9 ? i >= 128 : i % 2 == 0;
                maskLogits[q * 256 + i] = inside ? 60 : -60;
                if (q == 4 || q == 9) {
                    masks[(q == 9 ? 0 : 256) + i] = (byte) (inside ? 1 : 0);
                }
            }
        }
        Target target =
                new Target(new int[] {0, 3}, HostTensor.of(DType.U8, new int[] {2, 16, 16}, ByteBuffer.wrap(masks)));
        try (PointerScope scope = new PointerScope()) {
            Tensor c = Tensors.copyOf(classLogits, 1, queries, classes + 1);
            Tensor m = Tensors.copyOf(maskLogits, 1, queries, 16, 16);
            RandomPoints corners = (picture, rows, points) -> { // centres of pixels, where nothing is interpolated
                float[] places = RandomPoints.seeded(4).draw(picture, rows, points);
                for (int i = 0; i < places.length; i++) {
                    places[i] = ((int) (places[i] * 16) + 0.5f) / 16;
                }
                return places;
            };
            try (Losses.Result result = new Losses(CONFIG)
                    .compute(List.of(new TransformerDecoder.Output<>(c, m)), List.of(target), corners)) {
                assertThat(result.total().item_double()).isCloseTo(0, within(1e-6));
                assertThat(result.matches().get(0).get(0).rows()).containsExactly(4, 9);
                assertThat(result.matches().get(0).get(0).columns()).containsExactly(1, 0);
            }
            c.close();
            m.close();
        }
    }

    @Test
    void whatIsNotANumberIsMatchedLastAndShowsInItsTerm() {
        Torch.load();
        int queries = CONFIG.numQueries();
        float[] maskLogits = new float[queries * 8 * 8];
        Arrays.fill(maskLogits, 0, 64, Float.NaN);
        try (PointerScope scope = new PointerScope()) {
            Tensor c = Tensors.copyOf(new float[queries * (CONFIG.numClasses() + 1)], 1, queries, 8);
            Tensor m = Tensors.copyOf(maskLogits, 1, queries, 8, 8);
            List<TransformerDecoder.Output<Tensor>> outputs = List.of(new TransformerDecoder.Output<>(c, m));
            Losses losses = new Losses(CONFIG);
            try (Losses.Result one = losses.compute(outputs, List.of(target(8, 8, 1)), RandomPoints.seeded(5))) {
                assertThat(one.matches().get(0).get(0).rows()).doesNotContain(0);
                assertThat(one.total().item_double()).isFinite();
            }
            Target many = target(8, 8, new int[queries]);
            try (Losses.Result all = losses.compute(outputs, List.of(many), RandomPoints.seeded(5))) {
                assertThat(all.terms().get("loss_mask")).isNaN();
                assertThat(all.terms().get("loss_cross_entropy")).isFinite();
            }
            c.close();
            m.close();
        }
    }

    @Test
    void aSegmentMayCountForMoreThanAnother() {
        Map<String, Double> equal = terms(Map.of());
        Map<String, Double> first = terms(Map.of("class_0", 3.0));
        Map<String, Double> second = terms(Map.of("class_5", 3.0));
        for (String term : List.of("loss_mask", "loss_dice")) {
            assertThat(first.get(term)).as(term).isNotCloseTo(second.get(term), withinPercentage(1));
            assertThat(first.get(term) + second.get(term)) // (3a + b) / 4 and (a + 3b) / 4 of a and b
                    .as(term)
                    .isCloseTo(2 * equal.get(term), withinPercentage(1e-4));
        }
        double without = 0.1 * (CONFIG.numQueries() - 2);
        assertThat(first.get("loss_cross_entropy") * (4 + without))
                .as("is that of equal ones, with the first segment's added twice")
                .isGreaterThan(equal.get("loss_cross_entropy") * (2 + without));
        assertThat(terms(Map.of("class_0", 1.0))).isEqualTo(equal);
        assertThatThrownBy(() -> new Losses(CONFIG, Map.of("tram", 2.0)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("segment_weights: there is no class 'tram'; there are class_0, class_1");
    }

    private static Map<String, Double> terms(Map<String, Double> segmentWeights) {
        Torch.load();
        Random random = new Random(9);
        int queries = CONFIG.numQueries();
        try (PointerScope scope = new PointerScope();
                Tensor c = Tensors.copyOf(numbers(random, queries * 8), 1, queries, 8);
                Tensor m = Tensors.copyOf(numbers(random, queries * 64), 1, queries, 8, 8)) {
            byte[] masks = new byte[2 * 64];
            Arrays.fill(masks, 0, 24, (byte) 1);
            Arrays.fill(masks, 64 + 30, 64 + 60, (byte) 1);
            Target target =
                    new Target(new int[] {0, 5}, HostTensor.of(DType.U8, new int[] {2, 8, 8}, ByteBuffer.wrap(masks)));
            try (Losses.Result result = new Losses(CONFIG, segmentWeights)
                    .compute(List.of(new TransformerDecoder.Output<>(c, m)), List.of(target), RandomPoints.seeded(9))) {
                return result.terms();
            }
        }
    }

    private static float[] numbers(Random random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = 2 * (float) random.nextGaussian();
        }
        return numbers;
    }

    @Test
    void targetsThatDoNotFitAreRefusedInOneLine() {
        try (ReferenceStep step = new ReferenceStep("tiny-swin")) {
            RandomPoints random = RandomPoints.seeded(6);
            assertThatThrownBy(() -> step.run(List.of(target(96, 160, 0)), random))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("2 pictures came with 1 targets");
            assertThatThrownBy(() -> step.run(List.of(target(96, 160, 0), target(96, 160, 7)), random))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("class 7, but the model has classes 0 to 6");
            assertThatThrownBy(() -> step.run(List.of(target(96, 160, 0), target(96, 128, 0)), random))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("96 × 160 and 96 × 128");
        }
        assertThatThrownBy(() -> new Target(new int[] {1}, HostTensor.of(new float[4], 1, 2, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("uint8 [1, height, width]");
    }

    @Test
    void theSameSeedGivesTheSameLosses() {
        try (ReferenceStep step = new ReferenceStep("tiny-resnet")) {
            double first = step.run(step.targets(), RandomPoints.seeded(7)).total();
            assertThat(step.run(step.targets(), RandomPoints.seeded(7)).total()).isEqualTo(first);
            assertThat(step.run(step.targets(), RandomPoints.seeded(8)).total()).isNotEqualTo(first);
        }
    }

    @Test
    void twentyStepsLeaveNothingBehind() throws InterruptedException {
        System.gc(); // what the tests before have left, or it goes while we count
        Thread.sleep(200);
        try (ReferenceStep step = new ReferenceStep("tiny-resnet")) {
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < 21; i++) {
                step.run();
                step.weights.clearGradients();
                counts.add(Pointer.totalCount());
            }
            assertThat(counts.subList(1, 21))
                    .as("native objects after each step")
                    .containsOnly(counts.get(1));
        }
    }
}
