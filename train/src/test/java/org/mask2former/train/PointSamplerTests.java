package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mask2former.model.LossConfig;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.Torch;

class PointSamplerTests {
    @BeforeAll
    static void load() {
        Torch.load();
    }

    private static LossConfig config(int points, double oversample, double importance) {
        return new LossConfig(0.1, 2, 5, 5, points, oversample, importance);
    }

    @Test
    void samplesAreBilinearBetweenTheCentresOfPixelsAndFadeOutBeyondThem() {
        try (PointerScope scope = new PointerScope();
                Tensor mask = Tensors.copyOf(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
                Tensor points = Tensors.copyOf(
                        new float[] {0.25f, 0.25f, 0.75f, 0.25f, 0.25f, 0.75f, 0.5f, 0.5f, 0, 0, 0.5f, 0}, 1, 6, 2);
                Tensor sampled = PointSampler.sample(mask, points)) {
            // Centres, the middle, a corner (a quarter of the pixel), the upper edge (half of the two above).
            assertThat(Tensors.toFloats(sampled)).containsExactly(1, 2, 3, 2.5f, 0.25f, 0.75f);
        }
    }

    @Test
    void masksOfAnyResolutionAreSampledAlike() {
        try (PointerScope scope = new PointerScope();
                Tensor points = Tensors.copyOf(new float[] {0.3f, 0.4f, 0.6f, 0.7f}, 1, 2, 2);
                Tensor coarse = Tensors.copyOf(ramp(8, 8), 1, 8, 8);
                Tensor fine = Tensors.copyOf(ramp(32, 64), 1, 32, 64);
                Tensor a = PointSampler.sampleAll(coarse, points);
                Tensor b = PointSampler.sampleAll(fine, points)) {
            assertThat(Tensors.toFloats(a)[0]).isCloseTo(0.3f + 2 * 0.4f, within(1e-5f));
            assertThat(Tensors.toFloats(b)[1]).isCloseTo(0.6f + 2 * 0.7f, within(1e-5f));
        }
    }

    private static float[] ramp(int height, int width) {
        float[] values = new float[height * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % width + 0.5f) / width + 2 * (i / width + 0.5f) / height;
        }
        return values;
    }

    @Test
    void mostPointsLieWhereTheMaskIsUndecidedAndTheRestAnywhere() {
        PointSampler sampler = new PointSampler(config(200, 3, 0.75));
        float[] edge = new float[64 * 64]; // decided but for the middle column
        for (int i = 0; i < edge.length; i++) {
            edge[i] = (i % 64 - 31.5f);
        }
        try (PointerScope scope = new PointerScope();
                Tensor logits = Tensors.copyOf(edge, 1, 1, 64, 64);
                Tensor points = sampler.importance(
                        logits, new int[] {Math.toIntExact(logits.size(0))}, RandomPoints.seeded(3))) {
            assertThat(points.shape()).containsExactly(1, 200, 2);
            float[] places = Tensors.toFloats(points);
            double uncertain = 0;
            double random = 0;
            for (int i = 0; i < 200; i++) {
                double distance = Math.abs(places[2 * i] - 0.5);
                uncertain = i < 150 ? Math.max(uncertain, distance) : uncertain;
                random = i < 150 ? random : Math.max(random, distance);
            }
            // The nearest 150 of 600 evenly spread points lie within an eighth of the width on either side.
            assertThat(uncertain).as("farthest of the uncertain points").isBetween(0.1, 0.15);
            assertThat(random).as("farthest of the random points").isGreaterThan(0.4);
        }
    }

    @Test
    void allPointsMayBeUncertainOnes() {
        PointSampler sampler = new PointSampler(config(10, 1, 1));
        try (PointerScope scope = new PointerScope();
                Tensor logits = Tensors.copyOf(ramp(4, 4), 1, 1, 4, 4);
                Tensor points = sampler.importance(
                        logits, new int[] {Math.toIntExact(logits.size(0))}, RandomPoints.seeded(3))) {
            assertThat(points.shape()).containsExactly(1, 10, 2);
        }
    }

    @Test
    void seededPointsFillTheUnitSquareEvenly() {
        float[] values = RandomPoints.seeded(9).draw(0, 10, 5000);
        assertThat(values).hasSize(100_000);
        double sum = 0;
        for (float v : values) {
            assertThat(v).isBetween(0f, Math.nextDown(1f));
            sum += v;
        }
        assertThat(sum / values.length).isCloseTo(0.5, within(5e-3));
        assertThat(RandomPoints.seeded(9).draw(0, 10, 5000)).isEqualTo(values);
    }

    @Test
    void pointsDrawnOnTheDeviceAreEvenAndComeAgain() {
        try (PointerScope scope = new PointerScope()) {
            Tensor beside = Tensors.copyOf(new float[1], 1);
            Tensor points = RandomPoints.onDevice(5).draw(new int[] {2, 0, 1}, 4000, beside);
            assertThat(points.shape()).containsExactly(3, 4000, 2);
            float[] values = Tensors.toFloats(points);
            double mean = 0;
            for (float value : values) {
                assertThat(value).isBetween(0f, 1f);
                mean += value / values.length;
            }
            assertThat(mean).isCloseTo(0.5, within(0.01));
            assertThat(Tensors.toFloats(RandomPoints.onDevice(5).draw(new int[] {2, 0, 1}, 4000, beside)))
                    .containsExactly(values);
        }
    }
}
