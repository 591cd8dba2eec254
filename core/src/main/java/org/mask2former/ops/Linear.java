package org.mask2former.ops;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer {@code y = x Wᵀ + b}, or several on the same input run as one: their outputs lie side by side.
 *
 * @param weights blocks of W {@code [out, in]}, one below the other
 * @param biases the blocks of b that go with them; empty for a layer without bias
 */
public record Linear(List<Rows> weights, List<Rows> biases) {
    /** Rows {@code from} (inclusive) to {@code to} (exclusive) of a parameter; further dimensions of size 1 are dropped. */
    public record Rows(Parameter parameter, int from, int to) {
        public static Rows all(Parameter parameter) {
            return new Rows(parameter, 0, parameter.shape()[0]);
        }

        public int count() {
            return to - from;
        }
    }

    public Linear {
        weights = List.copyOf(weights);
        biases = List.copyOf(biases);
        if (!biases.isEmpty() && rows(biases) != rows(weights)) {
            throw new IllegalArgumentException("a linear layer with " + rows(weights) + " outputs, but " + rows(biases)
                    + " biases: " + weights + ", " + biases);
        }
    }

    public static Linear of(Parameter weight, Parameter bias) {
        return new Linear(List.of(Rows.all(weight)), List.of(Rows.all(bias)));
    }

    public static Linear withoutBias(Parameter weight) {
        return new Linear(List.of(Rows.all(weight)), List.of());
    }

    /** Several layers on the same input as one; either all have biases or none. */
    public static Linear merged(Linear... layers) {
        List<Rows> weights = new ArrayList<>();
        List<Rows> biases = new ArrayList<>();
        for (Linear l : layers) {
            weights.addAll(l.weights);
            biases.addAll(l.biases);
        }
        return new Linear(weights, biases);
    }

    /** The outputs {@code from} to {@code to} alone, of a layer that is one block. */
    public Linear rows(int from, int to) {
        if (weights.size() != 1 || biases.size() != 1) {
            throw new IllegalArgumentException("rows of a merged layer: " + this);
        }
        return new Linear(
                List.of(new Rows(weights.get(0).parameter(), from, to)),
                List.of(new Rows(biases.get(0).parameter(), from, to)));
    }

    /** Width of the input. */
    public int in() {
        return weights.get(0).parameter().shape()[1];
    }

    /** Width of the output. */
    public int out() {
        return rows(weights);
    }

    private static int rows(List<Rows> blocks) {
        return blocks.stream().mapToInt(Rows::count).sum();
    }
}
