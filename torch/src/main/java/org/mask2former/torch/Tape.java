package org.mask2former.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/**
 * What a forward pass did, in order, for the way back. Every operation stands alone: its result is a leaf of libtorch's
 * autograd, and how a gradient goes from the result to the arguments is written down here, by hand where that is faster
 * ({@link #record}), else as libtorch's own graph of this one operation ({@link #cut}). So an operation may use any
 * kernel, with or without a derivative of libtorch's, and what it saved is freed as soon as the way back has passed it.
 *
 * <p>Gradients gather in {@code grad} of each tensor, where libtorch puts those of weights, too. A gradient there belongs to
 * its tensor alone and may be added to in place.
 */
final class Tape implements AutoCloseable {
    private static final BoolOptional FREE_GRAPH = Tensors.forever(new BoolOptional());
    private static final TensorArrayRefOptional ALL_LEAVES = Tensors.forever(new TensorArrayRefOptional());

    private final Deque<Entry> entries = new ArrayDeque<>();

    /** The way back through one operation. */
    @FunctionalInterface
    interface Backward {
        /**
         * Gives the arguments their gradients, by {@link #give}.
         *
         * @param gradient of the result, in its shape and type; it is given up, and may be given on
         * @param saved what was saved, in order
         */
        void run(Tensor gradient, List<Tensor> saved);
    }

    private record Entry(Tensor result, List<Tensor> saved, Backward backward) implements AutoCloseable {
        @Override
        public void close() {
            result.close();
            saved.forEach(Tensor::close);
        }
    }

    /**
     * Writes an operation down.
     *
     * @param value its result, made without a graph
     * @param saved what the way back needs, arguments included; kept until then
     * @return the result
     */
    Tensor record(Tensor value, List<Tensor> saved, Backward backward) {
        value.set_requires_grad(true);
        entries.push(new Entry(another(value), saved.stream().map(Tape::another).toList(), backward));
        return value;
    }

    /**
     * Ends libtorch's graph at a result, so that it holds one operation.
     *
     * @param value given up
     * @return the result as a leaf; the same tensor if no gradient goes through it
     */
    Tensor cut(Tensor value) {
        if (!value.requires_grad() || value.is_leaf()) {
            return value;
        }
        try (value;
                PointerScope scope = new PointerScope()) {
            return record(
                    Tensors.detach(value.detach()),
                    List.of(value),
                    (gradient, saved) -> saved.get(0).backward(gradient, FREE_GRAPH, false, ALL_LEAVES));
        }
    }

    /** Another hold on the same tensor, in no scope. */
    static Tensor another(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.detach(new Tensor(tensor));
        }
    }

    /**
     * Adds to a tensor's gradient, if it wants one.
     *
     * @param gradient in the tensor's shape, contiguous; given up
     */
    static void give(Tensor tensor, Tensor gradient) {
        if (!tensor.requires_grad()) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor own = gradient.to(tensor.scalar_type());
            Tensor sum = tensor.mutable_grad();
            if (sum.defined()) {
                sum.add_(own);
            } else {
                sum.put(own);
            }
        }
    }

    /** Goes all the way back, from the gradients that the results at the end have. */
    void backward() {
        try (NoGradGuard constants = new NoGradGuard()) {
            while (!entries.isEmpty()) {
                try (Entry entry = entries.pop();
                        PointerScope scope = new PointerScope()) {
                    Tensor place = entry.result.mutable_grad();
                    if (place.defined()) {
                        Tensor gradient = new Tensor(place);
                        place.reset();
                        entry.backward.run(gradient, entry.saved);
                    }
                }
            }
        }
    }

    /** Whether a gradient waits at some result for {@link #backward}. */
    boolean isWaiting() {
        try (PointerScope scope = new PointerScope()) {
            return entries.stream().anyMatch(e -> e.result.grad().defined());
        }
    }

    @Override
    public void close() {
        List<Entry> all = new ArrayList<>(entries);
        entries.clear();
        all.forEach(Entry::close);
    }
}
