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
 * Counts what a forward pass costs, without computing anything: floating-point operations by part of the network (a
 * multiplication and an addition are two), and the most bytes of float32 activations that live at one time. For one
 * thread.
 */
public final class CostOps implements Ops<CostOps.Shaped> {
    private static final int BYTES = Float.BYTES;

    private final Scopes<Shaped> scopes = new Scopes<>(this::free);
    private final Deque<String> path = new ArrayDeque<>();
    private final Map<String, Long> flops = new LinkedHashMap<>();
    private long live;
    private long peak;
    private boolean folding;

    /** A tensor that has a shape alone. Views share the memory of what they view. */
    public static final class Shaped {
        private final int[] shape;
        private final Memory memory;

        private Shaped(int[] shape, Memory memory) {
            this.shape = shape;
            this.memory = memory;
            memory.references++;
        }
    }

    private static final class Memory {
        final long bytes;
        int references;

        Memory(long bytes) {
            this.bytes = bytes;
        }
    }

    /** A tensor that comes from outside, such as the pixels. */
    public Shaped input(int... shape) {
        return made(shape);
    }

    /** Floating-point operations of the whole pass; what depends on weights alone counts nothing. */
    public long totalFlops() {
        return flops.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The same by part, such as {@code pixel_level/backbone/stage1/block0}, in the order they ran. */
    public Map<String, Long> flopsByPart() {
        return new LinkedHashMap<>(flops);
    }

    /** The most bytes of activations that were alive at one time. */
    public long peakActivationBytes() {
        return peak;
    }

    private Shaped made(int... shape) {
        Memory memory = new Memory(folding ? 0 : HostTensor.elements(shape) * BYTES);
        live += memory.bytes;
        peak = Math.max(peak, live);
        return scopes.keep(new Shaped(shape, memory));
    }

    private Shaped view(Shaped x, int... shape) {
        return scopes.keep(new Shaped(shape, x.memory));
    }

    private void free(Shaped x) {
        if (--x.memory.references == 0) {
            live -= x.memory.bytes;
        }
    }

    private void count(double operations) {
        if (!folding) {
            flops.merge(String.join("/", (Iterable<String>) path::descendingIterator), (long) operations, Long::sum);
        }
    }

    @Override
    public int[] shape(Shaped x) {
        return x.shape.clone();
    }

    @Override
    public Shaped parameter(Parameter parameter) {
        return new Shaped(parameter.shape(), new Memory(0));
    }

    @Override
    public Shaped constant(String key, Supplier<HostTensor> value) {
        return new Shaped(value.get().shape(), new Memory(0));
    }

    @Override
    public Shaped folded(String key, Supplier<Shaped> value) {
        boolean outer = folding;
        folding = true;
        try {
            return scope(key, value);
        } finally {
            folding = outer;
        }
    }

    @Override
    public Shaped scope(String name, Supplier<Shaped> part) {
        return scopeAll(name, part, List::of);
    }

    @Override
    public Shaped step(String name, Shaped x, UnaryOperator<Shaped> part) {
        path.push(name);
        try {
            return scopes.step(x, part);
        } finally {
            path.pop();
        }
    }

    @Override
    public <R> R scopeAll(String name, Supplier<R> part, Function<? super R, List<Shaped>> results) {
        path.push(name);
        try {
            return scopes.run(part, results);
        } finally {
            path.pop();
        }
    }

    @Override
    public Shaped reshape(Shaped x, int... shape) {
        int[] full = shape.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < full.length; i++) {
            if (full[i] == -1) {
                open = i;
            } else {
                known *= full[i];
            }
        }
        if (open >= 0) {
            full[open] = (int) (HostTensor.elements(x.shape) / known);
        }
        if (HostTensor.elements(full) != HostTensor.elements(x.shape)) {
            throw new IllegalArgumentException(
                    java.util.Arrays.toString(x.shape) + " has no shape " + java.util.Arrays.toString(shape));
        }
        return view(x, full);
    }

