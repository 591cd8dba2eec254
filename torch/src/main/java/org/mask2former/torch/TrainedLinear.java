package org.mask2former.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Parameter;

/**
 * A linear layer in training: forward, and the way back by hand. Its tensors are matrices; what it gives is of the scope
 * around.
 *
 * @param layer its shape and the names of its weights
 * @param weights finds a weight, a leaf in float32
 * @param type what its products compute in
 */
record TrainedLinear(Linear layer, Function<Parameter, Tensor> weights, torch.ScalarType type) {
    private static final Scalar ZERO = Tensors.forever(new Scalar(0));
    private static final ScalarTypeOptional FLOAT = Tensors.forever(new ScalarTypeOptional(torch.ScalarType.Float));
    private static final long[] OVER_ROWS = {0};

    /** What the products take: {@code [M, K]} in their type, for x {@code [..., K]}. */
    Tensor rows(Tensor x) {
        return x.to(type).reshape(-1, layer.in());
    }

    /** {@code activation(x Wᵀ + b)}, {@code [M, N]}. */
    Tensor forward(Tensor rows, Activation activation) {
        Optional<Tensor> bias = layer.biases().isEmpty()
                ? Optional.empty()
                : Optional.of(stacked(layer.biases()).to(type));
        return Products.forward(rows, weight(), bias, activation);
    }

    /**
     * The way back through the product; weights and biases get their gradients.
     *
     * @param gradient of {@code x Wᵀ + b}, {@code [M, N]}
     * @param rows as they were given to {@link #forward}
     * @param wanted whether x has a gradient
     * @return the gradient of x, {@code [M, K]}, if it is wanted
     */
    Optional<Tensor> backward(Tensor gradient, Tensor rows, boolean wanted) {
        Tensor given = gradient.to(type);
        if (learn(layer.weights())) {
            give(layer.weights(), Products.ofWeight(given, rows));
        }
        if (learn(layer.biases())) {
            give(layer.biases(), gradient.sum(OVER_ROWS, false, FLOAT));
        }
        return wanted ? Optional.of(Products.ofInput(given, weight())) : Optional.empty();
    }

    boolean learns() {
        return learn(layer.weights()) || learn(layer.biases());
    }

    private boolean learn(List<Linear.Rows> blocks) {
        return blocks.stream().anyMatch(b -> weights.apply(b.parameter()).requires_grad());
    }

    /** {@code [N, K]}; a convolution's 1×1 is dropped. */
    private Tensor weight() {
        return stacked(layer.weights()).reshape(layer.out(), -1).to(type);
    }

    /** The rows below each other. */
    private Tensor stacked(List<Linear.Rows> blocks) {
        List<Tensor> parts = new ArrayList<>();
        for (Linear.Rows rows : blocks) {
            parts.add(weights.apply(rows.parameter()).narrow(0, rows.from(), rows.count()));
        }
        return parts.size() == 1 ? parts.get(0) : torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
    }

    /** The inverse of {@link #stacked}: each block's gradient goes to its rows. */
    private void give(List<Linear.Rows> blocks, Tensor gradient) {
        int from = 0;
        for (Linear.Rows rows : blocks) {
            Tensor weight = weights.apply(rows.parameter());
            Tensor part = gradient.narrow(0, from, rows.count());
            from += rows.count();
            if (rows.count() == weight.size(0)) {
                Tape.give(weight, part.reshape(weight.shape()));
            } else if (weight.requires_grad()) {
                if (!weight.grad().defined()) {
                    Tape.give(weight, torch.zeros_like(weight));
                }
                weight.mutable_grad().narrow(0, rows.from(), rows.count()).add_(part.to(torch.ScalarType.Float));
            }
        }
    }

    /**
     * The gradient of what goes into an activation, given that of what comes out.
     *
     * @param kept for {@link Activation#GELU} what went in, for {@link Activation#RELU} what came out
     */
    static Tensor activationBackward(Tensor gradient, Activation activation, Tensor kept) {
        return switch (activation) {
            case NONE -> gradient;
            case RELU -> torch.threshold_backward(gradient, kept, ZERO);
            case GELU -> torch.gelu_backward(gradient, kept);
        };
    }
}
