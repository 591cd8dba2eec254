package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.checkpoint.InputRange;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.Parameter;

/** Layers of 8-bit integers equal layers of float32 on numbers that are steps of their ranges: rounding is all they lose. */
class QuantizedLayersTests {
    private static final float STEP = 1 / 32f;
    private static final InputScale INPUT = InputScale.of(new InputRange(-100 * STEP, 155 * STEP));

    @BeforeAll
    static void load() {
        Torch.load();
        assumeTrue(PackedLinear.isAvailable(), "this libtorch has no oneDNN, and so no products of integers");
    }

    /** From −100 to 155 steps. */
    private static Tensor inputs(long... shape) {
        return torch.randint(-100, 156, shape, new TensorOptions(torch.ScalarType.Float))
                .mul(new Scalar(STEP));
    }

    private static Tensor bytes(long... shape) {
        return torch.randint(-127, 128, shape, new TensorOptions(torch.ScalarType.Char));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 61, 5", "127, 96, 288", "64, 256, 256", "997, 33, 65"})
    void linearLayers(int rows, int in, int out) {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.manual_seed(7);
            Tensor x = inputs(2, rows, in);
            Tensor weight = bytes(out, in);
            Tensor scales = torch.rand(out).mul(new Scalar(0.01));
            Tensor bias = torch.randn(out);
            Tensor residual = torch.randn(2, rows, out);
            Tensor whole = weight.to(torch.ScalarType.Float).mul(scales.unsqueeze(1));
            try (LinearKernel quantized =
                            QuantizedLinear.of(weight, scales, Optional.of(bias), INPUT, torch.ScalarType.Float);
                    LinearKernel plain = PlainLinear.of(whole, Optional.of(bias))) {
                for (Activation activation : Activation.values()) {
                    assertClose(quantized.run(x, activation), plain.run(x, activation), 1e-5);
                }
                assertClose(quantized.runAdd(residual, x), plain.runAdd(residual, x), 1e-5);
            }
            try (LinearKernel quantized =
                            QuantizedLinear.of(weight, scales, Optional.empty(), INPUT, torch.ScalarType.BFloat16);
                    LinearKernel plain = PlainLinear.of(whole, Optional.empty())) {
                Tensor rough = residual.to(torch.ScalarType.BFloat16);
                Tensor result = quantized.runAdd(rough, x);
                assertThat(result.scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
                assertClose(result, plain.runAdd(rough.to(torch.ScalarType.Float), x), 1e-2);
            }
        }
    }

    @Test
    void twoLinearLayersInARowPassOnBytes() {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.manual_seed(8);
            Tensor x = inputs(1, 50, 64);
            Tensor residual = torch.randn(1, 50, 64);
            try (LinearKernel first = layer(128, 64);
                    LinearKernel second = layer(64, 128)) {
                for (Activation activation : Activation.values()) {
                    Tensor apart = second.runAdd(residual, first.run(x, activation));
                    // Not equal: what is between is rounded from sums that were rounded to float32, or from the sums
                    // themselves.
                    assertClose(first.runThrough(x, activation, second, residual), apart, 1e-2);
                }
            }
        }
    }

    private static LinearKernel layer(int out, int in) {
        Tensor scales = torch.full(new long[] {out}, new Scalar(0.002));
        return QuantizedLinear.of(bytes(out, in), scales, Optional.of(torch.randn(out)), INPUT, torch.ScalarType.Float);
    }

    @ParameterizedTest
    @CsvSource({"3, 1", "1, 1", "3, 2"})
    void convolutions(int kernel, int stride) {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.manual_seed(9);
            int padding = kernel / 2;
            Conv2d layer = new Conv2d(
                    new Parameter("w", 24, 16, kernel, kernel), Optional.empty(), stride, padding, Optional.empty());
            Tensor map = inputs(2, 11, 13, 16);
            Tensor weight = bytes(24, 16, kernel, kernel);
            Tensor scales = torch.rand(24).mul(new Scalar(0.01));
            Tensor bias = torch.randn(24);
            Tensor whole = weight.to(torch.ScalarType.Float).mul(scales.reshape(-1, 1, 1, 1));
            try (ConvKernel quantized = QuantizedConv.of(layer, weight, scales, bias, INPUT, torch.ScalarType.Float)) {
                Tensor y = TensorOps.convolve(map, layer, whole, new TensorOptional(bias));
                assertClose(quantized.run(map, Activation.RELU), TensorOps.channelsLast(y.relu()), 1e-5);
            }
        }
    }

    @Test
    void nothingIsLeftBehind() {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                LinearKernel layer = layer(8, 8)) {
            Tensor x = inputs(1, 4, 8);
            layer.run(x, Activation.NONE).close();
            long before = Pointer.totalCount();
            for (int i = 0; i < 100; i++) {
                layer.run(x, Activation.GELU).close();
                layer.runThrough(x, Activation.RELU, layer, x).close();
            }
            assertThat(Pointer.totalCount()).isEqualTo(before);
        }
    }

    @Test
    void halvesAreTheWeightRoundedAndComputeInFloats() {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.manual_seed(10);
            Tensor x = torch.randn(1, 20, 48);
            Tensor weight = torch.randn(32, 48);
            Tensor residual = torch.randn(1, 20, 32);
            Tensor rounded = weight.to(torch.ScalarType.Half).to(torch.ScalarType.Float);
            try (LinearKernel halves = HalfLinear.of(weight, Optional.empty());
                    LinearKernel plain = PlainLinear.of(rounded, Optional.empty())) {
                assertClose(halves.run(x, Activation.GELU), plain.run(x, Activation.GELU), 1e-5);
                assertClose(halves.runAdd(residual, x), plain.runAdd(residual, x), 1e-5);
            }
        }
    }

    private static void assertClose(Tensor actual, Tensor expected, double bar) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        Tensor difference =
                actual.to(torch.ScalarType.Float).sub(expected).abs().max();
        assertThat(difference.item_float() / expected.abs().max().item_float())
                .as("largest difference, over the largest number")
                .isLessThan((float) bar);
    }
}
