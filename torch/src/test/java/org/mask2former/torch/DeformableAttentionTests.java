package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.ops.Levels;
import org.mask2former.ops.Levels.Size;

/** Deformable attention, both forms, equals its definition written out in loops. */
class DeformableAttentionTests {
    private static final int POINTS = 4;

    @BeforeAll
    static void load() {
        Torch.load();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 8", "2, 2, 4", "3, 8, 32", "1, 3, 5"})
    void equalsItsDefinition(int batch, int heads, int width) {
        Levels levels = new Levels(List.of(new Size(1, 2), new Size(3, 1), new Size(5, 7)));
        long seed = 11L * batch + heads;
        Random random = new Random(seed);
        int tokens = levels.tokens();
        int samples = heads * levels.count() * POINTS;
        float[] value = gaussian(random, batch * tokens * heads * width, 1);
        // Offsets of several pixels: many samples fall outside their level, or on its border.
        float[] sampling = gaussian(random, batch * tokens * samples * 3, 2.5);
        float[] expected = definition(value, sampling, batch, levels, heads, width);
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                Helpers helpers = new Helpers(3)) {
            Tensor v = Tensors.copyOf(value, batch, tokens, (long) heads * width);
            Tensor s = Tensors.copyOf(sampling, batch, tokens, samples * 3L);
            assertThat(worst(expected, DeformableAttention.forward(v, s, levels, heads, POINTS, helpers)))
                    .as("fast, seed %d", seed)
                    .isLessThan(1e-5);
            assertThat(worst(expected, DifferentiableBag.attention(v, s, levels, heads, POINTS)))
                    .as("differentiable, seed %d", seed)
                    .isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 8", "2, 2, 4", "3, 8, 32", "1, 3, 5"})
    void itsGradientsAreThoseOfTheDifferentiableForm(int batch, int heads, int width) {
        Levels levels = new Levels(List.of(new Size(1, 2), new Size(3, 1), new Size(5, 7)));
        long seed = 13L * batch + heads;
        Random random = new Random(seed);
        int tokens = levels.tokens();
        int samples = heads * levels.count() * POINTS;
        float[] value = gaussian(random, batch * tokens * heads * width, 1);
        float[] sampling = gaussian(random, batch * tokens * samples * 3, 2.5);
        float[] wanted = gaussian(random, batch * tokens * heads * width, 1);
        try (PointerScope scope = new PointerScope();
                Helpers helpers = new Helpers(3)) {
            Tensor w = Tensors.copyOf(wanted, batch, tokens, (long) heads * width);
            Tensor v =
                    Tensors.copyOf(value, batch, tokens, (long) heads * width).set_requires_grad(true);
            Tensor s = Tensors.copyOf(sampling, batch, tokens, samples * 3L).set_requires_grad(true);
            DifferentiableBag.attention(v, s, levels, heads, POINTS)
                    .mul(w)
                    .sum()
                    .backward();
            DeformableAttention.Gradients gradients =
                    DeformableAttention.backward(v.detach(), s.detach(), w, levels, heads, POINTS, helpers);
            assertThat(worst(Tensors.toFloats(v.grad()), gradients.value()))
                    .as("value, seed %d", seed)
                    .isLessThan(1e-4);
            assertThat(worst(Tensors.toFloats(s.grad()), gradients.sampling()))
                    .as("sampling, seed %d", seed)
                    .isLessThan(1e-4);
        }
    }

    @Test
    void theFastExponentialIsTheExponential() {
        for (float x = 0; x > -87; x -= 0.01f) {
            assertThat((double) BagIndices.exp(x)).isCloseTo(Math.exp(x), withinPercentage(2e-5));
        }
        assertThat(BagIndices.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(BagIndices.exp(Float.NaN)).isNaN();
    }

    private static double worst(float[] expected, Tensor actual) {
        float[] values = Tensors.toFloats(actual);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(expected[i] - values[i]));
        }
        return worst;
    }

    private static float[] definition(float[] value, float[] sampling, int batch, Levels levels, int heads, int width) {
        int tokens = levels.tokens();
        int perHead = levels.count() * POINTS;
        int samples = heads * perHead;
        float[] out = new float[value.length];
        for (int b = 0; b < batch; b++) {
            for (int q = 0; q < tokens; q++) {
                double[] centre = centre(levels, q);
                int at = (b * tokens + q) * samples * 3;
                for (int h = 0; h < heads; h++) {
                    double sum = 0;
                    for (int j = 0; j < perHead; j++) {
                        sum += Math.exp(sampling[at + 2 * samples + h * perHead + j]);
                    }
                    for (int j = 0; j < perHead; j++) {
                        int level = j / POINTS;
                        Size size = levels.sizes().get(level);
                        int offset = at + 2 * (h * perHead + j);
                        double x = (centre[0] + sampling[offset] / size.width()) * size.width() - 0.5;
                        double y = (centre[1] + sampling[offset + 1] / size.height()) * size.height() - 0.5;
                        double weight = Math.exp(sampling[at + 2 * samples + h * perHead + j]) / sum;
                        for (int c = 0; c < width; c++) {
                            int channel = h * width + c;
                            out[(b * tokens + q) * heads * width + channel] += (float) (weight
                                    * bilinear(
                                            value,
                                            b * tokens + levels.start(level),
                                            size,
                                            x,
                                            y,
                                            heads * width,
                                            channel));
                        }
                    }
                }
            }
        }
        return out;
    }

    /** A token's centre in units of its level's sides, x before y. */
    private static double[] centre(Levels levels, int token) {
        int level = 0;
        while (level + 1 < levels.count() && token >= levels.start(level + 1)) {
            level++;
        }
        Size size = levels.sizes().get(level);
        int place = token - levels.start(level);
        return new double[] {(place % size.width() + 0.5) / size.width(), (place / size.width() + 0.5) / size.height()};
    }

    private static double bilinear(float[] value, int start, Size size, double x, double y, int channels, int channel) {
        double sum = 0;
        for (int row = (int) Math.floor(y); row <= Math.floor(y) + 1; row++) {
            for (int column = (int) Math.floor(x); column <= Math.floor(x) + 1; column++) {
                if (row >= 0 && row < size.height() && column >= 0 && column < size.width()) {
                    double share = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
                    sum += share * value[(start + row * size.width() + column) * channels + channel];
                }
            }
        }
        return sum;
    }

    private static float[] gaussian(Random random, int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }
}
