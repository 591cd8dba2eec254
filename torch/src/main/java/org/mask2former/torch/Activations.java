package org.mask2former.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/** Activations as operations of their own, where nothing fuses them. */
final class Activations {
    private Activations() {}

    /** A new tensor, or the same if there is no activation. */
    static Tensor apply(Tensor x, Activation activation) {
        return switch (activation) {
            case NONE -> x;
            case RELU -> x.relu();
            case GELU -> torch.gelu(x);
        };
    }
}
