package org.mask2former.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.torch.Foreach;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TrainableWeights;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), step by step as {@code torch.optim.AdamW} computes it. Owns
 * its moments until closed; used by one platform thread.
 */
final class AdamW implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPS = 1e-8;

    private final TrainableWeights weights;
    private final ParameterGroups groups;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    /** What is remembered of a weight's gradients: their running mean and that of their squares. */
    private record Moments(Tensor mean, Tensor square) {}

    AdamW(TrainableWeights weights, ParameterGroups groups) {
        this.weights = weights;
        this.groups = groups;
        try (PointerScope scope = new PointerScope()) {
            for (String name : groups.names()) {
                Tensor weight = weights.tensor(name);
                moments.put(
                        name,
                        new Moments(
                                Tensors.detach(torch.zeros_like(weight)), Tensors.detach(torch.zeros_like(weight))));
            }
        }
    }

    /**
     * Moves all weights against their gradients; one that no gradient reached stays.
     *
     * @param step how many steps there were, this one included
     * @param factor of the schedule, for every group's learning rate
     */
    void step(long step, double factor) {
        Map<ParameterGroups.Group, List<String>> together = moments.keySet().stream()
                .filter(this::hasGradient)
                .collect(Collectors.groupingBy(groups::of, LinkedHashMap::new, Collectors.toList()));
        together.forEach((group, names) -> {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard constants = new NoGradGuard()) {
                Foreach.adamW(
                        names.stream().map(weights::tensor).toList(),
                        names.stream().map(name -> weights.tensor(name).grad()).toList(),
                        names.stream().map(name -> moments(name).mean).toList(),
                        names.stream().map(name -> moments(name).square).toList(),
                        new Foreach.AdamWStep(
                                step, group.learningRate() * factor, BETA1, BETA2, group.weightDecay(), EPS));
            }
        });
    }

    private Moments moments(String name) {
        return Objects.requireNonNull(moments.get(name));
    }

    private boolean hasGradient(String name) {
        try (PointerScope scope = new PointerScope()) {
            return weights.tensor(name).grad().defined();
        }
    }

    /** What has to be kept to go on later, by name; the tensors stay this object's own. */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        moments.forEach((name, m) -> {
            state.put("mean." + name, m.mean);
            state.put("square." + name, m.square);
        });
        return state;
    }

    @Override
    public void close() {
        List<Moments> all = new ArrayList<>(moments.values());
        moments.clear();
        all.forEach(m -> {
            m.mean.close();
            m.square.close();
        });
    }
}
