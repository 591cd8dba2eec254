package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.model.Precision;
import org.mask2former.ops.Activation;

/** How fast this machine multiplies matrices: the measure that a forward pass is held against. */
final class MatmulPeak {
    private static final int SIDE = 2048;
    /** A GPU is idle for most of a smaller product. */
    private static final int GPU_SIDE = 8192;

    private static final int WARM_UP = 2;
    private static final int RUNS = 8;

    private MatmulPeak() {}

    /** Operations a second of the best of several products of square matrices, on the calling thread's libtorch threads. */
    static double measure(TorchDevice device, Precision precision) {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true)) {
            torch.ScalarType type = type(device, precision);
            int side = device.isCpu() ? SIDE : GPU_SIDE;
            Tensor x = torch.randn(new long[] {side, side}, device.options(type));
            double best = Double.POSITIVE_INFINITY;
            try (LinearKernel kernel = kernel(torch.randn(new long[] {side, side}, device.options(type)), precision)) {
                for (int i = 0; i < WARM_UP + RUNS; i++) {
                    device.synchronize();
                    long start = System.nanoTime();
                    kernel.run(x, Activation.NONE).close();
                    device.synchronize();
                    double seconds = (System.nanoTime() - start) / 1e9;
                    best = i < WARM_UP ? best : Math.min(best, seconds);
                }
            }
            return 2.0 * side * side * side / best;
        }
    }

    private static torch.ScalarType type(TorchDevice device, Precision precision) {
        if (!device.isCpu()) {
            return GpuPrecision.activations(precision);
        }
        return precision == Precision.BF16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float;
    }

    private static LinearKernel kernel(Tensor weight, Precision precision) {
        if (precision != Precision.INT8) {
            return LinearKernel.of(weight, Optional.empty());
        }
        Tensor bytes = torch.randint(-127, 128, new long[] {SIDE, SIDE}, new TensorOptions(torch.ScalarType.Char));
        return QuantizedLinear.of(
                bytes, torch.ones(SIDE), Optional.empty(), new InputScale(0.04, 128), torch.ScalarType.Float);
    }
}
