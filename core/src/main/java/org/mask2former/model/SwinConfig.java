package org.mask2former.model;

import java.util.List;
import org.mask2former.Mask2FormerException;

/**
 * A Swin Transformer backbone (Liu et al. 2021).
 *
 * @param embedDim channels of the first stage; every later stage doubles them
 * @param depths blocks per stage, four stages
 * @param numHeads attention heads per stage
 * @param windowSize side of the attention window, in tokens
 * @param mlpRatio hidden width of a block's feed-forward network over its channels
 * @param qkvBias whether the query, key and value projections have biases
 * @param layerNormEps epsilon of every layer norm
 * @param dropPathRate stochastic depth of the last block while training; rises linearly from 0 over the blocks
 */
public record SwinConfig(
        int embedDim,
        List<Integer> depths,
        List<Integer> numHeads,
        int windowSize,
        double mlpRatio,
        boolean qkvBias,
        double layerNormEps,
        double dropPathRate)
        implements BackboneConfig {
    public static final double DEFAULT_MLP_RATIO = 4.0;
    public static final double DEFAULT_LAYER_NORM_EPS = 1e-5;
    public static final double DEFAULT_DROP_PATH_RATE = 0.3;

    public SwinConfig {
        depths = List.copyOf(depths);
        numHeads = List.copyOf(numHeads);
        if (depths.size() != 4 || numHeads.size() != 4) {
            throw new Mask2FormerException("a Swin backbone has four stages, but depths are " + depths
                    + " and num_heads are " + numHeads + "; both need four numbers");
        }
        for (int s = 0; s < 4; s++) {
            int channels = embedDim << s;
            if (depths.get(s) < 1
                    || numHeads.get(s) < 1
                    || embedDim < 1
                    || channels % numHeads.get(s) != 0
                    || windowSize < 1) {
                throw new Mask2FormerException("Swin stage " + (s + 1) + " is not possible: embed_dim " + embedDim
                        + ", depth " + depths.get(s) + ", heads " + numHeads.get(s) + ", window " + windowSize
                        + "; its " + channels + " channels must divide by its heads, and all be positive");
            }
        }
        if (!(dropPathRate >= 0 && dropPathRate < 1)) {
            throw new Mask2FormerException(
                    "drop_path_rate is " + dropPathRate + ", but must be at least 0 and less than 1");
        }
    }

    /** The published sizes: {@code embedDim} 96, 96, 128, 192 for T, S, B and L. */
    public static SwinConfig of(int embedDim, List<Integer> depths, List<Integer> numHeads, int windowSize) {
        return new SwinConfig(
                embedDim,
                depths,
                numHeads,
                windowSize,
                DEFAULT_MLP_RATIO,
                true,
                DEFAULT_LAYER_NORM_EPS,
                DEFAULT_DROP_PATH_RATE);
    }

    /** The same architecture, trained with another stochastic depth. */
    public SwinConfig withDropPathRate(double value) {
        return new SwinConfig(embedDim, depths, numHeads, windowSize, mlpRatio, qkvBias, layerNormEps, value);
    }

    /** Stochastic depth of a block, counted over all stages. */
    double dropRate(int block) {
        int last = depths.stream().mapToInt(Integer::intValue).sum() - 1;
        return dropPathRate * block / last;
    }

    @Override
    public int[] channels() {
        return new int[] {embedDim, 2 * embedDim, 4 * embedDim, 8 * embedDim};
    }

    @Override
    public String displayName() {
        return switch (embedDim) {
            case 96 -> depths.get(2) == 6 ? "Swin-T" : "Swin-S";
            case 128 -> "Swin-B";
            case 192 -> "Swin-L";
            default -> "Swin (embed_dim " + embedDim + ")";
        };
    }
}
