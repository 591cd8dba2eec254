package org.mask2former.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.torch.Foreach;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TrainableWeights;

/**
 * An exponential moving average of all weights, running statistics included: on few pictures it measures better than the
 * weights of any one step. Owns its tensors until closed; used by one platform thread.
 */
final class MovingAverage implements AutoCloseable {
    private final TrainableWeights weights;
    private final double decay;
    private final Map<String, Tensor> averages = new LinkedHashMap<>();

    MovingAverage(TrainableWeights weights, double decay) {
        this.weights = weights;
        this.decay = decay;
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            for (String name : weights.names()) {
                averages.put(name, Tensors.detach(weights.tensor(name).clone()));
            }
        }
    }

    /**
     * Takes the weights in. In the first steps the average follows faster, for the start is worth little.
     *
     * @param step how many steps there were, this one included
     */
    void update(long step) {
        double share = 1 - Math.min(decay, (1.0 + step) / (10.0 + step));
        try (NoGradGuard constants = new NoGradGuard()) {
            Foreach.lerp(
                    List.copyOf(averages.values()),
                    averages.keySet().stream().map(weights::tensor).toList(),
                    share);
        }
    }

    /** By name; the tensors stay this object's own. */
    Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(averages);
    }

    @Override
    public void close() {
        List<Tensor> all = new ArrayList<>(averages.values());
        averages.clear();
        all.forEach(Tensor::close);
    }
}
