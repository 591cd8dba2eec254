package org.mask2former.ops;

import java.util.Optional;

/**
 * A convolution, with the batch norm that may follow it.
 *
 * @param weight {@code [out, in, k, k]}
 * @param bias {@code [out]}
 * @param stride in both directions
 * @param padding zeros on every side
 * @param batchNorm applied after the convolution, with its running statistics unless it is being trained; an interpreter may
 *     fold it into the weights
 */
public record Conv2d(
        Parameter weight, Optional<Parameter> bias, int stride, int padding, Optional<BatchNorm> batchNorm) {
    /** Batch norm: {@code (x − mean) / √(variance + EPS) · weight + bias}. */
    public record BatchNorm(Parameter weight, Parameter bias, Parameter runningMean, Parameter runningVariance) {
        public static final double EPS = 1e-5;
    }

    public int kernel() {
        return weight.shape()[2];
    }

    public int in() {
        return weight.shape()[1];
    }

    public int out() {
        return weight.shape()[0];
    }

    /** How long an output side is. */
    public int outputSize(int inputSize) {
        return (inputSize + 2 * padding - kernel()) / stride + 1;
    }
}
