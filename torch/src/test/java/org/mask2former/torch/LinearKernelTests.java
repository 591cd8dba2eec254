package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.ops.Activation;

/** The two kinds of linear layer agree, on sizes that divide by nothing too. */
class LinearKernelTests {
    @BeforeAll
    static void load() {
        Torch.load();
        assumeTrue(PackedLinear.isAvailable(), "this libtorch has no oneDNN, so there is but one kind of linear layer");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, false",
        "1, 7, 3, true",
        "3, 1021, 5, true",
        "5, 3, 1021, false",
        "127, 96, 288, true",
        "64, 256, 256, true",
        "997, 33, 65, true"
    })
    void packedEqualsPlain(int rows, int in, int out, boolean withBias) {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.manual_seed(7);
            Tensor x = torch.randn(2, rows, in);
            Tensor weight = torch.randn(out, in);
            Tensor residual = torch.randn(2, rows, out);
            Optional<Tensor> bias = withBias ? Optional.of(torch.randn(out)) : Optional.empty();
            try (LinearKernel packed = PackedLinear.of(weight, bias);
                    LinearKernel plain = PlainLinear.of(weight, bias)) {
                double bar = 1e-6 * in + 1e-5;
                for (Activation activation : Activation.values()) {
                    assertThat(difference(packed.run(x, activation), plain.run(x, activation)))
                            .as("%s", activation)
                            .isLessThan(bar);
                }
                assertThat(difference(packed.runAdd(residual, x), plain.runAdd(residual, x)))
                        .as("with a residual")
                        .isLessThan(bar);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3", "1023", "1024", "1025", "1031"})
    void manyRowsInBandsGiveWhatTheyGiveAtOnce(int rows) {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.manual_seed(8);
            Tensor x = torch.randn(2, rows, 6);
            Tensor residual = torch.randn(2, rows, 5);
            Tensor expand = torch.randn(24, 6);
            Tensor contract = torch.randn(5, 24);
            try (LinearKernel first = PackedLinear.of(expand, Optional.of(torch.randn(24)));
                    LinearKernel second = PackedLinear.of(contract, Optional.of(torch.randn(5)))) {
                Tensor atOnce = second.runAdd(residual, first.run(x, Activation.GELU));
                assertThat(difference(first.runThrough(x, Activation.GELU, second, residual), atOnce))
                        .isLessThan(1e-5);
            }
        }
    }

    private static double difference(Tensor a, Tensor b) {
        assertThat(a.shape()).isEqualTo(b.shape());
        return a.sub(b).abs().max().item_float();
    }
}
