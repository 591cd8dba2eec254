package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ResNetConfig;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.Torch;

class DistillationLossesTests {
    private static final int SIDE = 8;

    @BeforeAll
    static void loadNatives() {
        Torch.load();
    }

    private static ModelConfig model(int queries, int classes, int points) {
        ModelConfig c = ModelConfig.of(
                ResNetConfig.ofDepths(List.of(1, 1, 1, 1)),
                queries,
                List.of("car", "person", "sky").subList(0, classes));
        return c.withLoss(new LossConfig(0.1, 2, 5, 5, points, 3, 0.75));
    }

    /** Centres of pixels, where nothing is interpolated. */
    private static RandomPoints centres(long seed) {
        return (picture, rows, points) -> {
            float[] places = RandomPoints.seeded(seed).draw(picture, rows, points);
            for (int i = 0; i < places.length; i++) {
                places[i] = ((int) (places[i] * SIDE) + 0.5f) / SIDE;
            }
            return places;
        };
    }

    private static float[] gaussian(int seed, int count, double deviation) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    private static float[] filled(int count, double value) {
        float[] values = new float[count];
        Arrays.fill(values, (float) value);
        return values;
    }

    /** What a teacher of these logits teaches, of all its queries. */
    private static SoftTarget target(float[] classLogits, float[] maskLogits, int queries) {
        int outputs = classLogits.length / queries;
        float[] probabilities = new float[classLogits.length];
        for (int q = 0; q < queries; q++) {
            double sum = 0;
            for (int c = 0; c < outputs; c++) {
                sum += Math.exp(classLogits[q * outputs + c]);
            }
            for (int c = 0; c < outputs; c++) {
                probabilities[q * outputs + c] = (float) (Math.exp(classLogits[q * outputs + c]) / sum);
            }
        }
        return new SoftTarget(
                HostTensor.of(probabilities, queries, outputs), HostTensor.of(maskLogits, queries, SIDE, SIDE));
    }

    /** Terms of one prediction for one picture, and its gradients for class and mask logits. */
    private record Outcome(Map<String, Double> terms, Assignment match, float[] classGradient, float[] maskGradient) {}

    private static Outcome run(
            ModelConfig model, double weight, float[] classLogits, float[] maskLogits, SoftTarget target, long seed) {
        int outputs = model.numClasses() + 1;
        int queries = classLogits.length / outputs;
        try (PointerScope scope = new PointerScope()) {
            Tensor c = Tensors.adopt(Tensors.copyOf(classLogits, 1, queries, outputs))
                    .set_requires_grad(true);
            Tensor m = Tensors.adopt(Tensors.copyOf(maskLogits, 1, queries, SIDE, SIDE))
                    .set_requires_grad(true);
            DistillationLosses losses = new DistillationLosses(model, weight);
            List<SoftTarget> targets = List.of(target);
            try (Losses.Result result = losses.compute(
                    List.of(new TransformerDecoder.Output<>(c, m)), targets, losses.totals(targets), centres(seed))) {
                result.total().backward();
                return new Outcome(
                        result.terms(),
                        result.matches().get(0).get(0),
                        Tensors.toFloats(c.grad()),
                        Tensors.toFloats(m.grad()));
            }
        }
    }

    @Test
    void aStudentThatSaysWhatItsTeacherSaysHasNothingToLearn() {
        int queries = 6;
        float[] classes = gaussian(1, queries * 4, 1);
        float[] masks = gaussian(2, queries * SIDE * SIDE, 3);

        Outcome same = run(model(queries, 3, 64), 1, classes, masks, target(classes, masks, queries), 3);

        assertThat(same.match.rows()).containsExactly(same.match.columns());
        assertThat(same.terms.values()).allSatisfy(v -> assertThat(v).isCloseTo(0, within(1e-5)));
        assertThat(same.classGradient).usingComparatorWithPrecision(1e-6f).containsOnly(0);
        assertThat(same.maskGradient).usingComparatorWithPrecision(1e-6f).containsOnly(0);
    }

