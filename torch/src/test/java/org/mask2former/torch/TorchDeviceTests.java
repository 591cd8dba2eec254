package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.Precision;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Levels;

/** What runs on a GPU, as far as it can be tried without one. */
class TorchDeviceTests {
    private static final int SIDE = 64;

    @BeforeAll
    static void libtorch() {
        Torch.load();
    }

    @Test
    void namesTheDevicesThereAre() {
        assertThat(TorchDevice.of("cpu")).isSameAs(TorchDevice.CPU);
        assertThatThrownBy(() -> TorchDevice.of("gpu"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("there is no device 'gpu'; use cpu, cuda or cuda:N");
    }

    @Test
    void aGpuThatIsNotThereIsSaidSo() {
        assumeFalse(TorchReport.read().cudaDevices() > 0, "this machine has a GPU");
        assertThatThrownBy(() -> TorchDevice.of("cuda"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageStartingWith("device 'cuda': ");
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "FP16"})
    void halfPrecisionKeepsToItsTypes(Precision precision) {
        for (String fixture : new String[] {"tiny-swin", "tiny-resnet"}) {
            Masks exact = forward(fixture, Precision.FP32);
            Masks rounded = forward(fixture, precision);
            assertThat(rounded.type).isEqualTo(GpuPrecision.activations(precision));
            assertThat(distance(rounded.masks, exact.masks)).isLessThan(precision == Precision.BF16 ? 0.2 : 0.02);
        }
    }

    private record Masks(torch.ScalarType type, float[] masks) {}

    private static Masks forward(String fixture, Precision precision) {
        Mask2FormerNetwork network = AutogradSteps.network(fixture);
        float[] pixels = new float[2 * 3 * SIDE * SIDE];
        Random random = new Random(5);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                Weights source = Safetensors.open(Fixtures.path(fixture + "/model.safetensors"));
                TorchWeights weights = new TorchWeights(network.parameters(), source, TestDevice.get(), precision);
                ConstantCache constants = new ConstantCache(ConstantCache.DEFAULT_LIMIT_BYTES);
                Helpers helpers = new Helpers(1);
                TorchOps ops = new TorchOps(weights, constants, helpers)) {
            Tensor masks =
                    network.forward(ops, ops.pixels(pixels, 2, SIDE, SIDE)).maskLogits();
            return new Masks(masks.scalar_type().intern(), Tensors.toFloats(masks));
        }
    }

    private static double distance(float[] have, float[] want) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < want.length; i++) {
            error += Math.pow(have[i] - want[i], 2);
            size += Math.pow(want[i], 2);
        }
        return Math.sqrt(error / size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void theGradientsOfGpusAreThoseOfProcessors(String fixture) {
        Mask2FormerNetwork network = AutogradSteps.network(fixture);
        AutogradOptions options = AutogradOptions.DEFAULT.withDropPath(true).withSeed(3);
        try (TrainableWeights weights = AutogradSteps.weights(fixture);
                TrainableWeights others = AutogradSteps.weights(fixture, TestDevice.get())) {
            AutogradSteps.step(network, weights, options);
            AutogradSteps.step(network, others, options);
            for (String name : weights.names()) {
                assertThat(others.gradient(name).isPresent())
                        .as(name)
                        .isEqualTo(weights.gradient(name).isPresent());
                weights.gradient(name)
                        .ifPresent(g -> assertClose(name, others.gradient(name).orElseThrow(), g));
            }
        }
    }

    private static void assertClose(String name, HostTensor actual, HostTensor expected) {
        float[] have = actual.toFloats();
        float[] want = expected.toFloats();
        double error = 0;
        double size = 0;
        for (int i = 0; i < want.length; i++) {
            error += Math.pow(have[i] - want[i], 2);
            size += Math.pow(want[i], 2);
        }
        assertThat(Math.sqrt(error)).as(name).isLessThanOrEqualTo(1e-4 * Math.sqrt(size) + 1e-4);
    }

    @Test
    void weightsComeBackAsTheyWere() {
        try (TrainableWeights weights = AutogradSteps.weights("tiny-resnet", TestDevice.get());
                TrainableWeights others = AutogradSteps.weights("tiny-resnet")) {
            Map<String, HostTensor> exported = weights.export();
            others.export()
                    .forEach((name, tensor) ->
                            assertThat(exported.get(name).toFloats()).containsExactly(tensor.toFloats()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Float", "BFloat16", "Half"})
    void theKernelForDeformableAttentionGivesWhatLibtorchsOwnGive(torch.ScalarType type) {
        assumeTrue(System.getProperty("mask2former.test.device", "").startsWith("cuda"), "no GPU to test on");
        Levels levels = new Levels(List.of(new Levels.Size(3, 5), new Levels.Size(6, 9), new Levels.Size(13, 18)));
        int heads = 8;
        int points = 4;
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                Weights source = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"));
                TorchWeights weights = new TorchWeights(
                        AutogradSteps.network("tiny-swin").parameters(), source, TestDevice.get(), Precision.FP32);
                ConstantCache constants = new ConstantCache(ConstantCache.DEFAULT_LIMIT_BYTES);
                Helpers helpers = new Helpers(1);
                TorchOps ops = new TorchOps(weights, constants, helpers)) {
            for (int width : new int[] {16, 32, 40}) {
                Tensor value = noise(type, 2, levels.tokens(), heads * width);
                Tensor sampling =
                        noise(type, 2, levels.tokens(), heads * 3 * points * 3).mul(new Scalar(3));
                float[] have = Tensors.toFloats(CudaAttention.forward(value, sampling, levels, heads, points)
                        .orElseThrow());
                float[] want =
                        Tensors.toFloats(new SampledAttention(levels, heads, points).forward(value, sampling, ops));
                assertThat(distance(have, want)).isLessThan(type == torch.ScalarType.Float ? 1e-5 : 5e-3);
            }
        }
    }

    private static Tensor noise(torch.ScalarType type, long... shape) {
        return torch.randn(shape, TestDevice.get().options(type));
    }
}
