package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.Torch;

class TargetMasksTests {
    private static final int POINTS = 500;

    @BeforeAll
    static void load() {
        Torch.load();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 7", "31, 64"})
    void masksAreSampledAsLibtorchSamplesThem(int height, int width) {
        Random random = new Random(height);
        byte[] pixels = new byte[3 * height * width];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) random.nextInt(2);
        }
        float[] places = RandomPoints.seeded(height).draw(0, 3, POINTS);
        places[0] = 0; // the very corner
        places[1] = 0;
        HostTensor masks = HostTensor.of(DType.U8, new int[] {3, height, width}, ByteBuffer.wrap(pixels));
        TargetMasks ours = new TargetMasks(new Target(new int[3], masks));
        float[] values = new float[3 * POINTS];
        for (int mask = 0; mask < 3; mask++) {
            ours.sample(mask, places, mask * POINTS, values, mask * POINTS, POINTS);
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor floats = Tensors.copyOf(masks).to(torch.ScalarType.Float);
            Tensor each = PointSampler.sample(floats.unsqueeze(1), Tensors.copyOf(places, 3, POINTS, 2));
            assertEqual(Tensors.toFloats(each), values, height);
            float[] shared = Arrays.copyOf(places, 2 * POINTS);
            Tensor all = PointSampler.sampleAll(floats, Tensors.copyOf(shared, 1, POINTS, 2));
            assertEqual(Tensors.toFloats(all), Tensors.toFloats(ours.all(3, shared)), height);
        }
    }

    @Test
    void smallMasksAreSampledUpToTheirEdgesAndEmptyOnesNowhere() {
        byte[] pixels = new byte[4 * 20 * 30];
        pixels[0] = 1; // the first pixel, and of the third mask the last
        pixels[3 * 600 - 1] = 1;
        for (int y = 5; y < 9; y++) {
            Arrays.fill(pixels, 3 * 600 + 30 * y + 11, 3 * 600 + 30 * y + 13 + y, (byte) 1);
        }
        HostTensor masks = HostTensor.of(DType.U8, new int[] {4, 20, 30}, ByteBuffer.wrap(pixels));
        float[] places = RandomPoints.seeded(1).draw(0, 1, 20_000);
        try (PointerScope scope = new PointerScope()) {
            Tensor floats = Tensors.copyOf(masks).to(torch.ScalarType.Float);
            Tensor expected = PointSampler.sampleAll(floats, Tensors.copyOf(places, 1, 20_000, 2));
            float[] values = Tensors.toFloats(new TargetMasks(new Target(new int[4], masks)).all(4, places));
            assertEqual(Tensors.toFloats(expected), values, 1);
            assertThat(Arrays.copyOfRange(values, 20_000, 40_000)).containsOnly(0);
        }
    }

    private static void assertEqual(float[] expected, float[] actual, int seed) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("value %d, seed %d", i, seed).isCloseTo(expected[i], within(1e-5f));
        }
    }
}
