package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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
        Target target = new Target(new int[3], masks);
        try (PointerScope scope = new PointerScope()) {
            Tensor points = Tensors.copyOf(places, 3, POINTS, 2);
            TargetMasks ours = new TargetMasks(target);
            SegmentMasks libtorchs = DenseMasks.of(List.of(target), points).get(0);
            int[] segments = {2, 0, 2};
            assertEqual(libtorchs.each(segments, points), ours.each(segments, points), height);
            Tensor shared = points.narrow(0, 0, 1);
            assertEqual(libtorchs.all(shared), ours.all(shared), height);
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
            Target target = new Target(new int[4], masks);
            Tensor points = Tensors.copyOf(places, 1, 20_000, 2);
            Tensor found = new TargetMasks(target).all(points);
            assertEqual(DenseMasks.of(List.of(target), points).get(0).all(points), found, 1);
            float[] values = Tensors.toFloats(found);
            assertThat(Arrays.copyOfRange(values, 20_000, 40_000)).containsOnly(0);
        }
    }

    private static void assertEqual(Tensor expectedValues, Tensor actualValues, int seed) {
        float[] expected = Tensors.toFloats(expectedValues);
        float[] actual = Tensors.toFloats(actualValues);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("value %d, seed %d", i, seed).isCloseTo(expected[i], within(1e-5f));
        }
    }
}
