package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.CheckpointException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

class AutogradOpsTests {
    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void givesTheReferencesPredictions(String fixture) {
        Mask2FormerNetwork network = AutogradSteps.network(fixture);
        try (PointerScope scope = new PointerScope();
                Weights expected = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"));
                TrainableWeights weights = AutogradSteps.weights(fixture);
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

    @Test
    void gradientsAddUpUntilTheyAreCleared() {
        Mask2FormerNetwork network = AutogradSteps.network("tiny-resnet");
        String name = "class_predictor.bias";
        try (TrainableWeights weights = AutogradSteps.weights("tiny-resnet")) {
            assertThat(weights.gradient(name)).isEmpty();
            AutogradSteps.step(network, weights, AutogradOptions.DEFAULT);
            float[] once = weights.gradient(name).orElseThrow().toFloats();
            AutogradSteps.step(network, weights, AutogradOptions.DEFAULT);
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
        Mask2FormerNetwork network = AutogradSteps.network("tiny-resnet");
        try (TrainableWeights weights = AutogradSteps.weights("tiny-resnet")) {
            Map<String, HostTensor> before = weights.export();
            AutogradSteps.step(network, weights, AutogradOptions.DEFAULT);
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
        Mask2FormerNetwork network = AutogradSteps.network("tiny-swin");
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
        ModelConfig config = AutogradSteps.network("tiny-swin").config();
        Mask2FormerNetwork larger = new Mask2FormerNetwork(ModelConfig.of(config.backbone(), 20, config.labels()));
        try (Weights source = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            assertThatThrownBy(() -> new TrainableWeights(larger.parameters(), source))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("the model needs");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void twentyStepsLeaveNothingBehind(boolean checkpointing) throws InterruptedException {
        System.gc(); // what the tests before have left, or it goes while we count
        Thread.sleep(200);
        Mask2FormerNetwork network = AutogradSteps.network("tiny-swin");
        AutogradOptions options = AutogradOptions.DEFAULT.withCheckpointing(checkpointing);
        steps(network, 2, options); // makes what lives as long as the process
        long pointers = Pointer.totalCount();
        steps(network, 20, options);
        assertThat(Pointer.totalCount()).as("native objects").isLessThanOrEqualTo(pointers);
    }

    private static void steps(Mask2FormerNetwork network, int steps, AutogradOptions options) {
        List<Long> counts = new ArrayList<>();
        try (TrainableWeights weights = AutogradSteps.weights("tiny-swin")) {
            for (int i = 0; i < steps; i++) {
                AutogradSteps.step(network, weights, options);
                weights.clearGradients();
                counts.add(Pointer.totalCount());
            }
        }
        assertThat(counts.subList(1, steps))
                .as("native objects after each step")
                .containsOnly(counts.get(1));
    }
}
