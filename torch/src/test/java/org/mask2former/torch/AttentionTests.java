package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in windows is the same with few windows, all at once, as with many, kind by kind; and the same as in training. */
class AttentionTests {
    @BeforeAll
    static void load() {
        Torch.load();
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "2, 2 1 1", "1, 60 2 2", "2, 50 9 7 1", "3, 64"})
    void windowsOfAllKinds(int pictures, String ofKinds) {
        int[] kinds = Stream.of(ofKinds.split(" ")).mapToInt(Integer::parseInt).toArray();
        long windows = (long) pictures * IntStream.of(kinds).sum();
        int heads = 2;
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard();
                Helpers helpers = new Helpers(2)) {
            torch.manual_seed(5);
            Tensor qkv = torch.randn(windows, 9, 24);
            Tensor bias = torch.randn(kinds.length, heads, 9, 9);
            Tensor expected = Tensors.adopt(new TrainedWindowAttention(kinds, heads, helpers)
                    .forward(qkv, bias)
                    .y());
            assertThat(difference(Attention.inWindows(qkv, bias, kinds, heads), expected))
                    .isLessThan(1e-5);
            Tensor rough = Attention.inWindows(qkv.to(torch.ScalarType.BFloat16), bias, kinds, heads);
            assertThat(rough.scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
            assertThat(difference(rough, expected)).isLessThan(3e-2);
        }
    }

    private static double difference(Tensor result, Tensor expected) {
        Tensor own = Tensors.adopt(result).to(torch.ScalarType.Float);
        assertThat(own.shape()).isEqualTo(expected.shape());
        return own.sub(expected).abs().max().item_float();
    }
}
