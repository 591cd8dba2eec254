package org.mask2former.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Frees tensors scope by scope: a tensor belongs to the scope it was made in, and is closed with it unless it is its result.
 * Views count their references to the memory they share, so closing one of two is harmless. Used by one thread.
 */
final class Arena {
    private final Deque<List<Tensor>> scopes = new ArrayDeque<>();

    Arena() {
        scopes.push(new ArrayList<>());
    }

    /** Gives a new tensor to the current scope. */
    Tensor keep(Tensor tensor) {
        scopes.element().add(tensor);
        return tensor;
    }

    void open() {
        scopes.push(new ArrayList<>());
    }

    /** Closes all tensors of the current scope but the results, which go to the scope around it. */
    void close(List<Tensor> results) {
        List<Tensor> tensors = scopes.pop();
        List<Tensor> outer = scopes.element();
        for (Tensor t : tensors) {
            if (contains(results, t)) {
                outer.add(t);
            } else {
                t.close();
            }
        }
    }

    /** Closes a tensor now, if it belongs to the current scope. */
    void free(Tensor tensor) {
        List<Tensor> tensors = scopes.element();
        for (int i = tensors.size() - 1; i >= 0; i--) {
            if (tensors.get(i) == tensor) {
                tensors.remove(i).close();
                return;
            }
        }
    }

    /** Takes a tensor out of the current scope, so that its owner closes it. */
    Tensor release(Tensor tensor) {
        List<Tensor> tensors = scopes.element();
        for (int i = tensors.size() - 1; i >= 0; i--) {
            if (tensors.get(i) == tensor) {
                return tensors.remove(i);
            }
        }
        throw new IllegalStateException("a tensor that the current scope does not own");
    }

    /** Closes everything, in all scopes. */
    void closeAll() {
        while (!scopes.isEmpty()) {
            scopes.pop().forEach(Tensor::close);
        }
        scopes.push(new ArrayList<>());
    }

    private static boolean contains(List<Tensor> results, Tensor tensor) {
        for (Tensor r : results) {
            if (r == tensor) {
                return true;
            }
        }
        return false;
    }
}
