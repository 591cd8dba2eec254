package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * A checkpoint whose large weights are 8-bit integers. Beside a quantised weight {@code W} stand {@code W.scale}, float32
 * {@code [out]}, and {@code W.input_range}, float32 {@code [blocks, 2]}: the least and the greatest input. To those who know
 * nothing of this the weights are float32; an engine that computes with integers asks for {@link #quantized}.
 */
final class QuantizedWeights implements Weights {
    static final String SCALE = ".scale";
    static final String INPUT_RANGE = ".input_range";

    private final Weights weights;
    private final Set<String> names = new LinkedHashSet<>();

    private QuantizedWeights(Weights weights) {
        this.weights = weights;
        for (String name : weights.names()) {
            if (!isBeside(weights.names(), name)) {
                names.add(name);
            }
        }
    }

    /** The weights themselves, or where some are quantised a view of them. */
    static Weights of(Weights weights) {
        boolean quantized = weights.names().stream().anyMatch(n -> isBeside(weights.names(), n));
        return quantized ? new QuantizedWeights(weights) : weights;
    }

    /** A weight and what stands beside it, under their names. */
    static Map<String, HostTensor> tensors(String name, QuantizedTensor weight) {
        float[] ranges = new float[2 * weight.inputs().size()];
        for (int i = 0; i < weight.inputs().size(); i++) {
            ranges[2 * i] = weight.inputs().get(i).min();
            ranges[2 * i + 1] = weight.inputs().get(i).max();
        }
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put(name, weight.values());
        tensors.put(name + SCALE, HostTensor.of(weight.scales(), weight.scales().length));
        tensors.put(name + INPUT_RANGE, HostTensor.of(ranges, ranges.length / 2, 2));
        return tensors;
    }

    private static boolean isBeside(Set<String> names, String name) {
        for (String suffix : List.of(SCALE, INPUT_RANGE)) {
            if (name.endsWith(suffix) && names.contains(name.substring(0, name.length() - suffix.length()))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(names);
    }

    @Override
    public int[] shape(String name) {
        return weights.shape(name);
    }

    @Override
    public DType dtype(String name) {
        return isQuantized(name) ? DType.F32 : weights.dtype(name);
    }

    @Override
    public HostTensor tensor(String name) {
        return quantized(name).map(QuantizedTensor::toFloats).orElseGet(() -> weights.tensor(name));
    }

    @Override
    public Optional<QuantizedTensor> quantized(String name) {
        if (!isQuantized(name)) {
            return Optional.empty();
        }
        float[] ranges = weights.tensor(name + INPUT_RANGE).toFloats();
        List<InputRange> inputs = new ArrayList<>();
        try {
            for (int i = 0; i + 1 < ranges.length; i += 2) {
                inputs.add(new InputRange(ranges[i], ranges[i + 1]));
            }
            return Optional.of(new QuantizedTensor(
                    weights.tensor(name), weights.tensor(name + SCALE).toFloats(), inputs));
        } catch (CheckpointException e) {
            throw new CheckpointException(source() + ": " + name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean isQuantized() {
        return names.stream().anyMatch(this::isQuantized);
    }

    private boolean isQuantized(String name) {
        return weights.names().contains(name + SCALE) && weights.names().contains(name + INPUT_RANGE);
    }

    @Override
    public String source() {
        return weights.source();
    }

    @Override
    public void close() {
        weights.close();
    }
}
