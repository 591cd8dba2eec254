package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** Weights in 16 bits. */
class HalfPrecisionTests {
    @Test
    void everyHalfThatIsANumberSurvivesTheWayToSingleAndBack() {
        ByteBuffer bytes = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
            bytes.putShort((short) bits);
        }
        HostTensor halves = HostTensor.of(DType.F16, new int[] {1 << 16}, bytes.flip());
        HostTensor back = halves.to(DType.F32).to(DType.F16);
        for (int bits = 0; bits < 1 << 16; bits++) {
            boolean number = (bits & 0x7fff) <= 0x7c00;
            if (number) {
                assertThat(back.data().getShort(2 * bits)).as("0x%04x", bits).isEqualTo((short) bits);
            } else {
                assertThat(back.toFloats()[bits]).as("0x%04x", bits).isNaN();
            }
        }
    }

    @Test
    void whatLiesBetweenIsRoundedToTheNearestAndTiesToEven() {
        float half = (float) Math.scalb(1, -24); // the smallest half
        float[] values = {
            1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 1 + 0x1.8p-11f, 2047.9f, half / 2, 1.5f * half, 65519.99f, 65520, -1e9f
        };
        float[] nearest = {
            1, 1 + 0x1p-9f, 1 + 0x1p-10f, 2048, 0, 2 * half, 65504, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
        };
        assertThat(HostTensor.of(values, values.length).to(DType.F16).toFloats())
                .containsExactly(nearest);
        float[] brain = {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, -3.5f};
        assertThat(HostTensor.of(brain, 3).to(DType.BF16).toFloats()).containsExactly(1, 1 + 0x1p-6f, -3.5f);
    }

    @Test
    void theErrorIsAtMostHalfAStep() {
        Random random = new Random(3);
        float[] values = new float[10_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
        }
        float[] halves = HostTensor.of(values, values.length).to(DType.F16).toFloats();
        float[] brains = HostTensor.of(values, values.length).to(DType.BF16).toFloats();
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(values[i]) < 65504) {
                double step = Math.max(Math.abs(values[i]) * 0x1p-11, 0x1p-25);
                assertThat(Math.abs(halves[i] - values[i]))
                        .as("%s, seed 3", values[i])
                        .isLessThanOrEqualTo((float) step);
            }
            assertThat(Math.abs(brains[i] - values[i]))
                    .as("%s, seed 3", values[i])
                    .isLessThanOrEqualTo(Math.abs(values[i]) * 0x1p-8f);
        }
    }

    @Test
    void aConvertedModelHasItsWeightsInTheTypeThatWasAskedForAndHalfTheSize(@TempDir Path folder) throws Exception {
        Converter.convert(Fixtures.path("tiny-swin"), folder.resolve("half"), Optional.of(DType.F16), false);
        Converter.convert(Fixtures.path("tiny-swin"), folder.resolve("whole"), Optional.empty(), false);
        String name = "model.transformer_module.queries_features.weight";
        try (ModelFiles half = ModelFiles.open(folder.resolve("half"));
                ModelFiles whole = ModelFiles.open(folder.resolve("whole"))) {
            assertThat(half.weights().dtype(name)).isEqualTo(DType.F16);
            assertThat(half.weights().tensor(name).toFloats())
                    .isEqualTo(whole.weights().tensor(name).to(DType.F16).toFloats());
        }
        assertThat(folder.resolve("half/model.safetensors").toFile().length()).isLessThan((long)
                (0.6 * folder.resolve("whole/model.safetensors").toFile().length()));
    }

    @Test
    void weightsAreNoIntegers() {
        assertThatThrownBy(() -> HostTensor.of(new float[1], 1).to(DType.I8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F32, F16 or BF16");
    }
}
