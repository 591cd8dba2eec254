package org.mask2former.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.checkpoint.InputRange;
import org.mask2former.checkpoint.QuantizedTensor;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Precision;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Parameter;

/**
 * A model's weights in native memory, in the layout that is fast to run. A weight that only linear layers use is kept packed
 * alone, so nothing is held twice. Owns its tensors until closed. Used by one thread at a time.
 */
final class TorchWeights implements AutoCloseable {
    private final torch.ScalarType type;
    /** Whether layers keep float16 weights. */
    private final boolean halves;

    private final Map<String, Tensor> parameters = new HashMap<>();
    /** Weights of 8-bit integers, until a layer has packed them. */
    private final Map<String, QuantizedTensor> quantized = new HashMap<>();

    private final Map<Linear, LinearKernel> linears = new HashMap<>();
    private final Map<Conv2d, ConvKernel> convolutions = new HashMap<>();
    /** Rows of a parameter that packed layers have copies of. */
    private final Map<String, Integer> packedRows = new HashMap<>();

    /**
     * Copies the weights; the source may be closed afterwards.
     *
     * @param precision what a pass computes in; not {@link Precision#AUTO}
     */
    TorchWeights(List<Parameter> needed, Weights source, Precision precision) {
        type = CpuPrecision.activations(precision);
        halves = precision == Precision.FP16;
        boolean integers = precision == Precision.INT8;
        try {
            for (Parameter p : needed) {
                Optional<QuantizedTensor> bytes = integers ? source.quantized(p.name()) : Optional.empty();
                if (bytes.isPresent()) {
                    quantized.put(p.name(), bytes.get());
                } else {
                    parameters.put(p.name(), floats(source.tensor(p.name())));
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static Tensor floats(HostTensor host) {
        try (PointerScope scope = new PointerScope();
                Tensor read = Tensors.copyOf(host)) {
            return Tensors.detach(read.to(torch.ScalarType.Float));
        }
    }

    /** The type of activations. */
    torch.ScalarType type() {
        return type;
    }

    Tensor parameter(Parameter parameter) {
        Tensor tensor = parameters.get(parameter.name());
        if (tensor == null) {
            throw new IllegalStateException(parameter.name() + " is not a weight of this model, or was packed");
        }
        return tensor;
    }

    // ---- linear layers ----

    LinearKernel linear(Linear layer) {
        return linears.computeIfAbsent(layer, this::pack);
    }

    private LinearKernel pack(Linear layer) {
        try (PointerScope scope = new PointerScope()) {
            Optional<Tensor> bias = layer.biases().isEmpty()
                    ? Optional.empty()
                    : Optional.of(stacked(layer.biases(), 1).reshape(-1));
            LinearKernel kernel = layer.weights().stream()
                            .allMatch(rows ->
                                    quantized.containsKey(rows.parameter().name()))
                    ? packBytes(layer, bias)
                    : pack(stacked(layer.weights(), layer.in()), bias);
            layer.weights().forEach(this::release);
            return kernel;
        }
    }

    private LinearKernel pack(Tensor weight, Optional<Tensor> bias) {
        return halves ? HalfLinear.of(weight, bias) : LinearKernel.of(weight.to(type), bias.map(b -> b.to(type)));
    }

    private LinearKernel packBytes(Linear layer, Optional<Tensor> bias) {
        List<Tensor> values = new ArrayList<>();
        List<Tensor> scales = new ArrayList<>();
        List<InputRange> inputs = new ArrayList<>();
        for (Linear.Rows rows : layer.weights()) {
            QuantizedTensor weight =
                    Objects.requireNonNull(quantized.get(rows.parameter().name()));
            Tensor whole = Tensors.adopt(Tensors.copyOf(weight.values())).reshape(-1, layer.in());
            Tensor scale = Tensors.adopt(Tensors.copyOf(weight.scales(), weight.scales().length));
            values.add(whole.narrow(0, rows.from(), rows.count()));
            scales.add(scale.narrow(0, rows.from(), rows.count()));
            inputs.add(weight.input(rows.from(), rows.to()));
        }
        InputRange input = inputs.stream().reduce(InputRange::union).orElseThrow();
        return QuantizedLinear.of(joined(values), joined(scales), bias, InputScale.of(input), type);
    }

    /** The rows below each other, {@code [out, in]}. */
    private Tensor stacked(List<Linear.Rows> blocks, int in) {
        List<Tensor> parts = new ArrayList<>();
        for (Linear.Rows rows : blocks) {
            Tensor whole = parameter(rows.parameter()).reshape(-1, in);
            parts.add(whole.narrow(0, rows.from(), rows.count()));
        }
        return joined(parts);
    }

    private static Tensor joined(List<Tensor> parts) {
        return parts.size() == 1
                ? parts.get(0).contiguous()
                : torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
    }

    /** Drops a weight once packed layers hold all of its rows. */
    private void release(Linear.Rows rows) {
        String name = rows.parameter().name();
        int total = packedRows.merge(name, rows.count(), Integer::sum);
        if (total >= rows.parameter().shape()[0] && quantized.remove(name) == null) {
            Objects.requireNonNull(parameters.remove(name)).close();
        }
    }

    // ---- convolutions ----

    ConvKernel convolution(Conv2d layer) {
        return convolutions.computeIfAbsent(layer, this::fold);
    }

    private ConvKernel fold(Conv2d layer) {
        float[] factors = new float[layer.out()];
        float[] shifts = layer.bias().map(this::values).orElseGet(() -> new float[layer.out()]);
        Arrays.fill(factors, 1);
        layer.batchNorm().ifPresent(norm -> {
            float[] scale = values(norm.weight());
            float[] shift = values(norm.bias());
            float[] mean = values(norm.runningMean());
            float[] variance = values(norm.runningVariance());
            for (int o = 0; o < factors.length; o++) {
                double factor = scale[o] / Math.sqrt(variance[o] + Conv2d.BatchNorm.EPS);
                factors[o] = (float) factor;
                shifts[o] = (float) ((shifts[o] - mean[o]) * factor + shift[o]);
            }
        });
        try (PointerScope scope = new PointerScope()) {
            Tensor factor = Tensors.adopt(Tensors.copyOf(factors, factors.length));
            Tensor shift = Tensors.adopt(Tensors.copyOf(shifts, shifts.length));
            QuantizedTensor bytes = quantized.remove(layer.weight().name());
            if (bytes != null) {
                Tensor scales = Tensors.adopt(Tensors.copyOf(bytes.scales(), bytes.scales().length));
                Tensor values = Tensors.adopt(Tensors.copyOf(bytes.values()));
                InputScale input = InputScale.of(bytes.input(0, layer.out()));
                return QuantizedConv.of(layer, values, scales.mul(factor), shift, input, type);
            }
            Tensor weight = parameter(layer.weight()).mul(factor.reshape(-1, 1, 1, 1));
            Tensor folded =
                    weight.to(halves ? torch.ScalarType.Half : type).contiguous(torch.MemoryFormat.ChannelsLast);
            ConvKernel kernel = ConvKernel.of(layer, Tensors.detach(folded), Tensors.detach(shift.to(type)));
            Objects.requireNonNull(parameters.remove(layer.weight().name())).close();
            return kernel;
        }
    }

    private float[] values(Parameter p) {
        return Tensors.toFloats(parameter(p));
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensor::close);
        linears.values().forEach(LinearKernel::close);
        convolutions.values().forEach(ConvKernel::close);
        parameters.clear();
        quantized.clear();
        linears.clear();
        convolutions.clear();
    }
}
