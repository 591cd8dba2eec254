package org.mask2former.model;

import java.util.List;
import org.mask2former.ops.Ops;

/** Turns pixels into feature maps at 1/4, 1/8, 1/16 and 1/32 of the input. Immutable. */
public sealed interface Backbone permits SwinBackbone, ResNetBackbone {
    /**
     * The four feature maps {@code [B, H/s, W/s, C_s]} (rounded up), finest first.
     *
     * @param pixels {@code [B, H, W, 3]}, normalised
     */
    <T> List<T> forward(Ops<T> ops, T pixels);

    /** The backbone of a configuration, its layers named below {@code names}. */
    static Backbone of(BackboneConfig config, Names names) {
        if (config instanceof SwinConfig swin) {
            return new SwinBackbone(swin, names);
        }
        return new ResNetBackbone((ResNetConfig) config, names);
    }
}