    @Override
    public Shaped permute(Shaped x, int... order) {
        int[] shape = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            shape[i] = x.shape[order[i]];
        }
        return view(x, shape);
    }

    @Override
    public Shaped concat(int dimension, List<Shaped> parts) {
        int[] shape = parts.get(0).shape.clone();
        shape[dimension] = parts.stream().mapToInt(p -> p.shape[dimension]).sum();
        return made(shape);
    }

    @Override
    public Shaped slice(Shaped x, int dimension, int from, int to) {
        int[] shape = x.shape.clone();
        shape[dimension] = to - from;
        return view(x, shape);
    }

    @Override
    public Shaped padEnd(Shaped map, int rows, int columns) {
        return made(map.shape[0], map.shape[1] + rows, map.shape[2] + columns, map.shape[3]);
    }

    @Override
    public Shaped gather(Shaped tokens, String key, Supplier<int[]> indices) {
        return made(tokens.shape[0], indices.get().length, tokens.shape[2]);
    }

    @Override
    public Shaped mostLikely(Shaped tokens, Shaped classLogits, int count) {
        count(5.0 * HostTensor.elements(classLogits.shape));
        return made(tokens.shape[0], count, tokens.shape[2]);
    }

    @Override
    public Shaped add(Shaped a, Shaped b) {
        int rank = Math.max(a.shape.length, b.shape.length);
        int[] shape = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int left = i <= a.shape.length ? a.shape[a.shape.length - i] : 1;
            int right = i <= b.shape.length ? b.shape[b.shape.length - i] : 1;
            shape[rank - i] = Math.max(left, right);
        }
        count(HostTensor.elements(shape));
        return made(shape);
    }

    @Override
    public Shaped matmulTransposed(Shaped a, Shaped b) {
        int[] shape = {Math.max(a.shape[0], b.shape[0]), a.shape[1], b.shape[1]};
        count(2.0 * HostTensor.elements(shape) * a.shape[2]);
        return made(shape);
    }

    @Override
    public Shaped relu(Shaped x) {
        count(HostTensor.elements(x.shape));
        return made(x.shape);
    }

    @Override
    public Shaped linear(Shaped x, Linear layer, Activation activation) {
        int[] shape = x.shape.clone();
        if (shape[shape.length - 1] != layer.in()) {
            throw new IllegalArgumentException("a layer for " + layer.in() + " channels was given "
                    + java.util.Arrays.toString(shape) + ": " + layer.weights());
        }
        shape[shape.length - 1] = layer.out();
        count(2.0 * HostTensor.elements(x.shape) * layer.out());
        return made(shape);
    }

    @Override
    public Shaped linearAdd(Shaped residual, Shaped x, Linear layer) {
        return linear(x, layer, Activation.NONE);
    }

    @Override
    public Shaped conv2d(Shaped map, Conv2d layer, Activation activation) {
        int[] shape = {map.shape[0], layer.outputSize(map.shape[1]), layer.outputSize(map.shape[2]), layer.out()};
        count(2.0 * HostTensor.elements(shape) * layer.in() * layer.kernel() * layer.kernel());
        return made(shape);
    }

    @Override
    public Shaped maxPool3x3Stride2(Shaped map) {
        int[] shape = {map.shape[0], (map.shape[1] + 1) / 2, (map.shape[2] + 1) / 2, map.shape[3]};
        count(9.0 * HostTensor.elements(shape));
        return made(shape);
    }

    @Override
    public Shaped layerNorm(Shaped x, Norm norm) {
        count(8.0 * HostTensor.elements(x.shape));
        return made(x.shape);
    }

    @Override
    public Shaped groupNorm(Shaped map, Norm norm, int groups) {
        count(8.0 * HostTensor.elements(map.shape));
        return made(map.shape);
    }

    @Override
    public Shaped resizeBilinear(Shaped map, int height, int width) {
        int[] shape = {map.shape[0], height, width, map.shape[3]};
        count(8.0 * HostTensor.elements(shape));
        return made(shape);
    }

    @Override
    public Shaped attention(Shaped query, Shaped key, Shaped value, int heads) {
        long scores = (long) key.shape[0] * query.shape[1] * key.shape[1];
        count(4.0 * scores * query.shape[2] + 5.0 * scores * heads);
        return made(query.shape);
    }

    @Override
    public Shaped windowAttention(Shaped qkv, Shaped bias, int[] kinds, int heads) {
        long scores = (long) qkv.shape[0] * qkv.shape[1] * qkv.shape[1];
        int channels = qkv.shape[2] / 3;
        count(4.0 * scores * channels + 6.0 * scores * heads);
        return made(qkv.shape[0], qkv.shape[1], channels);
    }

    @Override
    public Shaped maskedAttention(Shaped query, Shaped key, Shaped value, Shaped maskLogits, int heads) {
        return attention(query, key, value, heads);
    }

    @Override
    public Shaped deformableAttention(Shaped value, Shaped sampling, Levels levels, int heads, int points) {
        double samples = (double) value.shape[0] * value.shape[1] * heads * levels.count() * points;
        int perHead = value.shape[2] / heads;
        count(samples * (8.0 * perHead + 25));
        return made(value.shape);
    }
}
