package org.mask2former.ops;

/** What follows a linear layer or a convolution. */
public enum Activation {
    NONE,
    RELU,
    /** The exact form, {@code x Φ(x)} with the error function, not its tanh approximation. */
    GELU
}
