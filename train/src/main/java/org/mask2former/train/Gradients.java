package org.mask2former.train;

import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.torch.Foreach;
import org.mask2former.torch.TrainableWeights;

/** The gradient of all weights taken as one long vector. */
final class Gradients {
    private Gradients() {}

    /** Its length; not a number, or infinite, if one of its elements is. */
    static double norm(TrainableWeights weights, Set<String> names) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            return Foreach.norm(of(weights, names));
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
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            Foreach.scale(of(weights, names), factor);
        }
    }

    private static List<Tensor> of(TrainableWeights weights, Set<String> names) {
        return names.stream()
                .map(name -> weights.tensor(name).grad())
                .filter(Tensor::defined)
                .toList();
    }
}
