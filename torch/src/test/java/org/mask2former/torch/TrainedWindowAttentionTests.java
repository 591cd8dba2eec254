package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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
    @CsvSource({"1, 1, 1, 2, false", "2, 3, 2, 2, true", "3, 5, 2, 3, true", "2, 4, 3, 2, false", "1, 2, 4, 1, true"})
    void equalsItsDefinition(int pictures, int windows, int heads, int threads, boolean biasOfEachWindow) {
        int tokens = 9;
        int width = 4;
        long seed = 100L * pictures + windows;
        Random random = new Random(seed);
        try (PointerScope scope = new PointerScope();
                Helpers helpers = new Helpers(threads)) {
            Tensor qkv = leaf(random, (long) pictures * windows, tokens, 3L * heads * width);
            Tensor bias = biasOfEachWindow
                    ? leaf(random, windows, heads, tokens, tokens)
                    : leaf(random, heads, tokens, tokens);
            Tensor wanted = leaf(random, (long) pictures * windows, tokens, (long) heads * width);
            Tensor expected = definition(qkv, bias, heads, pictures);
            expected.mul(wanted).sum().backward();

            TrainedWindowAttention attention = new TrainedWindowAttention(heads, helpers);
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

    private static Tensor definition(Tensor qkv, Tensor bias, int heads, int pictures) {
        long tokens = qkv.size(1);
        long width = qkv.size(2) / 3 / heads;
        Tensor split = qkv.view(qkv.size(0), tokens, 3, heads, width).permute(2, 0, 3, 1, 4);
        Tensor scores =
                split.select(0, 0).matmul(split.select(0, 1).transpose(2, 3)).div(new Scalar(Math.sqrt(width)));
        Tensor biases = bias.dim() == 3 ? bias : bias.repeat(pictures, 1, 1, 1);
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
