package org.mask2former.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;

/**
 * Operations whose gradients we compute, in the middle of a graph of libtorch's. The binding has no functions of one's own
 * in autograd, but it has hooks, and these are enough: to the values {@code y}, computed without gradients, is added a zero
 * that depends on the inputs,
 *
 * <pre>y + id · (input₁ · buffer₁ + input₂ · buffer₂ + …)   with buffers of zeros.</pre>
 *
 * <p>When the backward pass comes to {@code y}, its hook keeps the gradient. That of the sum in brackets is replaced by 1 on the
 * one side, so that {@code id} arrives on the other, where a hook that knows the operation by it fills the buffers with the
 * inputs' gradients. The buffers are then what libtorch takes for the gradients of the products.
 *
 * <p>One instance serves one forward pass and the backward pass after it, on one thread; close it after both.
 */
final class OwnGradients implements AutoCloseable {
    /** Ids are numbers that float32 holds exactly. */
    private static final int LARGEST_ID = 1 << 24;

    private static final ThreadLocal<State> STATE = ThreadLocal.withInitial(State::new);
    // The binding allows ten hooks of a kind at a time, so these three serve all operations.
    private static final VoidTensorHook ON_RESULT = Tensors.forever(new VoidTensorHook() {
        @Override
        public void call(TensorBase gradient) {
            STATE.get().keep(gradient);
        }
    });
    private static final TensorTensorHook ON_ZERO = Tensors.forever(new TensorTensorHook() {
        @Override
        public TensorBase call(TensorBase gradient) {
            return STATE.get().one();
        }
    });
    private static final TensorTensorHook ON_PRODUCTS = Tensors.forever(new TensorTensorHook() {
        @Override
        public TensorBase call(TensorBase gradient) {
            return STATE.get().run(gradient);
        }
    });

    private final List<Integer> ids = new ArrayList<>();

    /** The gradients of an operation. */
    @FunctionalInterface
    interface Backward {
        /**
         * Computes them.
         *
         * @param inputs of the operation
         * @param gradient of its result, contiguous
         * @param gradients of its inputs, zeros of their shapes, to be filled
         */
        void run(List<Tensor> inputs, Tensor gradient, List<Tensor> gradients);
    }

    /** What is known of an operation until its backward pass. */
    private record Pending(List<Tensor> inputs, List<Tensor> buffers, Backward backward) {
        void close() {
            inputs.forEach(Tensor::close);
            buffers.forEach(Tensor::close);
        }
    }

    /** Of a thread: a backward pass on the CPU runs on the thread that asked for it. */
    private static final class State {
        private final Map<Integer, Pending> pending = new HashMap<>();
        private final Tensor one = Tensors.copyOf(new float[] {1}, 1);
        private Optional<Tensor> gradient = Optional.empty();
        private Optional<RuntimeException> failure = Optional.empty();
        private int next;

        int add(Pending operation) {
            next = next % (LARGEST_ID - 1) + 1;
            pending.put(next, operation);
            return next;
        }

        void keep(TensorBase of) {
            gradient.ifPresent(Tensor::close);
            gradient = Optional.of(new Tensor(of));
        }

        TensorBase one() {
            return one;
        }

        /** An exception may not pass through libtorch; {@link #close} throws it. */
        TensorBase run(TensorBase id) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard constants = new NoGradGuard()) {
                int key = (int) new Tensor(id).item_float();
                Pending operation = Optional.ofNullable(pending.remove(key)).orElseThrow();
                try (Tensor dense = gradient.orElseThrow().contiguous()) {
                    operation.backward.run(operation.inputs, dense, operation.buffers);
                } finally {
                    operation.close();
                    gradient.ifPresent(Tensor::close);
                    gradient = Optional.empty();
                }
            } catch (RuntimeException e) {
                failure = Optional.of(e);
            }
            return one;
        }
    }

    /**
     * Gives the values their gradients.
     *
     * @param values what the operation gives, float32, computed without gradients; changed into the result
     * @param inputs that it depends on, float32 and contiguous
     * @return of the scope around
     */
    Tensor attach(Tensor values, List<Tensor> inputs, Backward backward) {
        State state = STATE.get();
        List<Tensor> constants = new ArrayList<>();
        List<Tensor> buffers = new ArrayList<>();
        TensorVector terms = new TensorVector();
        for (Tensor input : inputs) {
            Tensor buffer = Tensors.detach(torch.zeros_like(input));
            constants.add(Tensors.detach(input.detach()));
            buffers.add(buffer);
            terms.push_back(input.reshape(-1).dot(buffer.reshape(-1)));
        }
        int id = state.add(new Pending(constants, buffers, backward));
        ids.add(id);
        Tensor products = torch.stack(terms).sum().reshape(1);
        products.register_hook(ON_PRODUCTS);
        Tensor zero = products.mul(new Scalar(id));
        zero.register_hook(ON_ZERO);
        Tensor result = values.add(zero);
        result.register_hook(ON_RESULT);
        return result;
    }

    /**
     * Forgets what no backward pass came to.
     *
     * @throws IllegalStateException if the backward pass of an operation failed
     */
    @Override
    public void close() {
        State state = STATE.get();
        for (int id : ids) {
            Optional.ofNullable(state.pending.remove(id)).ifPresent(Pending::close);
        }
        ids.clear();
        Optional<RuntimeException> failure = state.failure;
        state.failure = Optional.empty();
        if (failure.isPresent()) {
            throw new IllegalStateException("a gradient could not be computed", failure.get());
        }
    }
}
