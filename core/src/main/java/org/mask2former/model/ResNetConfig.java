package org.mask2former.model;

import java.util.List;
import org.mask2former.Mask2FormerException;

/**
 * A ResNet backbone with bottleneck blocks (He et al. 2016), the stride in the 3×3 convolution (ResNet "v1.5", as
 * torchvision, Transformers and the original repository's configurations have it), batch norm frozen.
 *
 * @param embeddingSize channels after the 7×7 stem
 * @param hiddenSizes channels of the four stages
 * @param depths blocks per stage
 */
public record ResNetConfig(int embeddingSize, List<Integer> hiddenSizes, List<Integer> depths)
        implements BackboneConfig {
    /** Channels inside a bottleneck are its output's divided by this. */
    public static final int REDUCTION = 4;

    public ResNetConfig {
        hiddenSizes = List.copyOf(hiddenSizes);
        depths = List.copyOf(depths);
        if (hiddenSizes.size() != 4 || depths.size() != 4) {
            throw new Mask2FormerException("a ResNet backbone has four stages, but hidden_sizes are " + hiddenSizes
                    + " and depths are " + depths + "; both need four numbers");
        }
        for (int s = 0; s < 4; s++) {
            if (hiddenSizes.get(s) < REDUCTION || hiddenSizes.get(s) % REDUCTION != 0 || depths.get(s) < 1) {
                throw new Mask2FormerException("ResNet stage " + (s + 1) + " is not possible: hidden_size "
                        + hiddenSizes.get(s) + ", depth " + depths.get(s)
                        + "; the size must divide by 4 and the depth be positive");
            }
        }
    }

    /** ResNet-50 (depths 3, 4, 6, 3), ResNet-101 (3, 4, 23, 3) and their like, at the published widths. */
    public static ResNetConfig ofDepths(List<Integer> depths) {
        return new ResNetConfig(64, List.of(256, 512, 1024, 2048), depths);
    }

    @Override
    public int[] channels() {
        return hiddenSizes.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String displayName() {
        int layers = 2 + 3 * depths.stream().mapToInt(Integer::intValue).sum();
        return "ResNet-" + layers;
    }
}