    @Test
    void everyStepAwayFromTheTeacherCosts() {
        int queries = 6;
        float[] classes = gaussian(1, queries * 4, 1);
        float[] masks = gaussian(2, queries * SIDE * SIDE, 3);
        SoftTarget teacher = target(classes, masks, queries);
        float[] classesAway = gaussian(4, classes.length, 0.2);
        float[] masksAway = gaussian(5, masks.length, 0.2);
        for (int i = 0; i < classes.length; i++) {
            classesAway[i] += classes[i];
        }
        for (int i = 0; i < masks.length; i++) {
            masksAway[i] += masks[i];
        }

        Outcome away = run(model(queries, 3, 64), 1, classesAway, masksAway, teacher, 3);

        assertThat(away.match.rows()).containsExactly(away.match.columns());
        assertThat(away.terms.values()).allSatisfy(v -> assertThat(v).isGreaterThan(1e-4));
        double back = 0; // along the way back, the loss falls
        for (int i = 0; i < masks.length; i++) {
            back += away.maskGradient[i] * (masks[i] - masksAway[i]);
        }
        for (int i = 0; i < classes.length; i++) {
            back += away.classGradient[i] * (classes[i] - classesAway[i]);
        }
        assertThat(back).isNegative();
    }

    @Test
    void theTermsAreThoseComputedByHand() {
        // Two queries of the student: its second is matched, its first should say "no object". One segment of the
        // teacher's.
        double s = 0.4; // the student's mask logit everywhere
        double t = -0.7; // the teacher's
        float[] masks = filled(2 * SIDE * SIDE, s);
        Arrays.fill(masks, 0, SIDE * SIDE, 9);
        float[] classes = {1, 0.5f, 0.2f, -0.3f}; // of one class, and "no object"
        float[] taught = {0.8f, 0.2f};
        SoftTarget teacher =
                new SoftTarget(HostTensor.of(taught, 1, 2), HostTensor.of(filled(SIDE * SIDE, t), 1, SIDE, SIDE));
        int points = 40;

        Outcome outcome = run(model(2, 1, points), 0.5, classes, masks, teacher, 6);

        assertThat(outcome.match.rows()).containsExactly(1);
        double p = 1 / (1 + Math.exp(-s));
        double q = 1 / (1 + Math.exp(-t));
        double divergence = q * Math.log(q / p) + (1 - q) * Math.log((1 - q) / (1 - p));
        double sure = 0.8; // which the masks' mean does not divide by, as less than one mask is there
        assertThat(outcome.terms.get("loss_teacher_mask")).isCloseTo(0.5 * 5 * sure * divergence, within(1e-5));
        double dice = 1 - (2 * points * p * q + 1) / (points * (p * p + q * q) + 1);
        assertThat(outcome.terms.get("loss_teacher_dice")).isCloseTo(0.5 * 5 * sure * dice, within(1e-5));

        double first = -Math.log(Math.exp(0.5) / (Math.exp(1) + Math.exp(0.5)));
        double car = Math.exp(0.2) / (Math.exp(0.2) + Math.exp(-0.3));
        double second = 0.8 * Math.log(0.8 / car) + 0.2 * Math.log(0.2 / (1 - car));
        double weightOfSecond = 0.8 + 0.2 * 0.1;
        double mean = (0.1 * first + weightOfSecond * second) / (0.1 + weightOfSecond);
        assertThat(outcome.terms.get("loss_teacher_cross_entropy")).isCloseTo(0.5 * 2 * mean, within(1e-5));
    }

    @Test
    void ofATeacherWithoutDoubtClassesAreLearnedAsFromAnnotations() {
        int queries = 5;
        ModelConfig model = model(queries, 3, 64);
        float[] classes = gaussian(7, queries * 4, 1);
        float[] masks = gaussian(8, queries * SIDE * SIDE, 4);
        byte[] inside = new byte[2 * SIDE * SIDE];
        float[] certain = new float[inside.length];
        for (int i = 0; i < inside.length; i++) { // near queries 3 and 1
            int query = i < SIDE * SIDE ? 3 : 1;
            inside[i] = (byte) (masks[query * SIDE * SIDE + i % (SIDE * SIDE)] > 0 ? 1 : 0);
            certain[i] = inside[i] == 1 ? 40 : -40;
        }
        Target annotated = new Target(
                new int[] {2, 0}, HostTensor.of(DType.U8, new int[] {2, SIDE, SIDE}, ByteBuffer.wrap(inside)));
        SoftTarget taught = new SoftTarget(
                HostTensor.of(new float[] {0, 0, 1, 0, 1, 0, 0, 0}, 2, 4), HostTensor.of(certain, 2, SIDE, SIDE));

        Outcome outcome = run(model, 1, classes, masks, taught, 9);

        try (PointerScope scope = new PointerScope()) {
            Tensor c = Tensors.adopt(Tensors.copyOf(classes, 1, queries, 4));
            Tensor m = Tensors.adopt(Tensors.copyOf(masks, 1, queries, SIDE, SIDE));
            try (Losses.Result result = new Losses(model)
                    .compute(List.of(new TransformerDecoder.Output<>(c, m)), List.of(annotated), centres(9))) {
                assertThat(outcome.match.rows())
                        .containsExactly(result.matches().get(0).get(0).rows())
                        .containsExactly(1, 3);
                assertThat(outcome.terms.get("loss_teacher_cross_entropy"))
                        .isCloseTo(result.terms().get("loss_cross_entropy"), within(1e-5));
                assertThat(outcome.terms.get("loss_teacher_mask"))
                        .isCloseTo(result.terms().get("loss_mask"), within(1e-5));
            }
        }
    }

