package org.mask2former.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/** Weights made up on demand, the same for the same name and seed, of a size that keeps activations in range. */
public final class RandomWeights implements Weights {
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final long seed;

    public RandomWeights(List<Parameter> parameters, long seed) {
        parameters.forEach(p -> this.parameters.put(p.name(), p));
        this.seed = seed;
    }

    @Override
    public Set<String> names() {
        return parameters.keySet();
    }

    @Override
    public int[] shape(String name) {
        return parameters.get(name).shape();
    }

    @Override
    public DType dtype(String name) {
        return DType.F32;
    }

    @Override
    public HostTensor tensor(String name) {
        int[] shape = shape(name);
        SplittableRandom random = new SplittableRandom(seed ^ name.hashCode());
        float[] values = new float[Math.toIntExact(HostTensor.elements(shape))];
        boolean matrix = shape.length >= 2;
        double scale = matrix ? Math.sqrt(3.0 * shape[0] / values.length) : 0.1;
        double centre = !matrix && (name.endsWith("weight") || name.endsWith("running_var")) ? 1 : 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (centre + scale * (2 * random.nextDouble() - 1));
        }
        return HostTensor.of(values, shape);
    }

    @Override
    public String source() {
        return "random weights, seed " + seed;
    }

    @Override
    public void close() {}
}
