package org.mask2former.train;

import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.torch.TrainableWeights;

/** The gradient of all weights taken as one long vector. */
final class Gradients {
    private Gradients() {}

    /** Its length; not a number, or infinite, if one of its elements is. */
    static double norm(TrainableWeights weights, Set<String> names) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            TensorVector norms = new TensorVector();
            for (String name : names) {
                Tensor gradient = weights.tensor(name).grad();
                if (gradient.defined()) {
                    norms.push_back(gradient.norm());
                }
            }
            return norms.size() == 0 ? 0 : torch.stack(norms).norm().item_double();
        }
    }

    /** As {@code torch.nn.utils.clip_grad_norm_} does once the norm is known. */
    static void clip(TrainableWeights weights, Set<String> names, double norm, double largest) {
        scale(weights, names, Math.min(1, largest / (norm + 1e-6)));
    }

    /** Multiplies it. */
    static void scale(TrainableWeights weights, Set<String> names, double factor) {
        if (factor == 1) {
            return;
        }
        try (NoGradGuard constants = new NoGradGuard()) {
            for (String name : names) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor gradient = weights.tensor(name).grad();
                    if (gradient.defined()) {
                        gradient.mul_(new Scalar(factor));
                    }
                }
            }
        }
    }
}
