package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.CheckpointException;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

class AutogradOpsTests {
    private static Mask2FormerNetwork network(String fixture) {
        return new Mask2FormerNetwork(ConfigJson.read(Fixtures.path(fixture + "/config.json")));
    }

    private static TrainableWeights weights(String fixture, Mask2FormerNetwork network) {
        try (Weights source = Safetensors.open(Fixtures.path(fixture + "/model.safetensors"))) {
            return new TrainableWeights(network.parameters(), source);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void givesTheReferencesPredictions(String fixture) {
        Mask2FormerNetwork network = network(fixture);
        try (PointerScope scope = new PointerScope();
                Weights expected = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"));
                TrainableWeights weights = weights(fixture, network);
                AutogradOps ops = new AutogradOps(weights)) {
            HostTensor input = expected.tensor("input.pixel_values");
            int[] shape = input.shape();
            List<TransformerDecoder.Output<Tensor>> outputs =
                    network.forwardAllLayers(ops, ops.pixels(input.toFloats(), shape[0], shape[2], shape[3]));
            assertThat(outputs).hasSize(network.config().decoderPredictions());
            for (int i = 0; i < outputs.size(); i++) {
                assertClose(outputs.get(i).classLogits(), expected.tensor("decoder.layer" + i + ".class_logits"));
                assertClose(outputs.get(i).maskLogits(), expected.tensor("decoder.layer" + i + ".mask_logits"));
            }
        }
    }

    private static void assertClose(Tensor actual, HostTensor expected) {
        float[] want = expected.toFloats();
        float[] have = Tensors.toFloats(actual);
        assertThat(have).hasSameSizeAs(want);
        for (int i = 0; i < want.length; i++) {
            assertThat((double) have[i]).isCloseTo(want[i], within(1e-4));
        }
    }

    /** A backward pass from the mean squares of a prediction of noise. */
    private static void step(Mask2FormerNetwork network, TrainableWeights weights) {
        Random random = new Random(7);
        float[] pixels = new float[3 * 64 * 64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        try (PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights)) {
            TransformerDecoder.Output<Tensor> output = network.forward(ops, ops.pixels(pixels, 1, 64, 64));
            output.maskLogits()
                    .square()
                    .mean()
                    .add(output.classLogits().square().mean())
                    .backward();
        }
    }

    @Test
    void gradientsAddUpUntilTheyAreCleared() {
        Mask2FormerNetwork network = network("tiny-resnet");
        String name = "class_predictor.bias";
        try (TrainableWeights weights = weights("tiny-resnet", network)) {
            assertThat(weights.gradient(name)).isEmpty();
            step(network, weights);
            float[] once = weights.gradient(name).orElseThrow().toFloats();
            step(network, weights);
            float[] twice = weights.gradient(name).orElseThrow().toFloats();
            for (int i = 0; i < once.length; i++) {
                assertThat(twice[i]).isCloseTo(2 * once[i], within(1e-5f));
            }
            weights.clearGradients();
            assertThat(weights.gradient(name)).isEmpty();
        }
    }

    @Test
    void runningStatisticsOfBatchNormsDoNotLearn() {
        Mask2FormerNetwork network = network("tiny-resnet");
        try (TrainableWeights weights = weights("tiny-resnet", network)) {
            Map<String, HostTensor> before = weights.export();
            step(network, weights);
            List<String> statistics = weights.names().stream()
                    .filter(n -> n.contains(".running_"))
                    .toList();
            assertThat(statistics).isNotEmpty().allSatisfy(n -> {
                assertThat(weights.gradient(n)).isEmpty();
                assertThat(weights.export().get(n).toFloats())
                        .isEqualTo(before.get(n).toFloats());
            });
        }
    }

    @Test
    void whatIsExportedIsWhatWasLoadedAndACopy() {
        Mask2FormerNetwork network = network("tiny-swin");
        try (Weights source = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"));
                TrainableWeights weights = new TrainableWeights(network.parameters(), source)) {
            Map<String, HostTensor> exported = weights.export();
            assertThat(exported.keySet())
                    .containsExactlyElementsOf(
                            network.parameters().stream().map(Parameter::name).toList());
            exported.forEach((name, tensor) -> {
                assertThat(tensor.shape()).isEqualTo(source.shape(name));
                assertThat(tensor.toFloats()).isEqualTo(source.tensor(name).toFloats());
            });
            float[] before = exported.get("class_predictor.bias").toFloats();
            try (NoGradGuard guard = new NoGradGuard()) {
                weights.tensor("class_predictor.bias").zero_();
            }
            assertThat(exported.get("class_predictor.bias").toFloats()).isEqualTo(before);
            assertThat(weights.export().get("class_predictor.bias").toFloats()).containsOnly(0);
        }
    }

    @Test
    void weightsOfAnotherModelAreRefused() {
        ModelConfig config = network("tiny-swin").config();
        Mask2FormerNetwork larger = new Mask2FormerNetwork(ModelConfig.of(config.backbone(), 20, config.labels()));
        try (Weights source = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            assertThatThrownBy(() -> new TrainableWeights(larger.parameters(), source))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("the model needs");
        }
    }

    @Test
    void twentyStepsLeaveNothingBehind() {
        Mask2FormerNetwork network = network("tiny-swin");
        steps(network, 2); // makes what lives as long as the process
        long pointers = Pointer.totalCount();
        steps(network, 20);
        assertThat(Pointer.totalCount()).as("native objects").isLessThanOrEqualTo(pointers);
    }

    private static void steps(Mask2FormerNetwork network, int steps) {
        List<Long> counts = new ArrayList<>();
        try (TrainableWeights weights = weights("tiny-swin", network)) {
            for (int i = 0; i < steps; i++) {
                step(network, weights);
                weights.clearGradients();
                counts.add(Pointer.totalCount());
            }
        }
        assertThat(counts.subList(1, steps))
                .as("native objects after each step")
                .containsOnly(counts.get(1));
    }
}
