package org.mask2former.torch;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Ops;
import org.mask2former.ops.Parameter;
import org.mask2former.ops.Scopes;

/**
 * What inference and training on libtorch have in common: the operations that are the same with gradients and without, and
 * who frees what. One instance serves one forward pass on one thread; all of its tensors are freed when it is closed.
 *
 * <p>Feature maps are {@code [B, H, W, C]} here too: to libtorch they are shown as {@code [B, C, H, W]} in channels-last
 * layout, which is the same memory.
 */
abstract class TensorOps implements Ops<Tensor>, AutoCloseable {
    private static final Scalar ZERO = Tensors.forever(new Scalar(0));
    static final TensorOptional NO_TENSOR = Tensors.forever(new TensorOptional());

    final ConstantCache constants;
    final Scopes<Tensor> scopes = new Scopes<>(this::free);
    final TorchDevice device;
    private final torch.ScalarType type;

    /**
     * @param device where all of its tensors are
     * @param type of activations
     */
    TensorOps(TorchDevice device, torch.ScalarType type, ConstantCache constants) {
        this.device = device;
        this.type = type;
        this.constants = constants;
    }

    /** What a scope does with a tensor that it is done with. */
    void free(Tensor tensor) {
        tensor.close();
    }

    /** A weight of the model; it belongs to the model. */
    abstract Tensor weight(Parameter parameter);

    /** A weight of a norm, in a type that libtorch multiplies activations by here; it belongs to the model. */
    Tensor normWeight(Parameter parameter) {
        return weight(parameter);
    }

    /** Copies a batch of pixels {@code [B, 3, H, W]} in; gives {@code [B, H, W, 3]}. */
    public Tensor pixels(float[] values, int batch, int height, int width) {
        return scope("pixels", () -> {
            Tensor planes = keep(device.copyOf(values, batch, 3, height, width));
            return keep(converted(permute(planes, 0, 2, 3, 1).contiguous()));
        });
    }

    /** In the type of activations; the same tensor if it is that already. The argument is given up. */
    final Tensor converted(Tensor x) {
        if (x.scalar_type().intern() == type) {
            return x;
        }
        try (x) {
            return x.to(type);
        }
    }

    @Override
    public void close() {
        scopes.freeAll();
    }

    /** Gives a result, which no {@link PointerScope} owns, to the current scope of the network. */
    Tensor keep(Tensor tensor) {
        return scopes.keep(tensor);
    }

    @Override
    public int[] shape(Tensor x) {
        return Tensors.shape(x);
    }

    // ---- what does not depend on the picture ----

    @Override
    public Tensor parameter(Parameter parameter) {
        return keep(converted(weight(parameter).alias()));
    }

    @Override
    public Tensor constant(String key, Supplier<HostTensor> value) {
        return constants.get(key, () -> {
            try (PointerScope scope = new PointerScope()) {
                Tensor copy = device.copyOf(value.get());
                Tensor own = converted(copy);
                return own == copy ? own : Tensors.detach(own);
            }
        });
    }

    // ---- structure ----

    @Override
    public Tensor scope(String name, Supplier<Tensor> part) {
        return scopeAll(name, part, List::of);
    }

    @Override
    public Tensor step(String name, Tensor x, UnaryOperator<Tensor> part) {
        return scopes.step(x, part);
    }

    @Override
    public <R> R scopeAll(String name, Supplier<R> part, Function<? super R, List<Tensor>> results) {
        return scopes.run(part, results);
    }

    // ---- shapes ----

    @Override
    public Tensor reshape(Tensor x, int... shape) {
        return keep(x.reshape(Tensors.longs(shape)));
    }

    @Override
    public Tensor permute(Tensor x, int... order) {
        return keep(x.permute(Tensors.longs(order)));
    }

    @Override
    public Tensor concat(int dimension, List<Tensor> parts) {
        try (TensorVector vector = new TensorVector(parts.toArray(new Tensor[0]))) {
            return keep(torch.cat(vector, dimension));
        }
    }

    @Override
    public Tensor slice(Tensor x, int dimension, int from, int to) {
        return keep(x.narrow(dimension, from, to - from));
    }

    @Override
    public Tensor padEnd(Tensor map, int rows, int columns) {
        return rows == 0 && columns == 0
                ? map
                : keep(torch.constant_pad_nd(map, new long[] {0, 0, 0, columns, 0, rows}));
    }

    @Override
    public Tensor gather(Tensor tokens, String key, Supplier<int[]> indices) {
        int zero = (int) tokens.size(1);
        Tensor inside = constants.get(key, () -> device.copyOf(clamped(indices.get(), zero)));
        Tensor outside = constants.get(key + " zeros", () -> device.copyOf(positionsOf(indices.get(), zero)));
        Tensor picked = tokens.index_select(1, inside);
        if (outside.numel() > 0) {
            picked.index_fill_(1, outside, ZERO);
        }
        return keep(picked);
    }

