package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineOptions;
import org.mask2former.result.Prediction;

/** A pass that a GPU plays back gives what it gave when it was told step by step. */
class RecordedPassesTests {
    private static final int SIDE = 64;

    @BeforeAll
    static void gpu() {
        assumeTrue(System.getProperty("mask2former.test.device", "").startsWith("cuda"), "no GPU to test on");
    }

    private static Engine engine() {
        try (Weights weights = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            return new TorchEngineProvider()
                    .open(
                            ConfigJson.read(Fixtures.path("tiny-swin/config.json")),
                            weights,
                            EngineOptions.DEFAULT.withDevice("cuda"));
        }
    }

    private static PixelValues noise(int seed, int width) {
        Random random = new Random(seed);
        float[] values = new float[2 * 3 * SIDE * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Geometry whole = new Geometry(SIDE, width, SIDE, width, SIDE, width);
        return new PixelValues(values, SIDE, width, Collections.nCopies(2, whole));
    }

    @Test
    void playedPassesEqualThoseOfOtherEngines() {
        try (Engine played = engine()) {
            for (int round = 0; round < 12; round++) {
                PixelValues pixels =
                        noise(round, SIDE + 32 * (round % 3)); // three sizes in turn, recorded the second time
                try (Engine fresh = engine()) { // which has not seen the size
                    assertEqual(played.predict(pixels), fresh.predict(pixels), round);
                }
            }
        }
    }

    @Test
    void moreSizesThanAreKeptComeAndGo() {
        try (Engine played = engine();
                Engine fresh = engine()) {
            for (int round = 0; round < 3; round++) {
                for (int size = 1; size <= 12; size++) {
                    PixelValues pixels = noise(size, 32 * size);
                    List<Prediction> found = played.predict(pixels);
                    if (round == 2) {
                        assertEqual(found, fresh.predict(pixels), size);
                    }
                }
            }
        }
    }

    private static void assertEqual(List<Prediction> have, List<Prediction> want, int round) {
        for (int b = 0; b < want.size(); b++) {
            float[] expected = want.get(b).maskLogits();
            float[] actual = have.get(b).maskLogits();
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i += 37) {
                assertThat(actual[i])
                        .as("round %d, picture %d, logit %d", round, b, i)
                        .isCloseTo(expected[i], within(1e-3f));
            }
        }
    }
}
