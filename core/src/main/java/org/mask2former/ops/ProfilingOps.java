package org.mask2former.ops;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Times another interpreter's operations, by operation and by part of the network. Only of use where an operation has ended
 * when its method returns, as on a CPU. Times add up over the passes it is used for. For one thread.
 */
public final class ProfilingOps<T> implements Ops<T> {
    private final Ops<T> inner;
    private final Deque<String> path = new ArrayDeque<>();
    private final Map<Entry, Time> times = new LinkedHashMap<>();
    private boolean timing;

    /** An operation inside a part of the network, such as {@code linear} in {@code pixel_level/backbone/stage1/block0}. */
    public record Entry(String part, String operation) {}

    /** How often it ran, and for how long in all. */
    public static final class Time {
        private long calls;
        private long nanos;

        public long calls() {
            return calls;
        }

        public long nanos() {
            return nanos;
        }
    }

    public ProfilingOps(Ops<T> inner) {
        this.inner = inner;
    }

    /** In the order in which each first ran. */
    public Map<Entry, Time> times() {
        return new LinkedHashMap<>(times);
    }

    /** Of nested operations (a constant that is computed on the way), only the outermost is timed. */
    private <R> R timed(String operation, Supplier<R> body) {
        if (timing) {
            return body.get();
        }
        timing = true;
        long start = System.nanoTime();
        try {
            return body.get();
        } finally {
            long nanos = System.nanoTime() - start;
            timing = false;
            String part = String.join("/", (Iterable<String>) path::descendingIterator);
            Time time = times.computeIfAbsent(new Entry(part, operation), e -> new Time());
            time.calls++;
            time.nanos += nanos;
        }
    }

    private <R> R inPart(String name, Supplier<R> body) {
        if (timing) {
            return body.get();
        }
        path.push(name);
        try {
            return body.get();
        } finally {
            path.pop();
        }
    }

    @Override
    public int[] shape(T x) {
        return inner.shape(x);
    }

    @Override
    public T parameter(Parameter parameter) {
        return inner.parameter(parameter);
    }

    @Override
    public T constant(String key, Supplier<HostTensor> value) {
        return timed("constant", () -> inner.constant(key, value));
    }

    @Override
    public T folded(String key, Supplier<T> value) {
        return timed("constant", () -> inner.folded(key, value));
    }

    @Override
    public T scope(String name, Supplier<T> part) {
        return inPart(name, () -> inner.scope(name, part));
    }

    @Override
    public T step(String name, T x, UnaryOperator<T> part) {
        return inPart(name, () -> inner.step(name, x, part));
    }

    @Override
    public <R> R scopeAll(String name, Supplier<R> part, Function<? super R, List<T>> results) {
        return inPart(name, () -> inner.scopeAll(name, part, results));
    }

    @Override
    public T reshape(T x, int... shape) {
        return timed("reshape", () -> inner.reshape(x, shape));
    }

    @Override
    public T permute(T x, int... order) {
        return timed("permute", () -> inner.permute(x, order));
    }

    @Override
    public T concat(int dimension, List<T> parts) {
        return timed("concat", () -> inner.concat(dimension, parts));
    }

    @Override
    public T slice(T x, int dimension, int from, int to) {
        return timed("slice", () -> inner.slice(x, dimension, from, to));
    }

    @Override
    public T padEnd(T map, int rows, int columns) {
        return timed("padEnd", () -> inner.padEnd(map, rows, columns));
    }

    @Override
    public T gather(T tokens, String key, Supplier<int[]> indices) {
        return timed("gather", () -> inner.gather(tokens, key, indices));
    }

    @Override
    public T mostLikely(T tokens, T classLogits, int count) {
        return timed("mostLikely", () -> inner.mostLikely(tokens, classLogits, count));
    }

    @Override
    public T add(T a, T b) {
        return timed("add", () -> inner.add(a, b));
    }

    @Override
    public T matmulTransposed(T a, T b) {
        return timed("matmulTransposed", () -> inner.matmulTransposed(a, b));
    }

    @Override
    public T relu(T x) {
        return timed("relu", () -> inner.relu(x));
    }

    @Override
    public T linear(T x, Linear layer, Activation activation) {
        return timed("linear", () -> inner.linear(x, layer, activation));
    }

    @Override
    public T linearAdd(T residual, T x, Linear layer) {
        return timed("linearAdd", () -> inner.linearAdd(residual, x, layer));
    }

    @Override
    public T linearAdd(T residual, T x, Linear layer, double dropRate) {
        return timed("linearAdd", () -> inner.linearAdd(residual, x, layer, dropRate));
    }

    @Override
    public T feedForward(T residual, T x, FeedForward layers) {
        return timed("feedForward", () -> inner.feedForward(residual, x, layers));
    }

    @Override
    public T conv2d(T map, Conv2d layer, Activation activation) {
        return timed("conv2d", () -> inner.conv2d(map, layer, activation));
    }

    @Override
    public T maxPool3x3Stride2(T map) {
        return timed("maxPool", () -> inner.maxPool3x3Stride2(map));
    }

    @Override
    public T layerNorm(T x, Norm norm) {
        return timed("layerNorm", () -> inner.layerNorm(x, norm));
    }

    @Override
    public T groupNorm(T map, Norm norm, int groups) {
        return timed("groupNorm", () -> inner.groupNorm(map, norm, groups));
    }

    @Override
    public T resizeBilinear(T map, int height, int width) {
        return timed("resizeBilinear", () -> inner.resizeBilinear(map, height, width));
    }

    @Override
    public T addResized(T map, T coarse) {
        return timed("addResized", () -> inner.addResized(map, coarse));
    }

    @Override
    public T attention(T query, T key, T value, int heads) {
        return timed("attention", () -> inner.attention(query, key, value, heads));
    }

    @Override
    public T windowAttention(T qkv, T bias, int[] kinds, int heads) {
        return timed("windowAttention", () -> inner.windowAttention(qkv, bias, kinds, heads));
    }

    @Override
    public T maskedAttention(T query, T key, T value, T maskLogits, int heads) {
        return timed("maskedAttention", () -> inner.maskedAttention(query, key, value, maskLogits, heads));
    }

    @Override
    public T deformableAttention(T value, T sampling, Levels levels, int heads, int points) {
        return timed("deformableAttention", () -> inner.deformableAttention(value, sampling, levels, heads, points));
    }
}
