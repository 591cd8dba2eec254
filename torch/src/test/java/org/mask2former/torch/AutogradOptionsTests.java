package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.Precision;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Parameter;

/** Each option does what it says to small layers whose answer is known, and to a whole step. */
class AutogradOptionsTests {
    private static final Parameter WEIGHT = new Parameter("w", 1, 1, 1, 1);
    private static final Conv2d.BatchNorm NORM = new Conv2d.BatchNorm(
            new Parameter("n.weight", 1),
            new Parameter("n.bias", 1),
            new Parameter("n.running_mean", 1),
            new Parameter("n.running_var", 1));
    private static final Conv2d CONV = new Conv2d(WEIGHT, Optional.empty(), 1, 0, Optional.of(NORM));

    private static TrainableWeights smallWeights() {
        return AutogradSteps.weights(Map.of(
                "w", HostTensor.of(new float[] {1}, 1, 1, 1, 1),
                "n.weight", HostTensor.of(new float[] {2}, 1),
                "n.bias", HostTensor.of(new float[] {3}, 1),
                "n.running_mean", HostTensor.of(new float[] {10}, 1),
                "n.running_var", HostTensor.of(new float[] {4}, 1)));
    }

    private static float only(TrainableWeights weights, String name) {
        return Tensors.toFloats(weights.tensor(name))[0];
    }

