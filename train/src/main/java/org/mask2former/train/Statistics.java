package org.mask2former.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TrainableWeights;

/**
 * A copy of the running statistics of batch norms, which a forward pass changes before anybody knows whether its step is any
 * good.
 */
final class Statistics implements AutoCloseable {
    private final TrainableWeights weights;
    private final Map<String, Tensor> copies = new LinkedHashMap<>();

    private Statistics(TrainableWeights weights) {
        this.weights = weights;
    }

    static Statistics of(TrainableWeights weights) {
        Statistics statistics = new Statistics(weights);
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            for (String name : weights.names()) {
                if (name.endsWith(".running_mean") || name.endsWith(".running_var")) {
                    statistics.copies.put(
                            name, Tensors.detach(weights.tensor(name).clone()));
                }
            }
        }
        return statistics;
    }

    void restore() {
        try (NoGradGuard constants = new NoGradGuard()) {
            copies.forEach((name, copy) -> weights.tensor(name).copy_(copy));
        }
    }

    @Override
    public void close() {
        copies.values().forEach(Tensor::close);
        copies.clear();
    }
}
