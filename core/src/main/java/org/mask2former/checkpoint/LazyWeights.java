package org.mask2former.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** The weights of every file format: a table of lazy tensors, and the open file they are read from. */
final class LazyWeights implements Weights {
    private final String source;
    private final Map<String, LazyTensor> tensors;
    private final Runnable close;

    /** @param close frees what the tensors are read from; must bear being called twice */
    LazyWeights(String source, Map<String, LazyTensor> tensors, Runnable close) {
        this.source = source;
        this.tensors = tensors;
        this.close = close;
    }

    static Weights of(String source, Map<String, HostTensor> tensors) {
        Map<String, LazyTensor> lazy = new LinkedHashMap<>();
        tensors.forEach((name, t) -> lazy.put(name, new LazyTensor(t.dtype(), t.shape(), t::data)));
        return new LazyWeights(source, lazy, () -> {});
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    @Override
    public int[] shape(String name) {
        return get(name).shape().clone();
    }

    @Override
    public DType dtype(String name) {
        return get(name).dtype();
    }

    @Override
    public HostTensor tensor(String name) {
        return get(name).read();
    }

    private LazyTensor get(String name) {
        @Nullable LazyTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new CheckpointException(source + " has no tensor " + name);
        }
        return tensor;
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public void close() {
        close.run();
    }

    @Override
    public String toString() {
        return source + ": " + tensors.size() + " tensors";
    }
}
