package org.mask2former.torch;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/** Forward and backward passes of small models, for tests. */
final class AutogradSteps {
    private AutogradSteps() {}

    static Mask2FormerNetwork network(String fixture) {
        return new Mask2FormerNetwork(ConfigJson.read(Fixtures.path(fixture + "/config.json")));
    }

    static TrainableWeights weights(String fixture) {
        return weights(fixture, TorchDevice.CPU);
    }

    static TrainableWeights weights(String fixture, TorchDevice device) {
        try (Weights source = Safetensors.open(Fixtures.path(fixture + "/model.safetensors"))) {
            return new TrainableWeights(network(fixture).parameters(), source, device);
        }
    }

    static TrainableWeights weights(Map<String, HostTensor> values) {
        List<Parameter> parameters = values.entrySet().stream()
                .map(e -> new Parameter(e.getKey(), e.getValue().shape()))
                .toList();
        return new TrainableWeights(parameters, Weights.of("a test", values));
    }

    /** A backward pass from the mean squares of a prediction for two pictures of noise. */
    static void step(Mask2FormerNetwork network, TrainableWeights weights, AutogradOptions options) {
        Random random = new Random(7);
        float[] pixels = new float[2 * 3 * 64 * 64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        try (PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights, options)) {
            TransformerDecoder.Output<Tensor> output = network.forward(ops, ops.pixels(pixels, 2, 64, 64));
            ops.backward(output.maskLogits()
                    .square()
                    .mean()
                    .add(output.classLogits().square().mean()));
        }
    }
}
