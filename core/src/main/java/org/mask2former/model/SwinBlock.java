package org.mask2former.model;

import static org.mask2former.ops.Activation.GELU;
import static org.mask2former.ops.Activation.NONE;

import org.mask2former.ops.FeedForward;
import org.mask2former.ops.Levels.Size;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Ops;
import org.mask2former.ops.Parameter;

/** One Swin block: attention inside windows, then a feed-forward network, each after a norm and with a residual. */
final class SwinBlock {
    private final Norm normBefore;
    private final Norm normAfter;
    private final Linear queryKeyValue;
    private final Linear output;
    private final FeedForward feedForward;
    private final Parameter biasTable;
    private final int heads;
    private final int window;
    private final boolean shifted;
    private final double dropRate;

    /** @param dropRate how probably training leaves out each of the two parts */
    SwinBlock(SwinConfig config, Names names, int channels, int heads, boolean shifted, double dropRate) {
        this.heads = heads;
        this.dropRate = dropRate;
        this.window = config.windowSize();
        this.shifted = shifted;
        normBefore = names.norm("layernorm_before", channels, config.layerNormEps());
        Names attention = names.in("attention.self");
        int offsets = 2 * window - 1;
        biasTable = attention.parameter("relative_position_bias_table", offsets * offsets, heads);
        queryKeyValue = Linear.merged(
                attention.linear("query", channels, channels, config.qkvBias()),
                attention.linear("key", channels, channels, config.qkvBias()),
                attention.linear("value", channels, channels, config.qkvBias()));
        output = names.linear("attention.output.dense", channels, channels);
        normAfter = names.norm("layernorm_after", channels, config.layerNormEps());
        int inner = (int) Math.round(config.mlpRatio() * channels);
        feedForward = new FeedForward(
                names.linear("intermediate.dense", channels, inner),
                GELU,
                names.linear("output.dense", inner, channels),
                dropRate);
    }

    <T> T forward(Ops<T> ops, T x /* [B, N, C] */, Size size) {
        int[] shape = ops.shape(x);
        WindowGrid grid = new WindowGrid(size, window, shifted ? window / 2 : 0);
        // What is made on the way is let go of as soon as it can be: at the first stage each is as large as all of the
        // picture's tokens.
        T y = ops.scope("attention", () -> {
            T inPlace = ops.scope("windows", () -> {
                T attended = ops.windowAttention(
                        queryKeyValue(ops, x, grid), bias(ops, grid), grid.kinds(), heads); // [B·W, M, C]
                return ops.gather(
                        ops.reshape(attended, shape[0], -1, shape[2]), "out of " + grid.key(), grid::fromWindows);
            }); // [B, N, C]
            return ops.linearAdd(x, inPlace, output, dropRate);
        });
        return ops.feedForward(y, ops.layerNorm(y, normAfter), feedForward);
    }

    /** {@code [B·W, M, 3C]}. The zeros that fill up the last windows are tokens like any other: nothing masks them. */
    private <T> T queryKeyValue(Ops<T> ops, T x, WindowGrid grid) {
        int[] shape = ops.shape(x);
        return ops.scope("query_key_value", () -> {
            T windows = ops.gather(ops.layerNorm(x, normBefore), "into " + grid.key(), grid::toWindows); // [B, W·M, C]
            return ops.linear(
                    ops.reshape(windows, shape[0] * grid.count(), grid.tokens(), shape[2]), queryKeyValue, NONE);
        });
    }

    /** The learned bias by relative position, and between regions that only the roll has brought together its mask: {@code [K, heads, M, M]}. */
    private <T> T bias(Ops<T> ops, WindowGrid grid) {
        return ops.folded(biasTable.name() + " " + grid.maskKey(), () -> {
            int m = grid.tokens();
            T table = ops.reshape(ops.parameter(biasTable), 1, -1, heads); // [1, (2w-1)², heads]
            T pairs = ops.gather(table, "relative positions " + window, () -> WindowGrid.relativePositions(window));
            T relative = ops.permute(ops.reshape(pairs, 1, m, m, heads), 0, 3, 1, 2); // [1, heads, M, M]
            return shifted ? ops.add(relative, ops.constant(grid.maskKey(), grid::shiftMask)) : relative;
        });
    }
}
