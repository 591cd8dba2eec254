package org.mask2former.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.checkpoint.Weights;
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
    private final Map<String, Tensor> parameters = new HashMap<>();
    private final Map<Linear, LinearKernel> linears = new HashMap<>();
    private final Map<Conv2d, FoldedConv> convolutions = new HashMap<>();
    /** Rows of a parameter that packed layers have copies of. */
    private final Map<String, Integer> packedRows = new HashMap<>();

    /** A convolution's weight with its batch norm multiplied in, channels last. */
    record FoldedConv(Tensor weight, Tensor bias) {}

    /**
     * Copies the weights; the source may be closed afterwards.
     *
     * @param type of the weights of linear layers and convolutions, and so of activations; all others are float32
     */
    TorchWeights(List<Parameter> needed, Weights source, torch.ScalarType type) {
        this.type = type;
        try {
            for (Parameter p : needed) {
                try (PointerScope scope = new PointerScope();
                        Tensor read = Tensors.copyOf(source.tensor(p.name()))) {
                    parameters.put(p.name(), Tensors.detach(read.to(torch.ScalarType.Float)));
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
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

    LinearKernel linear(Linear layer) {
        return linears.computeIfAbsent(layer, this::pack);
    }

    private LinearKernel pack(Linear layer) {
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = stacked(layer.weights(), layer.in());
            Optional<Tensor> bias = layer.biases().isEmpty()
                    ? Optional.empty()
                    : Optional.of(stacked(layer.biases(), 1).reshape(-1));
            LinearKernel kernel = LinearKernel.of(weight.to(type), bias.map(b -> b.to(type)));
            layer.weights().forEach(this::release);
            return kernel;
        }
    }

    /** The rows below each other, {@code [out, in]}. */
    private Tensor stacked(List<Linear.Rows> blocks, int in) {
        List<Tensor> parts = new ArrayList<>();
        for (Linear.Rows rows : blocks) {
            Tensor whole = parameter(rows.parameter()).reshape(-1, in);
            parts.add(whole.narrow(0, rows.from(), rows.count()));
        }
        return parts.size() == 1
                ? parts.get(0).contiguous()
                : torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
    }

    /** Drops a weight once packed layers hold all of its rows. */
    private void release(Linear.Rows rows) {
        String name = rows.parameter().name();
        int total = packedRows.merge(name, rows.count(), Integer::sum);
        if (total >= rows.parameter().shape()[0]) {
            Objects.requireNonNull(parameters.remove(name)).close();
        }
    }

    FoldedConv convolution(Conv2d layer) {
        return convolutions.computeIfAbsent(layer, this::fold);
    }

    private FoldedConv fold(Conv2d layer) {
        HostTensor weight = host(layer.weight());
        float[] w = weight.toFloats();
        float[] b = layer.bias().map(p -> host(p).toFloats()).orElseGet(() -> new float[layer.out()]);
        layer.batchNorm().ifPresent(norm -> {
            float[] scale = host(norm.weight()).toFloats();
            float[] shift = host(norm.bias()).toFloats();
            float[] mean = host(norm.runningMean()).toFloats();
            float[] variance = host(norm.runningVariance()).toFloats();
            int perOutput = w.length / layer.out();
            for (int o = 0; o < layer.out(); o++) {
                double factor = scale[o] / Math.sqrt(variance[o] + Conv2d.BatchNorm.EPS);
                for (int i = o * perOutput; i < (o + 1) * perOutput; i++) {
                    w[i] = (float) (w[i] * factor);
                }
                b[o] = (float) ((b[o] - mean[o]) * factor + shift[o]);
            }
        });
        try (PointerScope scope = new PointerScope();
                Tensor rows = Tensors.copyOf(w, Tensors.longs(weight.shape()));
                Tensor shift = Tensors.copyOf(b, b.length)) {
            Tensor folded = rows.to(type).contiguous(torch.MemoryFormat.ChannelsLast);
            FoldedConv result = new FoldedConv(Tensors.detach(folded), Tensors.detach(shift.to(type)));
            Objects.requireNonNull(parameters.remove(layer.weight().name())).close();
            return result;
        }
    }

    private HostTensor host(Parameter p) {
        return HostTensor.of(Tensors.toFloats(parameter(p)), p.shape());
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensor::close);
        linears.values().forEach(LinearKernel::close);
        convolutions.values().forEach(c -> {
            c.weight.close();
            c.bias.close();
        });
        parameters.clear();
        linears.clear();
        convolutions.clear();
    }
}
