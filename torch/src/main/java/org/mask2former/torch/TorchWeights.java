package org.mask2former.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
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
    private static final Scalar ONE = Tensors.forever(new Scalar(1));

    private final TorchDevice device;
    private final torch.ScalarType type;
    /** Whether layers keep float16 weights. */
    private final boolean halves;

    private final Map<String, Tensor> parameters = new HashMap<>();
    /** Weights of 8-bit integers, until a layer has packed them. */
    private final Map<String, QuantizedTensor> quantized = new HashMap<>();

    private final Map<String, Tensor> norms = new HashMap<>();
    private final Map<Linear, LinearKernel> linears = new HashMap<>();
    private final Map<Conv2d, ConvKernel> convolutions = new HashMap<>();
    /** Rows of a parameter that packed layers have copies of. */
    private final Map<String, Integer> packedRows = new HashMap<>();

    /**
     * Copies the weights; the source may be closed afterwards.
     *
     * @param device where they are kept and used
     * @param precision what a pass computes in; not {@link Precision#AUTO}
     */
    TorchWeights(List<Parameter> needed, Weights source, TorchDevice device, Precision precision) {
        this.device = device;
        type = device.isCpu() ? CpuPrecision.activations(precision) : GpuPrecision.activations(precision);
        halves = device.isCpu() && precision == Precision.FP16;
        boolean integers = precision == Precision.INT8;
        try {
            for (Parameter p : needed) {
                Optional<QuantizedTensor> bytes = integers ? source.quantized(p.name()) : Optional.empty();
                if (bytes.isPresent()) {
                    quantized.put(p.name(), bytes.get());
                } else {
                    parameters.put(p.name(), floats(device, source.tensor(p.name())));
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static Tensor floats(TorchDevice device, HostTensor host) {
        try (PointerScope scope = new PointerScope();
                Tensor read = device.copyOf(host)) {
            return Tensors.detach(read.to(torch.ScalarType.Float));
        }
    }

    TorchDevice device() {
        return device;
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

    /** A norm's weight: float32 on a processor, whose norms mix types, and of the activations' type elsewhere. */
    Tensor ofNorm(Parameter parameter) {
        if (device.isCpu() || type == torch.ScalarType.Float) {
            return parameter(parameter);
        }
        return norms.computeIfAbsent(parameter.name(), name -> {
            try (PointerScope scope = new PointerScope()) {
                return Tensors.detach(parameter(parameter).to(type));
            }
        });
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
        if (halves) {
            return HalfLinear.of(weight, bias);
        }
        Tensor converted = weight.to(type);
        Optional<Tensor> convertedBias = bias.map(b -> b.to(type));
        return device.isCpu() ? LinearKernel.of(converted, convertedBias) : PlainLinear.of(converted, convertedBias);
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
        try (PointerScope scope = new PointerScope()) {
            // In float64 until all of it is multiplied in.
            Tensor shifts = layer.bias().map(this::exact).orElseGet(() -> zeros(layer.out()));
            Tensor factors = zeros(layer.out()).add(ONE);
            if (layer.batchNorm().isPresent()) {
                Conv2d.BatchNorm norm = layer.batchNorm().get();
                Tensor spread = exact(norm.runningVariance()).add(new Scalar(Conv2d.BatchNorm.EPS));
                factors = exact(norm.weight()).div(spread.sqrt());
                shifts = shifts.sub(exact(norm.runningMean())).mul(factors).add(exact(norm.bias()));
            }
            Tensor factor = factors.to(torch.ScalarType.Float);
            Tensor shift = shifts.to(torch.ScalarType.Float);
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

    private Tensor exact(Parameter p) {
        return parameter(p).to(torch.ScalarType.Double);
    }

    private Tensor zeros(int count) {
        return torch.zeros(new long[] {count}, device.options(torch.ScalarType.Double));
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensor::close);
        linears.values().forEach(LinearKernel::close);
        convolutions.values().forEach(ConvKernel::close);
        norms.values().forEach(Tensor::close);
        norms.clear();
        parameters.clear();
        quantized.clear();
        linears.clear();
        convolutions.clear();
    }
}
