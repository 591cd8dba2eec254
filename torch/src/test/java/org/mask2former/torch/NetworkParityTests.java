package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Effort;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.PixelDecoder;
import org.mask2former.model.Precision;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.HostTensor;

/** The network gives the reference's numbers, part by part. */
class NetworkParityTests {
    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void everyStageEqualsTransformers(String fixture) {
        check(fixture, TorchDevice.CPU);
    }

    /** With what runs on GPUs, on the processor. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void everyStageEqualsTransformersByTheOperationsOfGpus(String fixture) {
        check(fixture, TestDevice.get());
    }

    private static void check(String fixture, TorchDevice device) {
        ModelConfig config = ConfigJson.read(Fixtures.path(fixture + "/config.json"));
        Torch.load();
        try (Weights weights = Safetensors.open(Fixtures.path(fixture + "/model.safetensors"));
                Weights expected = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"))) {
            check(config, weights, expected, "backbone.stage", 1, device);
        }
    }

    static void check(ModelConfig config, Weights weights, Weights expected, String stages, int firstStage) {
        check(config, weights, expected, stages, firstStage, TorchDevice.CPU);
    }

    private static void check(
            ModelConfig config, Weights weights, Weights expected, String stages, int firstStage, TorchDevice device) {
        Mask2FormerNetwork network = new Mask2FormerNetwork(config);
        HostTensor input = expected.tensor("input.pixel_values");
        int[] shape = input.shape();
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                TorchWeights native_ = new TorchWeights(network.parameters(), weights, device, Precision.FP32);
                ConstantCache constants = new ConstantCache(ConstantCache.DEFAULT_LIMIT_BYTES);
                Helpers helpers = new Helpers(2);
                TorchOps ops = new TorchOps(native_, constants, helpers)) {
            Tensor pixels = ops.pixels(input.toFloats(), shape[0], shape[2], shape[3]);
            List<String> report = new ArrayList<>();

            List<Tensor> features = network.backbone().forward(ops, pixels);
            for (int s = 0; s < 4; s++) {
                compare(report, expected, stages + (s + firstStage), ops.permute(features.get(s), 0, 3, 1, 2));
            }
            PixelDecoder.Features<Tensor> decoded = network.pixelDecoder().forward(ops, features);
            compare(report, expected, "pixel_decoder.mask_features", ops.permute(decoded.maskFeatures(), 0, 3, 1, 2));
            for (int l = 0; l < 3; l++) {
                compare(
                        report,
                        expected,
                        "pixel_decoder.scale" + l,
                        ops.permute(decoded.scales().get(l), 0, 2, 1));
            }
            List<TransformerDecoder.Output<Tensor>> outputs =
                    network.transformerDecoder().forward(ops, decoded, Effort.FULL.of(network.config()), true);
            for (int i = 0; i < outputs.size(); i++) {
                compare(
                        report,
                        expected,
                        "decoder.layer" + i + ".class_logits",
                        outputs.get(i).classLogits());
                compare(
                        report,
                        expected,
                        "decoder.layer" + i + ".mask_logits",
                        outputs.get(i).maskLogits());
            }
            assertThat(report).as("tensors over the bar").isEmpty();
            assertThat(outputs).hasSize(config.decoderPredictions());
        }
    }

    /** The bar: the largest difference is at most 1e-4 of the expected tensor's standard deviation, plus 1e-5. */
    private static void compare(List<String> report, Weights expected, String name, Tensor actual) {
        float[] want = expected.tensor(name).toFloats();
        float[] have = Tensors.toFloats(actual);
        assertThat(have).as(name).hasSameSizeAs(want);
        double sum = 0;
        double squares = 0;
        double worst = 0;
        for (int i = 0; i < want.length; i++) {
            sum += want[i];
            squares += (double) want[i] * want[i];
            worst = Math.max(worst, Math.abs((double) want[i] - have[i]));
        }
        double mean = sum / want.length;
        double deviation = Math.sqrt(Math.max(0, squares / want.length - mean * mean));
        double bar = 1e-4 * deviation + 1e-5;
        if (!(worst <= bar)) {
            report.add("%s: max difference %.2e, bar %.2e".formatted(name, worst, bar));
        }
    }
}
