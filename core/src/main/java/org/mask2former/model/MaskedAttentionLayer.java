package org.mask2former.model;

import static org.mask2former.ops.Activation.NONE;
import static org.mask2former.ops.Activation.RELU;

import org.mask2former.ops.FeedForward;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Ops;
import org.mask2former.ops.Parameter;

/**
 * A layer of the transformer decoder: masked attention to the picture, self-attention among the queries, a feed-forward
 * network, in this order (paper, section 3.2.2). Norms come after each residual sum, or with {@code preNorm} before each part.
 */
final class MaskedAttentionLayer {
    private final Linear crossQuery;
    private final Linear crossKey;
    private final Linear crossValue;
    private final Linear crossOutput;
    private final Norm crossNorm;
    private final Linear selfQueryKey;
    private final Linear selfValue;
    private final Linear selfOutput;
    private final Norm selfNorm;
    private final FeedForward feedForward;
    private final Norm finalNorm;
    private final int heads;
    private final int channels;
    private final boolean preNorm;

    MaskedAttentionLayer(ModelConfig config, Names names) {
        heads = config.numAttentionHeads();
        channels = config.hiddenDim();
        preNorm = config.preNorm();
        Names self = names.in("self_attn");
        selfQueryKey =
                Linear.merged(self.linear("q_proj", channels, channels), self.linear("k_proj", channels, channels));
        selfValue = self.linear("v_proj", channels, channels);
        selfOutput = self.linear("out_proj", channels, channels);
        selfNorm = names.norm("self_attn_layer_norm", channels);
        Names cross = names.in("cross_attn");
        Parameter weight = cross.parameter("in_proj_weight", 3 * channels, channels);
        Parameter bias = cross.parameter("in_proj_bias", 3 * channels);
        Linear projections = Linear.of(weight, bias);
        crossQuery = projections.rows(0, channels);
        crossKey = projections.rows(channels, 2 * channels);
        crossValue = projections.rows(2 * channels, 3 * channels);
        crossOutput = cross.linear("out_proj", channels, channels);
        crossNorm = names.norm("cross_attn_layer_norm", channels);
        feedForward = new FeedForward(
                names.linear("fc1", channels, config.dimFeedforward()),
                RELU,
                names.linear("fc2", config.dimFeedforward(), channels));
        finalNorm = names.norm("final_layer_norm", channels);
    }

    /**
     * @param x queries, {@code [B, Q, C]}
     * @param queryPosition their learned positions, {@code [1, Q, C]}
     * @param source the picture at this layer's scale, {@code [B, N, C]}
     * @param position of its tokens, {@code [1, N, C]}
     * @param maskLogits the queries' masks at this scale, {@code [B, Q, N]}
     */
    <T> T forward(Ops<T> ops, T x, T queryPosition, T source, T position, T maskLogits) {
        T normed = preNorm ? ops.layerNorm(x, crossNorm) : x;
        T attended = ops.maskedAttention(
                ops.linear(ops.add(normed, queryPosition), crossQuery, NONE),
                ops.scope("key", () -> ops.linear(ops.add(source, position), crossKey, NONE)),
                ops.linear(source, crossValue, NONE),
                maskLogits,
                heads);
        T y = ops.linearAdd(x, attended, crossOutput);
        y = preNorm ? y : ops.layerNorm(y, crossNorm);

        normed = preNorm ? ops.layerNorm(y, selfNorm) : y;
        T queryKey = ops.linear(ops.add(normed, queryPosition), selfQueryKey, NONE); // [B, Q, 2C]
        attended = ops.attention(
                ops.slice(queryKey, 2, 0, channels),
                ops.slice(queryKey, 2, channels, 2 * channels),
                ops.linear(normed, selfValue, NONE),
                heads);
        T z = ops.linearAdd(y, attended, selfOutput);
        z = preNorm ? z : ops.layerNorm(z, selfNorm);

        normed = preNorm ? ops.layerNorm(z, finalNorm) : z;
        T out = ops.feedForward(z, normed, feedForward);
        return preNorm ? out : ops.layerNorm(out, finalNorm);
    }
}
