package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.ops.Activation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A linear layer with its weights, ready to run. {@link PlainLinear} always works; {@link PackedLinear} is faster where
 * oneDNN is; {@link QuantizedLinear} computes with bytes. Used by one thread at a time.
 */
interface LinearKernel extends AutoCloseable {
    /** {@code activation(x Wᵀ + b)} over the last dimension, a new tensor. */
    Tensor run(Tensor x, Activation activation);

    /** {@code residual + x Wᵀ + b}, a new tensor; the residual has the result's shape. */
    Tensor runAdd(Tensor residual, Tensor x);

    /**
     * {@code residual + next(activation(x Wᵀ + b))}: two layers with nothing in between that anyone else sees, a new tensor;
     * the residual has the result's shape.
     */
    default Tensor runThrough(Tensor x, Activation activation, LinearKernel next, Tensor residual) {
        try (Tensor hidden = run(x, activation)) {
            return next.runAdd(residual, hidden);
        }
    }

    @Override
    void close();

    /**
     * The faster of the two that works where the weight is.
     *
     * @param weight {@code [out, in]}; copied
     * @param bias {@code [out]}; copied
     */
    static LinearKernel of(Tensor weight, Optional<Tensor> bias) {
        return isPacked(weight) ? PackedLinear.of(weight, bias) : PlainLinear.of(weight, bias);
    }

    /** Whether oneDNN multiplies tensors that live beside this one. */
    static boolean isPacked(Tensor tensor) {
        return tensor.is_cpu() && Choice.PACKED;
    }

    /** Whether oneDNN multiplies tensors of a device. */
    static boolean isPacked(TorchDevice device) {
        return device.isCpu() && Choice.PACKED;
    }

    /** Made once a process, and said once. */
    final class Choice {
        private static final Logger LOG = LoggerFactory.getLogger(LinearKernel.class);
        static final boolean PACKED = PackedLinear.isAvailable();

        static {
            LOG.info(
                    PACKED
                            ? "linear layers run on oneDNN with packed weights"
                            : "linear layers run on libtorch's own kernels: this build has no oneDNN");
        }

        private Choice() {}
    }
}