    private static int[] clamped(int[] indices, int zero) {
        int[] out = indices.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] = out[i] == zero ? 0 : out[i];
        }
        return out;
    }

    private static int[] positionsOf(int[] indices, int value) {
        return IntStream.range(0, indices.length)
                .filter(i -> indices[i] == value)
                .toArray();
    }

    @Override
    public Tensor mostLikely(Tensor tokens, Tensor classLogits, int count) {
        try (PointerScope scope = new PointerScope()) {
            Tensor likely = floats(classLogits)
                    .softmax(-1)
                    .narrow(-1, 0, classLogits.size(2) - 1)
                    .amax(new long[] {-1}, false); // [B, N]
            Tensor best = likely.topk(count).get1().sort().get0().unsqueeze(-1); // [B, count, 1], in order
            return keep(Tensors.detach(tokens.gather(1, best.expand(-1, -1, tokens.size(2)))));
        }
    }

    // ---- arithmetic ----

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return keep(a.add(b));
    }

    @Override
    public Tensor relu(Tensor x) {
        return keep(x.relu());
    }

    // ---- feature maps ----

    /** A convolution alone; {@code [B, C, H, W]}. */
    static Tensor convolve(Tensor map, Conv2d layer, Tensor weight, TensorOptional bias) {
        long[] stride = {layer.stride(), layer.stride()};
        long[] padding = {layer.padding(), layer.padding()};
        return torch.conv2d(channelsFirst(map), weight, bias, stride, padding, new long[] {1, 1}, 1);
    }

    @Override
    public Tensor maxPool3x3Stride2(Tensor map) {
        try (PointerScope scope = new PointerScope()) {
            Tensor y = torch.max_pool2d(
                    channelsFirst(map),
                    new long[] {3, 3},
                    new long[] {2, 2},
                    new long[] {1, 1},
                    new long[] {1, 1},
                    false);
            return keep(Tensors.detach(channelsLast(y)));
        }
    }

    @Override
    public Tensor layerNorm(Tensor x, Norm norm) {
        try (PointerScope scope = new PointerScope()) {
            Tensor y = torch.layer_norm(
                    forNorm(x, norm),
                    new long[] {norm.channels()},
                    new TensorOptional(normWeight(norm.weight())),
                    new TensorOptional(normWeight(norm.bias())),
                    norm.eps(),
                    false);
            return keep(Tensors.detach(y));
        }
    }

    @Override
    public Tensor groupNorm(Tensor map, Norm norm, int groups) {
        try (PointerScope scope = new PointerScope()) {
            return keep(Tensors.detach(channelsLast(groupNormed(channelsFirst(map), norm, groups))));
        }
    }

    /** @param map {@code [B, C, H, W]}, in either layout */
    final Tensor groupNormed(Tensor map, Norm norm, int groups) {
        return torch.group_norm(
                forNorm(map, norm),
                groups,
                new TensorOptional(normWeight(norm.weight())),
                new TensorOptional(normWeight(norm.bias())),
                norm.eps(),
                false);
    }

    /** In the type of the norm's weights, if need be: on a processor norms mix types. */
    private Tensor forNorm(Tensor x, Norm norm) {
        return device.isCpu() ? x : x.to(normWeight(norm.weight()).scalar_type());
    }

    @Override
    public Tensor resizeBilinear(Tensor map, int height, int width) {
        try (PointerScope scope = new PointerScope()) {
            Tensor y = torch.upsample_bilinear2d(
                    channelsFirst(map), new long[] {height, width}, false, new DoubleOptional(), new DoubleOptional());
            return keep(Tensors.detach(channelsLast(y)));
        }
    }

    /** {@code [B, H, W, C]} seen as {@code [B, C, H, W]}: a view. */
    static Tensor channelsFirst(Tensor map) {
        return map.permute(0, 3, 1, 2);
    }

    /** {@code [B, C, H, W]} seen as {@code [B, H, W, C]} and contiguous so: a view, if the layout is channels-last. */
    static Tensor channelsLast(Tensor map) {
        return map.permute(0, 2, 3, 1).contiguous();
    }

    // ---- attention ----

    @Override
    public Tensor attention(Tensor query, Tensor key, Tensor value, int heads) {
        return keep(Attention.of(query, key, value, heads));
    }

    @Override
    public Tensor maskedAttention(Tensor query, Tensor key, Tensor value, Tensor maskLogits, int heads) {
        return keep(Attention.masked(query, key, value, maskLogits, heads));
    }

    @Override
    public Tensor windowAttention(Tensor qkv, Tensor bias, int[] kinds, int heads) {
        return keep(Attention.inWindows(qkv, bias, kinds, heads));
    }

    static Tensor floats(Tensor x) {
        return x.to(torch.ScalarType.Float);
    }
}
