package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forward and backward equal those of the definition through libtorch's autograd, however the windows are shared out. */
class TrainedWindowAttentionTests {
    @BeforeAll
    static void load() {
        Torch.load();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 2", "2, 1 2, 2, 2", "3, 3 1 1, 2, 3", "2, 4, 3, 2", "1, 4 2 2 1, 4, 1"})
    void equalsItsDefinition(int pictures, String ofKinds, int heads, int threads) {
        int[] kinds = Stream.of(ofKinds.split(" ")).mapToInt(Integer::parseInt).toArray();
        int windows = IntStream.of(kinds).sum();
        int tokens = 9;
        int width = 4;
        long seed = 100L * pictures + windows;
        Random random = new Random(seed);
        try (PointerScope scope = new PointerScope();
                Helpers helpers = new Helpers(threads)) {
            Tensor qkv = leaf(random, (long) pictures * windows, tokens, 3L * heads * width);
            Tensor bias = leaf(random, kinds.length, heads, tokens, tokens);
            Tensor wanted = leaf(random, (long) pictures * windows, tokens, (long) heads * width);
            Tensor expected = definition(qkv, bias, kinds, heads, pictures);
            expected.mul(wanted).sum().backward();

            TrainedWindowAttention attention = new TrainedWindowAttention(kinds, heads, helpers);
            try (NoGradGuard byHand = new NoGradGuard()) {
                TrainedWindowAttention.Forward forward = attention.forward(qkv, bias);
                assertClose(Tensors.adopt(forward.y()), expected, "result, seed " + seed);
                TrainedWindowAttention.Gradients gradients = attention.backward(qkv, bias, forward.shares(), wanted);
                assertClose(gradients.qkv(), qkv.grad(), "qkv, seed " + seed);
                assertClose(gradients.bias().orElseThrow(), bias.grad(), "bias, seed " + seed);
            }
        }
    }

    private static Tensor leaf(Random random, long... shape) {
        long count = 1;
        for (long side : shape) {
            count *= side;
        }
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensors.adopt(Tensors.copyOf(values, shape)).set_requires_grad(true);
    }

    private static Tensor definition(Tensor qkv, Tensor bias, int[] kinds, int heads, int pictures) {
        long tokens = qkv.size(1);
        long width = qkv.size(2) / 3 / heads;
        Tensor split = qkv.view(qkv.size(0), tokens, 3, heads, width).permute(2, 0, 3, 1, 4);
        Tensor scores =
                split.select(0, 0).matmul(split.select(0, 1).transpose(2, 3)).div(new Scalar(Math.sqrt(width)));
        long[] kindOfEach = IntStream.range(0, kinds.length)
                .flatMap(k -> IntStream.generate(() -> k).limit(kinds[k]))
                .asLongStream()
                .toArray();
        Tensor biases = bias.index_select(0, torch.tensor(kindOfEach)).repeat(pictures, 1, 1, 1);
        return scores.add(biases)
                .softmax(-1)
                .matmul(split.select(0, 2))
                .transpose(1, 2)
                .reshape(qkv.size(0), tokens, heads * width);
    }

    private static void assertClose(Tensor actual, Tensor expected, String what) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        float[] have = Tensors.toFloats(actual);
        float[] want = Tensors.toFloats(expected);
        for (int i = 0; i < want.length; i++) {
            assertThat(have[i]).as(what).isCloseTo(want[i], within(1e-4f));
        }
    }
}
