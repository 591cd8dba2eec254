package org.mask2former.model;

import static org.mask2former.ops.Activation.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.Levels.Size;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Ops;

/**
 * Swin Transformer (Liu et al. 2021) as a feature pyramid: four stages of blocks that attend inside windows, shifted in
 * every other block; between stages, 2×2 tokens merge into one. Each stage's output is normed for the pyramid; the next
 * stage takes it as it was before that norm.
 */
final class SwinBackbone implements Backbone {
    private static final int PATCH = 4;

    private final Conv2d patchEmbedding;
    private final Norm patchNorm;
    private final List<Stage> stages = new ArrayList<>();

    /** @param merge what leads to the next stage; the last stage has none. */
    private record Stage(List<SwinBlock> blocks, Norm outputNorm, Optional<PatchMerging> merge) {
        /** The feature map for the pyramid and, but for the last stage, the tokens for the next stage. */
        <T> List<T> forward(Ops<T> ops, T tokens /* [B, N, C] */, Size size) {
            T x = tokens;
            for (int b = 0; b < blocks.size(); b++) {
                SwinBlock block = blocks.get(b);
                x = ops.step("block" + b, x, y -> block.forward(ops, y, size));
            }
            int[] shape = ops.shape(x);
            T normed = ops.layerNorm(x, outputNorm);
            T map = ops.reshape(normed, shape[0], size.height(), size.width(), shape[2]);
            T last = x;
            return merge.map(m -> List.of(map, ops.scope("merge", () -> m.forward(ops, last, size))))
                    .orElseGet(() -> List.of(map));
        }
    }

    SwinBackbone(SwinConfig config, Names names) {
        Names embeddings = names.in("embeddings");
        patchEmbedding = embeddings.conv("patch_embeddings.projection", 3, config.embedDim(), PATCH, PATCH, 0, true);
        patchNorm = embeddings.norm("norm", config.embedDim());
        int block = 0;
        for (int s = 0; s < 4; s++) {
            Names layer = names.in("encoder.layers", s);
            int channels = config.channels()[s];
            List<SwinBlock> blocks = new ArrayList<>();
            for (int b = 0; b < config.depths().get(s); b++) {
                blocks.add(new SwinBlock(
                        config,
                        layer.in("blocks", b),
                        channels,
                        config.numHeads().get(s),
                        b % 2 == 1,
                        config.dropRate(block++)));
            }
            Norm outputNorm = names.norm("hidden_states_norms.stage" + (s + 1), channels);
            stages.add(new Stage(
                    blocks,
                    outputNorm,
                    s < 3 ? Optional.of(new PatchMerging(layer.in("downsample"), channels)) : Optional.empty()));
        }
    }

    @Override
    public <T> List<T> forward(Ops<T> ops, T pixels /* [B, H, W, 3] */) {
        int[] shape = ops.shape(pixels);
        int batch = shape[0];
        int padRows = Math.floorMod(-shape[1], PATCH);
        int padColumns = Math.floorMod(-shape[2], PATCH);
        Size size = new Size((shape[1] + padRows) / PATCH, (shape[2] + padColumns) / PATCH);
        T x = ops.scope("patch_embedding", () -> {
            T patches = ops.conv2d(ops.padEnd(pixels, padRows, padColumns), patchEmbedding, NONE);
            return ops.layerNorm(ops.reshape(patches, batch, -1, patchEmbedding.out()), patchNorm);
        }); // [B, N, C]
        List<T> features = new ArrayList<>();
        for (int s = 0; s < stages.size(); s++) {
            Stage stage = stages.get(s);
            T input = x;
            Size here = size;
            List<T> results = ops.scopeAll("stage" + (s + 1), () -> stage.forward(ops, input, here), r -> r);
            features.add(results.get(0));
            if (results.size() > 1) {
                x = results.get(1);
                size = PatchMerging.half(size);
            }
        }
        return features;
    }

    /** Each 2×2 neighbours side by side, normed, and projected to twice the channels; odd sides get zeros. */
    private static final class PatchMerging {
        private final Norm norm;
        private final Linear reduction;

        PatchMerging(Names names, int channels) {
            norm = names.norm("norm", 4 * channels);
            reduction = names.linear("reduction", 4 * channels, 2 * channels, false);
        }

        static Size half(Size size) {
            return new Size((size.height() + 1) / 2, (size.width() + 1) / 2);
        }

        <T> T forward(Ops<T> ops, T x /* [B, N, C] */, Size size) {
            int[] shape = ops.shape(x);
            String key = "merge " + size.height() + "x" + size.width();
            T four = ops.gather(x, key, () -> neighbours(size)); // [B, N/4 · 4, C]
            return ops.linear(
                    ops.layerNorm(ops.reshape(four, shape[0], -1, 4 * shape[2]), norm),
                    reduction,
                    NONE); // [B, N/4, 2C]
        }

        /** In the order (0,0), (1,0), (0,1), (1,1) of (row, column). */
        private static int[] neighbours(Size size) {
            Size half = half(size);
            int[] indices = new int[4 * half.tokens()];
            int i = 0;
            for (int y = 0; y < half.height(); y++) {
                for (int x = 0; x < half.width(); x++) {
                    for (int corner = 0; corner < 4; corner++) {
                        int row = 2 * y + corner % 2;
                        int column = 2 * x + corner / 2;
                        boolean inside = row < size.height() && column < size.width();
                        indices[i++] = inside ? row * size.width() + column : size.tokens();
                    }
                }
            }
            return indices;
        }
    }
}
