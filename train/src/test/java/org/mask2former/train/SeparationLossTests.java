package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.Torch;

class SeparationLossTests {
    private static final int H = 3;
    private static final int W = 4;
    private static final int C = 2;
    /** Whose each cell is: segment 2 lies over 1, nobody's are -1; segment 3 is hidden. */
    private static final int[] OWNER = {0, 0, 1, 1, 0, 2, 2, 1, -1, 2, -1, 1};

    @BeforeAll
    static void loadNatives() {
        Torch.load();
    }

    private static Target target() {
        byte[] masks = new byte[4 * 16 * H * W];
        for (int y = 0; y < 4 * H; y++) {
            for (int x = 0; x < 4 * W; x++) {
                int owner = OWNER[y / 4 * W + x / 4];
                for (int s = 0; s < 4; s++) {
                    boolean covered = s == owner || s == 1 && owner == 2;
                    masks[(s * 4 * H + y) * 4 * W + x] = (byte) (covered ? 1 : 0);
                }
            }
        }
        return new Target(
                new int[] {0, 1, 0, 1}, HostTensor.of(DType.U8, new int[] {4, 4 * H, 4 * W}, ByteBuffer.wrap(masks)));
    }

    private static float[] features(long seed) {
        Random random = new Random(seed);
        float[] values = new float[H * W * C];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** The formula, cell by cell. */
    private static double expected(float[] features, boolean background, double weight, double segments) {
        int count = background ? 4 : 3;
        double[][] means = new double[count][C];
        int[] sizes = new int[count];
        for (int i = 0; i < OWNER.length; i++) {
            int s = OWNER[i] < 0 ? 3 : OWNER[i];
            if (s < count) {
                sizes[s]++;
                for (int c = 0; c < C; c++) {
                    means[s][c] += features[i * C + c];
                }
            }
        }
        double sum = 0;
        for (int i = 0; i < OWNER.length; i++) {
            int own = OWNER[i] < 0 ? 3 : OWNER[i];
            if (own < count) {
                double all = 0;
                double mine = 0;
                for (int s = 0; s < count; s++) {
                    double distance = 0;
                    for (int c = 0; c < C; c++) {
                        distance += Math.pow(features[i * C + c] - means[s][c] / sizes[s], 2);
                    }
                    all += Math.exp(-distance / 2);
                    mine = s == own ? -distance / 2 : mine;
                }
                sum += (Math.log(all) - mine) / sizes[own];
            }
        }
        return weight * sum / segments;
    }

    private static double loss(float[] values, boolean background) {
        try (PointerScope scope = new PointerScope();
                Losses.Result result = new SeparationLoss(2, background)
                        .compute(Tensors.adopt(Tensors.copyOf(values, 1, H, W, C)), List.of(target()), 4)) {
            return result.terms().get(SeparationLoss.TERM);
        }
    }

    @Test
    void everyCellIsHeldAgainstTheMeansOfAllSegmentsOfItsPicture() {
        for (long seed = 1; seed <= 5; seed++) {
            float[] features = features(seed);
            assertThat(loss(features, false))
                    .as("seed %d", seed)
                    .isCloseTo(expected(features, false, 2, 4), within(1e-5));
            assertThat(loss(features, true))
                    .as("seed %d", seed)
                    .isCloseTo(expected(features, true, 2, 4), within(1e-5));
        }
    }

    @Test
    void itsGradientIsTheSlopeOfTheFormula() {
        float[] features = features(7);
        float[] gradient;
        try (PointerScope scope = new PointerScope()) {
            Tensor tensor = Tensors.adopt(Tensors.copyOf(features, 1, H, W, C)).set_requires_grad(true);
            try (Losses.Result result = new SeparationLoss(2, true).compute(tensor, List.of(target()), 4)) {
                result.total().backward();
            }
            gradient = Tensors.toFloats(tensor.grad());
        }
        for (int i = 0; i < features.length; i++) {
            float value = features[i];
            features[i] = value + 1e-2f;
            double more = expected(features, true, 2, 4);
            features[i] = value - 1e-2f;
            double less = expected(features, true, 2, 4);
            features[i] = value;
            assertThat((double) gradient[i]).as("element %d", i).isCloseTo((more - less) / 2e-2, within(1e-3));
        }
    }

    @Test
    void aPictureWithoutSegmentsAddsNothing() {
        Target empty =
                new Target(new int[0], HostTensor.of(DType.U8, new int[] {0, 4 * H, 4 * W}, ByteBuffer.allocate(0)));
        try (PointerScope scope = new PointerScope();
                Losses.Result result = new SeparationLoss(2, true)
                        .compute(Tensors.adopt(Tensors.copyOf(features(3), 1, H, W, C)), List.of(empty), 0)) {
            assertThat(result.terms()).containsEntry(SeparationLoss.TERM, 0.0);
        }
    }
}
