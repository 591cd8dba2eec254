package org.mask2former.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.AutogradOps;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.TorchDevice;
import org.mask2former.torch.TrainableWeights;

/** A training step of Transformers, recorded: its input, targets and random points, and what came of them. */
final class ReferenceStep implements AutoCloseable {
    final ModelConfig config;
    final Weights expected;
    final JsonNode json;
    final TrainableWeights weights;
    /** {@code cuda} to see whether a GPU gives the reference's numbers. */
    private static final String DEVICE = System.getProperty("mask2former.test.device", "cpu");

    private final Mask2FormerNetwork network;
    private final Losses losses;

    ReferenceStep(String fixture) {
        config = ConfigJson.read(Fixtures.path(fixture + "/config.json"));
        network = new Mask2FormerNetwork(config);
        losses = new Losses(config);
        try {
            json = new ObjectMapper()
                    .readTree(Fixtures.path(fixture + "/expected.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        expected = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"));
        try (Weights source = Safetensors.open(Fixtures.path(fixture + "/model.safetensors"))) {
            weights = new TrainableWeights(network.parameters(), source, TorchDevice.of(DEVICE));
        }
    }

    /** What a step gave, with its tensors freed. */
    record Outcome(double total, Losses.Result result) {}

    /** Forward, losses, backward: gradients are added to what the weights have. */
    Outcome run(List<Target> targets, RandomPoints random) {
        return run(targets, random, AutogradOptions.DEFAULT);
    }

    Outcome run(List<Target> targets, RandomPoints random, AutogradOptions options) {
        HostTensor input = expected.tensor("input.pixel_values");
        int[] shape = input.shape();
        try (PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights, options)) {
            Tensor pixels = ops.pixels(input.toFloats(), shape[0], shape[2], shape[3]);
            List<TransformerDecoder.Output<Tensor>> outputs = network.forwardAllLayers(ops, pixels);
            try (Losses.Result result = losses.compute(outputs, targets, random)) {
                ops.backward(result.total());
                return new Outcome(result.total().item_double(), result);
            }
        }
    }

    Outcome run() {
        return run(targets(), recordedPoints());
    }

    List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (int b = 0; b < expected.shape("input.pixel_values")[0]; b++) {
            targets.add(new Target(
                    integers(expected.tensor("target." + b + ".classes")), expected.tensor("target." + b + ".masks")));
        }
        return targets;
    }

    static int[] integers(HostTensor tensor) {
        int[] values = new int[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (int) tensor.data().getLong(8 * i);
        }
        return values;
    }

    /** What the reference drew, in its order, without the scalars that its dropped-out layers drew. */
    RandomPoints recordedPoints() {
        List<HostTensor> drawn = expected.names().stream()
                .filter(n -> n.startsWith("loss.random."))
                .sorted()
                .map(expected::tensor)
                .filter(t -> t.shape().length == 3)
                .toList();
        int[] next = {0, 0}; // draw, row in it: the reference draws for all pictures at once, one after another
        return (picture, rows, points) -> {
            HostTensor values = drawn.get(next[0]);
            int[] shape = values.shape();
            int first = next[1];
            if (first + rows > shape[0] || points != shape[1]) {
                throw new AssertionError("draw " + next[0] + " asks for " + rows + " × " + points + " points from row "
                        + first + "; the reference drew " + shape[0] + " × " + shape[1]);
            }
            next[0] += first + rows == shape[0] ? 1 : 0;
            next[1] = (first + rows) % shape[0];
            return Arrays.copyOfRange(values.toFloats(), first * points * 2, (first + rows) * points * 2);
        };
    }

    /** The reference names gradients as Transformers does in memory; the name in a checkpoint. */
    static String hubName(String name) {
        return name.replace(".encoder.swin.", ".encoder.")
                .replace(".attention.q_proj.", ".attention.self.query.")
                .replace(".attention.k_proj.", ".attention.self.key.")
                .replace(".attention.v_proj.", ".attention.self.value.")
                .replace(".attention.o_proj.", ".attention.output.dense.")
                .replace(".attention.relative_position_bias.", ".attention.self.")
                .replace(".mlp.fc1.", ".intermediate.dense.")
                .replace(".mlp.fc2.", ".output.dense.");
    }

    @Override
    public void close() {
        weights.close();
        expected.close();
    }
}
