package org.mask2former.model;

/** The backbone: turns pixels into four feature maps at 1/4, 1/8, 1/16 and 1/32 of the input. Immutable. */
public sealed interface BackboneConfig permits SwinConfig, ResNetConfig {
    /** Channels of the four feature maps, finest first. */
    int[] channels();

    /** A name a person knows, such as {@code Swin-T} or {@code ResNet-50}. */
    String displayName();
}