    @Test
    void whatThePicturesOfABatchCostAddsUpToWhatTheBatchCosts() {
        int queries = 5;
        DistillationLosses losses = new DistillationLosses(model(queries, 3, 64), 1);
        float[] classes = gaussian(1, 2 * queries * 4, 1);
        float[] masks = gaussian(2, 2 * queries * SIDE * SIDE, 1);
        List<SoftTarget> targets = List.of(
                target(gaussian(3, 3 * 4, 1), gaussian(4, 3 * SIDE * SIDE, 1), 3),
                target(gaussian(5, 2 * 4, 1), gaussian(6, 2 * SIDE * SIDE, 1), 2));
        Losses.Totals totals = losses.totals(targets);
        RandomPoints sameForAll = (picture, rows, points) -> centres(3).draw(0, rows, points);
        try (PointerScope scope = new PointerScope()) {
            Tensor c = Tensors.adopt(Tensors.copyOf(classes, 2, queries, 4));
            Tensor m = Tensors.adopt(Tensors.copyOf(masks, 2, queries, SIDE, SIDE));
            double whole = total(losses, c, m, targets, totals, sameForAll);
            double parts = 0;
            for (int b = 0; b < 2; b++) {
                parts += total(
                        losses, c.narrow(0, b, 1), m.narrow(0, b, 1), List.of(targets.get(b)), totals, sameForAll);
            }
            assertThat(parts).isCloseTo(whole, within(1e-5 * whole));
        }
    }

    private static double total(
            DistillationLosses losses,
            Tensor classes,
            Tensor masks,
            List<SoftTarget> targets,
            Losses.Totals totals,
            RandomPoints random) {
        try (Losses.Result result =
                losses.compute(List.of(new TransformerDecoder.Output<>(classes, masks)), targets, totals, random)) {
            return result.total().item_double();
        }
    }

    @Test
    void ofATeacherThatFindsNothingOnlyThatIsLearned() {
        SoftTarget nothing =
                new SoftTarget(HostTensor.of(new float[0], 0, 4), HostTensor.of(new float[0], 0, SIDE, SIDE));

        Outcome outcome = run(model(2, 3, 64), 1, gaussian(1, 2 * 4, 1), gaussian(2, 2 * SIDE * SIDE, 1), nothing, 3);

        assertThat(outcome.terms.get("loss_teacher_cross_entropy")).isPositive();
        assertThat(outcome.terms.get("loss_teacher_mask")).isZero();
        assertThat(outcome.terms.get("loss_teacher_dice")).isZero();
        assertThat(outcome.classGradient).doesNotContain(Float.NaN);
    }

    @Test
    void withMoreSegmentsThanQueriesEveryQueryLearnsOne() {
        SoftTarget many = target(gaussian(1, 5 * 4, 1), gaussian(2, 5 * SIDE * SIDE, 1), 5);
        Outcome outcome = run(model(2, 3, 64), 1, gaussian(3, 2 * 4, 1), gaussian(4, 2 * SIDE * SIDE, 1), many, 3);
        assertThat(outcome.match.rows()).containsExactly(0, 1);
        assertThat(outcome.terms.values())
                .allSatisfy(v -> assertThat(v).isPositive().isFinite());
    }

    @Test
    void nothingIsLeftBehindInNativeMemory() {
        SoftTarget teacher = target(gaussian(1, 5 * 4, 1), gaussian(2, 5 * SIDE * SIDE, 1), 5);
        float[] classes = gaussian(3, 5 * 4, 1);
        float[] masks = gaussian(4, 5 * SIDE * SIDE, 1);
        run(model(5, 3, 64), 1, classes, masks, teacher, 3);
        long before = Pointer.totalCount();
        for (int i = 0; i < 5; i++) {
            run(model(5, 3, 64), 1, classes, masks, teacher, 3);
        }
        assertThat(Pointer.totalCount() - before).as("native objects").isLessThanOrEqualTo(0);
    }

    @Test
    void aTargetOfUnequalPartsIsRefused() {
        assertThatThrownBy(
                        () -> new SoftTarget(HostTensor.of(new float[8], 2, 4), HostTensor.of(new float[64], 1, 8, 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2, 4] and [1, 8, 8]");
    }
}
