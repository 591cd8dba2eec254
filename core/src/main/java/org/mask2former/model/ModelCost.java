package org.mask2former.model;

import java.util.Map;
import org.mask2former.ops.CostOps;
import org.mask2former.ops.Parameter;

/**
 * What a model costs at one input size, batch 1, counted from its structure.
 *
 * @param parameters numbers to learn or load; running statistics of batch norms are not counted
 * @param flops floating-point operations of a forward pass; a multiplication and an addition are two
 * @param flopsByPart the same by part of the network, in the order they run
 * @param peakActivationBytes the most bytes of float32 activations that live at one time
 */
public record ModelCost(long parameters, long flops, Map<String, Long> flopsByPart, long peakActivationBytes) {
    /** Height and width in pixels. */
    public static ModelCost of(ModelConfig config, int height, int width) {
        return of(config, height, width, Effort.FULL);
    }

    /** Height and width in pixels. */
    public static ModelCost of(ModelConfig config, int height, int width, Effort effort) {
        Mask2FormerNetwork network = new Mask2FormerNetwork(config);
        CostOps ops = new CostOps();
        network.forward(ops, ops.input(1, height, width, 3), effort);
        return new ModelCost(parameters(network), ops.totalFlops(), ops.flopsByPart(), ops.peakActivationBytes());
    }

    private static long parameters(Mask2FormerNetwork network) {
        return network.parameters().stream()
                .filter(p -> !p.name().contains(".running_"))
                .mapToLong(Parameter::elements)
                .sum();
    }
}
