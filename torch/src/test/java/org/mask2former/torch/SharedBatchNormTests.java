package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/** Two halves of a batch, on two threads that add up what they have, see what one sees that has the whole. */
class SharedBatchNormTests {
    private static final int SIDE = 5;
    private static final int IN = 2;
    private static final int OUT = 3;
    private static final Conv2d CONV = new Conv2d(
            new Parameter("w", OUT, IN, 3, 3),
            Optional.empty(),
            1,
            1,
            Optional.of(new Conv2d.BatchNorm(
                    new Parameter("n.weight", OUT),
                    new Parameter("n.bias", OUT),
                    new Parameter("n.running_mean", OUT),
                    new Parameter("n.running_var", OUT))));

    private static float[] noise(long seed, int length, double mean) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (mean + random.nextGaussian());
        }
        return values;
    }

    private static TrainableWeights weights() {
        Map<String, HostTensor> values = new LinkedHashMap<>();
        values.put("w", HostTensor.of(noise(1, OUT * IN * 9, 0), OUT, IN, 3, 3));
        values.put("n.weight", HostTensor.of(noise(2, OUT, 1), OUT));
        values.put("n.bias", HostTensor.of(noise(3, OUT, 0), OUT));
        values.put("n.running_mean", HostTensor.of(noise(4, OUT, 0), OUT));
        values.put("n.running_var", HostTensor.of(new float[] {1, 2, 3}, OUT));
        return AutogradSteps.weights(values);
    }

    /** What a process sees: the output, the gradient of its pictures, and by name gradients and running statistics. */
    private record Seen(
            float[] y, float[] ofPictures, Map<String, float[]> ofWeights, Map<String, float[]> statistics) {}

    private static Seen step(int first, int pictures, Activation activation, Optional<Consumer<Tensor>> sum) {
        float[] all = noise(5, 4 * SIDE * SIDE * IN, 7); // far from 0, where sums of squares alone would be too rough
        float[] pulls = noise(6, 4 * SIDE * SIDE * OUT, 0);
        AutogradOptions options = AutogradOptions.DEFAULT.withTrainBatchNorm(true);
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = weights();
                AutogradOps ops = new AutogradOps(weights, options, sum)) {
            Tensor x = part(all, first, pictures, IN).set_requires_grad(true);
            Tensor y = ops.conv2d(x, CONV, activation);
            ops.backward(y.mul(part(pulls, first, pictures, OUT)).sum());
            Map<String, float[]> gradients = new LinkedHashMap<>();
            Map<String, float[]> statistics = new LinkedHashMap<>();
            for (String name : weights.names()) {
                weights.gradient(name).ifPresent(g -> gradients.put(name, g.toFloats()));
                if (name.contains("running")) {
                    statistics.put(name, Tensors.toFloats(weights.tensor(name)));
                }
            }
            return new Seen(Tensors.toFloats(y), Tensors.toFloats(x.grad()), gradients, statistics);
        }
    }

    private static Tensor part(float[] all, int first, int pictures, int channels) {
        int each = SIDE * SIDE * channels;
        float[] values = new float[pictures * each];
        System.arraycopy(all, first * each, values, 0, values.length);
        return Tensors.adopt(Tensors.copyOf(values, pictures, SIDE, SIDE, channels));
    }

    private static Consumer<Tensor> adder(Tensor[] places, int own, CyclicBarrier barrier) {
        return tensor -> {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard constants = new NoGradGuard()) {
                places[own] = tensor;
                barrier.await();
                Tensor total = places[0].add(places[1]);
                barrier.await();
                tensor.copy_(total);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "RELU"})
    void halvesOfABatchSeeWhatTheWholeSees(String name) throws Exception {
        Activation activation = Activation.valueOf(name);
        Seen whole = step(0, 4, activation, Optional.empty());
        Tensor[] places = new Tensor[2];
        CyclicBarrier barrier = new CyclicBarrier(2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<Future<Seen>> halves = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Consumer<Tensor> sum = adder(places, i, barrier);
            int first = 2 * i;
            halves.add(threads.submit(() -> step(first, 2, activation, Optional.of(sum))));
        }
        Seen a = halves.get(0).get();
        Seen b = halves.get(1).get();
        threads.shutdown();

        assertThat(joined(a.y, b.y)).containsExactly(whole.y, within(1e-5f));
        assertThat(joined(a.ofPictures, b.ofPictures)).containsExactly(whole.ofPictures, within(1e-5f));
        assertThat(a.ofWeights.keySet())
                .containsExactlyInAnyOrder("w", "n.weight", "n.bias")
                .isEqualTo(whole.ofWeights.keySet());
        whole.ofWeights.forEach((weight, expected) -> {
            float[] sums = a.ofWeights.get(weight).clone();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += b.ofWeights.get(weight)[i];
            }
            assertThat(sums).as(weight).containsExactly(expected, within(1e-4f));
        });
        whole.statistics.forEach((statistic, expected) -> {
            assertThat(a.statistics.get(statistic)).as(statistic).containsExactly(expected, within(1e-5f));
            assertThat(b.statistics.get(statistic)).as(statistic).isEqualTo(a.statistics.get(statistic));
        });
    }

    private static float[] joined(float[] a, float[] b) {
        float[] all = new float[a.length + b.length];
        System.arraycopy(a, 0, all, 0, a.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    @Test
    void aNormThatDoesNotLearnKeepsItsStatisticsAndSharesNothing() {
        AutogradOptions options = AutogradOptions.DEFAULT.withTrainBatchNorm(true);
        Consumer<Tensor> nobody = t -> {
            throw new AssertionError("nothing is to be shared");
        };
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = weights();
                AutogradOps ops = new AutogradOps(weights, options, Optional.of(nobody))) {
            weights.tensor("n.weight").set_requires_grad(false);
            weights.tensor("n.bias").set_requires_grad(false);
            float[] before = Tensors.toFloats(weights.tensor("n.running_mean"));
            Tensor x = part(noise(5, SIDE * SIDE * IN, 7), 0, 1, IN);
            ops.backward(ops.conv2d(x, CONV, Activation.NONE).sum());
            assertThat(Tensors.toFloats(weights.tensor("n.running_mean"))).isEqualTo(before);
            assertThat(weights.gradient("w")).isPresent();
            assertThat(weights.gradient("n.weight")).isEmpty();
        }
    }
}
