package org.mask2former.ops;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Frees tensors scope by scope, as {@link Ops#scope} and {@link Ops#step} promise: a tensor belongs to the scope it was made
 * in, and is freed with it unless it is its result. Used by one thread.
 */
public final class Scopes<T> {
    private final Consumer<T> free;
    private final Deque<List<T>> scopes = new ArrayDeque<>();

    /** @param free gives back what a tensor holds; called once for each */
    public Scopes(Consumer<T> free) {
        this.free = free;
        scopes.push(new ArrayList<>());
    }

    /** Gives a new tensor to the current scope. */
    public T keep(T tensor) {
        scopes.element().add(tensor);
        return tensor;
    }

    /**
     * Runs a part and frees what it made but the results, which go to the scope around it.
     *
     * @param results the tensors in what the part gives
     */
    public <R> R run(Supplier<R> part, Function<? super R, List<T>> results) {
        scopes.push(new ArrayList<>());
        List<T> kept = List.of();
        try {
            R result = part.get();
            kept = results.apply(result);
            return result;
        } finally {
            List<T> made = scopes.pop();
            for (T tensor : made) {
                if (indexOf(kept, tensor) >= 0) {
                    keep(tensor);
                } else {
                    free.accept(tensor);
                }
            }
        }
    }

    /** Runs a link of a chain, and frees its input, too, if that was made in the current scope. */
    public T step(T x, UnaryOperator<T> part) {
        T result = run(() -> part.apply(x), List::of);
        List<T> current = scopes.element();
        int index = indexOf(current, x);
        if (result != x && index >= 0) {
            free.accept(current.remove(index));
        }
        return result;
    }

    /** Takes a tensor out of the current scope, so that its new owner frees it. */
    public T release(T tensor) {
        List<T> current = scopes.element();
        int index = indexOf(current, tensor);
        if (index < 0) {
            throw new IllegalStateException("a tensor that the current scope does not own");
        }
        return current.remove(index);
    }

    /** Frees everything in all scopes. */
    public void freeAll() {
        while (!scopes.isEmpty()) {
            scopes.pop().forEach(free);
        }
        scopes.push(new ArrayList<>());
    }

    /** By identity, from the end, where it is nearly always found. */
    private static <T> int indexOf(List<T> list, T tensor) {
        for (int i = list.size() - 1; i >= 0; i--) {
            if (list.get(i) == tensor) {
                return i;
            }
        }
        return -1;
    }
}
