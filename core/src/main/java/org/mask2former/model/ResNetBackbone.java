package org.mask2former.model;

import static org.mask2former.ops.Activation.NONE;
import static org.mask2former.ops.Activation.RELU;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.Ops;

/** ResNet with bottleneck blocks and frozen batch norm (He et al. 2016; torchvision's form, stride in the 3×3). */
final class ResNetBackbone implements Backbone {
    private final Conv2d stem;
    private final List<List<Bottleneck>> stages = new ArrayList<>();

    ResNetBackbone(ResNetConfig config, Names names) {
        Names embedder = names.in("embedder.embedder");
        stem = embedder.convBatchNorm("convolution", "normalization", 3, config.embeddingSize(), 7, 2);
        int in = config.embeddingSize();
        for (int s = 0; s < 4; s++) {
            List<Bottleneck> blocks = new ArrayList<>();
            int out = config.hiddenSizes().get(s);
            for (int b = 0; b < config.depths().get(s); b++) {
                int stride = s > 0 && b == 0 ? 2 : 1;
                blocks.add(new Bottleneck(names.in("encoder.stages", s).in("layers", b), in, out, stride));
                in = out;
            }
            stages.add(blocks);
        }
    }

    @Override
    public <T> List<T> forward(Ops<T> ops, T pixels /* [B, H, W, 3] */) {
        List<T> features = new ArrayList<>();
        T x = ops.scope("stem", () -> ops.maxPool3x3Stride2(ops.conv2d(pixels, stem, RELU))); // [B, H/4, W/4, 64]
        for (int s = 0; s < 4; s++) {
            List<Bottleneck> stage = stages.get(s);
            T input = x;
            x = ops.scope("stage" + (s + 1), () -> {
                T y = input;
                for (int b = 0; b < stage.size(); b++) {
                    Bottleneck block = stage.get(b);
                    y = ops.step("block" + b, y, z -> block.forward(ops, z));
                }
                return y;
            });
            features.add(x);
        }
        return features;
    }

    /** 1×1 to a quarter of the channels, 3×3, 1×1 back, and a shortcut around the three. */
    private static final class Bottleneck {
        private final Conv2d reduce;
        private final Conv2d middle;
        private final Conv2d expand;
        private final Optional<Conv2d> shortcut;

        Bottleneck(Names names, int in, int out, int stride) {
            int inner = out / ResNetConfig.REDUCTION;
            reduce = layer(names.in("layer", 0), in, inner, 1, 1);
            middle = layer(names.in("layer", 1), inner, inner, 3, stride);
            expand = layer(names.in("layer", 2), inner, out, 1, 1);
            shortcut = in == out && stride == 1
                    ? Optional.empty()
                    : Optional.of(layer(names.in("shortcut"), in, out, 1, stride));
        }

        private static Conv2d layer(Names names, int in, int out, int kernel, int stride) {
            return names.convBatchNorm("convolution", "normalization", in, out, kernel, stride);
        }

        <T> T forward(Ops<T> ops, T x /* [B, h, w, in] */) {
            T y = ops.conv2d(x, reduce, RELU); // [B, h, w, out/4]
            y = ops.conv2d(y, middle, RELU); // [B, h/stride, w/stride, out/4]
            y = ops.conv2d(y, expand, NONE); // [B, h/stride, w/stride, out]
            T around = shortcut.isPresent() ? ops.conv2d(x, shortcut.get(), NONE) : x;
            return ops.relu(ops.add(y, around));
        }
    }
}
