package org.mask2former.ops;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The tensor operations the network is written in. An interpreter gives them meaning: it computes them, counts them or
 * writes them down as a graph. The network knows nothing of {@code T} but what stands here.
 *
 * <p>An operation is here if some interpreter can do better than its parts; everything else is composed. Tokens are
 * {@code [B, N, C]}, feature maps {@code [B, H, W, C]} (so that one is a reshape of the other); all numbers are float32 to
 * the network, whatever an interpreter does inside. No operation changes its arguments.
 *
 * <p>An interpreter serves one forward pass at a time and is used by one thread.
 *
 * @param <T> a tensor of the interpreter
 */
public interface Ops<T> {
    /** The shape, a copy. */
    int[] shape(T x);

    // ---- what does not depend on the picture ----

    /** A weight of the model. */
    T parameter(Parameter parameter);

    /**
     * A constant. The key names its value for good, input size included; the interpreter may keep the tensor and never ask
     * the supplier again.
     */
    T constant(String key, Supplier<HostTensor> value);

    /**
     * A value that depends on weights and constants alone, so that inference need compute it only once. The key names
     * its value for good, input size included.
     */
    T folded(String key, Supplier<T> value);

    // ---- structure ----

    /**
     * Runs a part of the network under a name, for profiles and graphs. What the part made is freed when it ends, but for
     * the result.
     */
    T scope(String name, Supplier<T> part);

    /**
     * {@link #scope} for a link of a chain of layers: the input, too, is freed when the part ends, if it was made in the
     * current scope, for the chain goes on with the result alone.
     */
    T step(String name, T x, UnaryOperator<T> part);

    /**
     * {@link #scope} for a part with several results.
     *
     * @param results the tensors in what the part gives
     */
    <R> R scopeAll(String name, Supplier<R> part, Function<? super R, List<T>> results);

    // ---- shapes ----

    /** The same elements in another shape; one dimension may be −1. */
    T reshape(T x, int... shape);

    T permute(T x, int... order);

    T concat(int dimension, List<T> parts);

    /** The elements {@code from} (inclusive) to {@code to} (exclusive) of a dimension. */
    T slice(T x, int dimension, int from, int to);

    /** Zeros added after the end of dimension 1 and of dimension 2 of a feature map. */
    T padEnd(T map, int rows, int columns);

    /**
     * Picks tokens: {@code [B, N, C]} and M indices to {@code [B, M, C]}; the index N stands for a token of zeros.
     *
     * @param key names the indices for good, as for {@link #constant}
     */
    T gather(T tokens, String key, Supplier<int[]> indices);

    /**
     * Picks the tokens that are most likely something: those whose best class probability (softmax; the last class, which
     * stands for nothing, is no candidate) is highest, in the order they had.
     *
     * @param tokens {@code [B, N, C]}
     * @param classLogits {@code [B, N, classes + 1]}
     * @param count at most N
     * @return {@code [B, count, C]}
     */
    T mostLikely(T tokens, T classLogits, int count);

    // ---- arithmetic ----

    /** With broadcasting. */
    T add(T a, T b);

    /** {@code a bᵀ}: {@code [B, M, C]} and {@code [B, N, C]} to {@code [B, M, N]}. */
    T matmulTransposed(T a, T b);

    T relu(T x);

    // ---- layers ----

    /** {@code activation(x Wᵀ + b)} over the last dimension. */
    T linear(T x, Linear layer, Activation activation);

    /** {@code residual + x Wᵀ + b}. */
    T linearAdd(T residual, T x, Linear layer);

    /**
     * {@link #linearAdd(Object, Object, Linear)} with stochastic depth (Huang et al. 2016): while training, what is added is
     * left out for some samples of the batch, and made larger for the others so that its mean stays the same. Outside of
     * training nothing is left out.
     *
     * @param dropRate how probably it is left out, in [0, 1)
     */
    default T linearAdd(T residual, T x, Linear layer, double dropRate) {
        return linearAdd(residual, x, layer);
    }

    /** {@code residual + layers(x)}; an interpreter need not hold the wide tensor between the two layers. */
    default T feedForward(T residual, T x, FeedForward layers) {
        T hidden = linear(x, layers.expand(), layers.activation());
        return linearAdd(residual, hidden, layers.contract(), layers.dropRate());
    }

    /** A convolution of a feature map, its batch norm and an activation. */
    T conv2d(T map, Conv2d layer, Activation activation);

    /** 3×3 maximum with stride 2 and padding 1, which ResNet's stem ends with. */
    T maxPool3x3Stride2(T map);

    /** Over the last dimension. */
    T layerNorm(T x, Norm norm);

    /** Of a feature map, over each group of channels and all pixels. */
    T groupNorm(T map, Norm norm, int groups);

    /** Bilinear with half-pixel centres and no antialiasing ({@code align_corners=False}). */
    T resizeBilinear(T map, int height, int width);

    /** {@code map} plus a smaller map in its size, as {@link #resizeBilinear} makes it: how a feature pyramid goes down a level. */
    default T addResized(T map, T coarse) {
        int[] shape = shape(map);
        return add(map, resizeBilinear(coarse, shape[1], shape[2]));
    }

    // ---- attention ----

    /**
     * Multi-head attention: {@code softmax(Q Kᵀ / √d) V} for each of the heads that the last dimension holds side by side.
     *
     * @param query {@code [B, M, C]}
     * @param key {@code [B, N, C]}
     * @param value {@code [B, N, C]}
     */
    T attention(T query, T key, T value, int heads);

    /**
     * Attention inside windows, with a bias for every pair of tokens.
     *
     * @param qkv queries, keys and values side by side, {@code [B·W, M, 3C]} for W windows of M tokens
     * @param bias for each kind of window, {@code [K, heads, M, M]}; added before the softmax
     * @param kinds how many windows of each kind a picture has, W together; it has them in this order
     */
    T windowAttention(T qkv, T bias, int[] kinds, int heads);

    /**
     * Masked attention (paper, section 3.2.1): a query attends only where its mask is, that is where {@code maskLogits} is
     * not negative; a query with an empty mask attends everywhere.
     *
     * @param maskLogits {@code [B, M, N]}
     */
    T maskedAttention(T query, T key, T value, T maskLogits, int heads);

    /**
     * Multi-scale deformable attention (Zhu et al. 2021, equation 3) of every token over all levels. Around its own
     * position, scaled to each level, a token samples {@code points} places a head and level, bilinearly, with zeros outside.
     *
     * @param value {@code [B, N, heads · d]}, N tokens of all levels
     * @param sampling {@code [B, N, heads · levels · points · 3]}: first all offsets (x, y), in pixels of their level, then
     *     the attention logits, over whose {@code levels · points} a softmax is taken
     * @return {@code [B, N, heads · d]}
     */
    T deformableAttention(T value, T sampling, Levels levels, int heads, int points);
}