    @Test
    void trainedBatchNormTakesTheBatchsStatisticsAndMovesTheRunningOnes() {
        float[] values = {1, 2, 3, 6}; // mean 3, variance 3.5, unbiased 14/3
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = smallWeights();
                AutogradOps ops = new AutogradOps(weights, AutogradOptions.DEFAULT.withTrainBatchNorm(true))) {
            Tensor y = ops.conv2d(Tensors.adopt(Tensors.copyOf(values, 1, 2, 2, 1)), CONV, Activation.NONE);
            float[] normed = Tensors.toFloats(y);
            for (int i = 0; i < values.length; i++) {
                assertThat(normed[i]).isCloseTo((float) ((values[i] - 3) / Math.sqrt(3.5) * 2 + 3), within(1e-4f));
            }
            assertThat(only(weights, "n.running_mean")).isCloseTo(0.9f * 10 + 0.1f * 3, within(1e-5f));
            assertThat(only(weights, "n.running_var")).isCloseTo(0.9f * 4 + 0.1f * 14 / 3, within(1e-5f));

            ops.backward(y.sum());
            assertThat(weights.gradient("n.bias").orElseThrow().toFloats()[0]).isEqualTo(4);
            assertThat(weights.gradient("n.weight").orElseThrow().toFloats()[0]).isCloseTo(0, within(1e-5f));
            assertThat(weights.gradient("n.running_mean")).isEmpty();
            assertThat(weights.gradient("n.running_var")).isEmpty();
        }
    }

    @Test
    void frozenBatchNormUsesAndKeepsTheRunningStatistics() {
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = smallWeights();
                AutogradOps ops = new AutogradOps(weights)) {
            Tensor y = ops.conv2d(Tensors.adopt(Tensors.copyOf(new float[] {12}, 1, 1, 1, 1)), CONV, Activation.NONE);
            assertThat(Tensors.toFloats(y)[0]).isCloseTo((12 - 10) / 2f * 2 + 3, within(1e-4f));
            assertThat(only(weights, "n.running_mean")).isEqualTo(10);
            assertThat(only(weights, "n.running_var")).isEqualTo(4);
        }
    }

    /** 0 where the branch of ones was left out, else its factor, for each sample. */
    private static float[] dropped(AutogradOptions options, double rate, int samples) {
        Linear layer = Linear.of(new Parameter("l.weight", 2, 1), new Parameter("l.bias", 2));
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = AutogradSteps.weights(Map.of(
                        "l.weight", HostTensor.of(new float[] {0, 0}, 2, 1),
                        "l.bias", HostTensor.of(new float[] {1, 1}, 2)));
                AutogradOps ops = new AutogradOps(weights, options)) {
            Tensor residual = Tensors.adopt(Tensors.copyOf(new float[samples * 3 * 2], samples, 3, 2));
            Tensor x = Tensors.adopt(Tensors.copyOf(new float[samples * 3], samples, 3, 1));
            float[] sums = Tensors.toFloats(ops.linearAdd(residual, x, layer, rate));
            float[] factors = new float[samples];
            for (int s = 0; s < samples; s++) {
                factors[s] = sums[6 * s];
                assertThat(Arrays.copyOfRange(sums, 6 * s, 6 * s + 6))
                        .as("a sample is left out as a whole")
                        .containsOnly(factors[s]);
            }
            return factors;
        }
    }

    @Test
    void dropPathLeavesOutWholeSamplesAndKeepsTheMean() {
        AutogradOptions options = AutogradOptions.DEFAULT.withDropPath(true).withSeed(5);
        float[] factors = dropped(options, 0.25, 4000);
        int zeros = 0;
        for (float factor : factors) {
            assertThat(factor).isIn(0f, (float) (1 / 0.75));
            zeros += factor == 0 ? 1 : 0;
        }
        assertThat(zeros / 4000.0).as("share left out, seed 5").isCloseTo(0.25, within(0.03));
    }

    @Test
    void dropPathDependsOnTheSeedAndThePlaceInTheBatchAlone() {
        AutogradOptions options = AutogradOptions.DEFAULT.withDropPath(true);
        assertThat(dropped(options.withSeed(1), 0.5, 64)).isEqualTo(dropped(options.withSeed(1), 0.5, 64));
        assertThat(dropped(options.withSeed(1), 0.5, 64)).isNotEqualTo(dropped(options.withSeed(2), 0.5, 64));
        float[] lower = Arrays.copyOfRange(dropped(options.withSeed(1), 0.5, 64), 40, 64);
        assertThat(dropped(options.withSeed(41), 0.5, 24)).isEqualTo(lower);
    }

    @Test
    void nothingIsLeftOutUnlessAskedFor() {
        assertThat(dropped(AutogradOptions.DEFAULT, 0.9, 8)).containsOnly(1);
        assertThat(dropped(AutogradOptions.DEFAULT.withDropPath(true), 0, 8)).containsOnly(1);
    }

    @Test
    void dropPathReachesTheBackbone(@TempDir Path folder) throws IOException {
        String config = Files.readString(Fixtures.path("tiny-swin/config.json"))
                .replaceAll("\"drop_path_rate\": [0-9.]+", "\"drop_path_rate\": 0.9");
        Path changed = Files.writeString(folder.resolve("config.json"), config);
        Mask2FormerNetwork network = new Mask2FormerNetwork(ConfigJson.read(changed));
        String name = "model.pixel_level_module.encoder.embeddings.norm.weight";
        try (TrainableWeights all = AutogradSteps.weights("tiny-swin");
                TrainableWeights some = AutogradSteps.weights("tiny-swin")) {
            AutogradSteps.step(network, all, AutogradOptions.DEFAULT);
            AutogradSteps.step(
                    network, some, AutogradOptions.DEFAULT.withDropPath(true).withSeed(3));
            assertThat(some.gradient(name).orElseThrow().toFloats())
                    .isNotEqualTo(all.gradient(name).orElseThrow().toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void checkpointingGivesTheSameGradientsAndStatistics(String fixture, @TempDir Path folder) throws IOException {
        String config = Files.readString(Fixtures.path(fixture + "/config.json"))
                .replaceAll("\"drop_path_rate\": [0-9.]+", "\"drop_path_rate\": 0.5");
        Path changed = Files.writeString(folder.resolve("config.json"), config);
        Mask2FormerNetwork network = new Mask2FormerNetwork(ConfigJson.read(changed));
        AutogradOptions options = AutogradOptions.DEFAULT
                .withDropPath(true)
                .withTrainBatchNorm(true)
                .withSeed(4);
        try (TrainableWeights whole = AutogradSteps.weights(fixture);
                TrainableWeights parts = AutogradSteps.weights(fixture)) {
            AutogradSteps.step(network, whole, options);
            AutogradSteps.step(network, parts, options.withCheckpointing(true));
            for (String name : whole.names()) {
                assertThat(floats(parts.gradient(name)))
                        .as("gradient of " + name)
                        .isEqualTo(floats(whole.gradient(name)));
                assertThat(Tensors.toFloats(parts.tensor(name)))
                        .as(name)
                        .isEqualTo(Tensors.toFloats(whole.tensor(name)));
            }
        }
    }

    private static float[] floats(Optional<HostTensor> gradient) {
        return gradient.map(HostTensor::toFloats).orElse(new float[0]);
    }

    /** bfloat16 has 8 bits; what a step makes of them is near the float32 gradient, and the master weights are untouched. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void gradientsInBfloat16PointWhereThoseInFloat32Do(String fixture) {
        Mask2FormerNetwork network = AutogradSteps.network(fixture);
        try (TrainableWeights exact = AutogradSteps.weights(fixture);
                TrainableWeights rough = AutogradSteps.weights(fixture)) {
            AutogradSteps.step(network, exact, AutogradOptions.DEFAULT);
            AutogradSteps.step(network, rough, AutogradOptions.DEFAULT.withPrecision(Precision.BF16));
            double product = 0;
            double exactSquares = 0;
            double roughSquares = 0;
            for (String name : exact.names()) {
                assertThat(rough.gradient(name).isPresent())
                        .as(name)
                        .isEqualTo(exact.gradient(name).isPresent());
                if (exact.gradient(name).isEmpty()) {
                    continue;
                }
                float[] a = exact.gradient(name).orElseThrow().toFloats();
                float[] b = rough.gradient(name).orElseThrow().toFloats();
                for (int i = 0; i < a.length; i++) {
                    product += (double) a[i] * b[i];
                    exactSquares += (double) a[i] * a[i];
                    roughSquares += (double) b[i] * b[i];
                }
                assertThat(Tensors.toFloats(rough.tensor(name))).isEqualTo(Tensors.toFloats(exact.tensor(name)));
            }
            assertThat(product / Math.sqrt(exactSquares * roughSquares))
                    .as("cosine of all gradients")
                    .isBetween(0.98, 0.999999);
        }
    }
}
