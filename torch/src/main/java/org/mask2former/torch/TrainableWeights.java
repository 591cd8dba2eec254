package org.mask2former.torch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.checkpoint.CheckpointException;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/**
 * A model's weights as leaves of libtorch's autograd: float32, each under its name in the hub's checkpoints. All
 * require gradients but the running statistics of batch norms, which are frozen. Owns its tensors until closed; used by one
 * platform thread at a time.
 */
public final class TrainableWeights implements AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final TorchDevice device;
    private Optional<Helpers> helpers = Optional.empty();
    private final ConstantCache constants = new ConstantCache(ConstantCache.DEFAULT_LIMIT_BYTES);

    /**
     * On the CPU; see {@link #TrainableWeights(List, Weights, TorchDevice)}.
     *
     * @param needed what the network needs, {@link org.mask2former.model.Mask2FormerNetwork#parameters()}
     */
    public TrainableWeights(List<Parameter> needed, Weights source) {
        this(needed, source, TorchDevice.CPU);
    }

    /**
     * Copies the weights; the source may be closed afterwards.
     *
     * @param needed what the network needs, {@link org.mask2former.model.Mask2FormerNetwork#parameters()}
     * @param device where they are trained
     * @throws CheckpointException if one is missing or has another shape
     */
    public TrainableWeights(List<Parameter> needed, Weights source, TorchDevice device) {
        this.device = device;
        Torch.load();
        try {
            for (Parameter p : needed) {
                add(p, source);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void add(Parameter p, Weights source) {
        HostTensor host = source.tensor(p.name());
        Parameter found = new Parameter(p.name(), host.shape());
        if (!found.equals(p)) {
            throw new CheckpointException(source.source() + " has " + found + ", but the model needs " + p
                    + "; choose the config.json that belongs to these weights");
        }
        try (PointerScope scope = new PointerScope()) {
            // Converted by hand, for a conversion by libtorch of what is float32 already would share the memory.
            Tensor tensor = device.copyOf(host.toFloats(), Tensors.longs(p.shape()));
            tensors.put(p.name(), tensor);
            tensor.set_requires_grad(!isStatistic(p.name()));
        }
    }

    private static boolean isStatistic(String name) {
        return name.endsWith(".running_mean") || name.endsWith(".running_var");
    }

    /** Where they are, and so everything that is computed with them. */
    public TorchDevice device() {
        return device;
    }

    /** Of all weights, in the network's order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** A weight, to be changed in place by an optimiser alone; it stays this object's own. */
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(name + " is not a weight of this model, or the model is closed");
        }
        return tensor;
    }

    /**
     * The sum of the gradients of all backward passes since {@link #clearGradients}, a copy; empty if no pass reached this
     * weight.
     */
    public Optional<HostTensor> gradient(String name) {
        try (PointerScope scope = new PointerScope()) {
            Tensor gradient = tensor(name).grad();
            return gradient.defined() ? Optional.of(Tensors.toHost(gradient)) : Optional.empty();
        }
    }

    /** Forgets all gradients, and gives back their memory. */
    public void clearGradients() {
        try (PointerScope scope = new PointerScope()) {
            for (Tensor tensor : tensors.values()) {
                tensor.mutable_grad().reset();
            }
        }
    }

    /** A copy of all weights, running statistics included, as a checkpoint in the hub's layout holds them. */
    public Map<String, HostTensor> export() {
        Map<String, HostTensor> copies = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> copies.put(name, Tensors.toHost(tensor)));
        return copies;
    }

    /** What depends on the input's size alone, from one step to the next. */
    ConstantCache constants() {
        return constants;
    }

    /** Threads for loops in Java, as many as libtorch has on the thread that asks first; a GPU's operations are begun by one. */
    Helpers helpers() {
        if (helpers.isEmpty()) {
            helpers = Optional.of(new Helpers(device.isCpu() ? torch.get_num_threads() : 1));
        }
        return helpers.get();
    }

    @Override
    public void close() {
        helpers.ifPresent(Helpers::close);
        List<Tensor> all = new ArrayList<>(tensors.values());
        tensors.clear();
        all.forEach(Tensor::close);
        constants.close();
    }
}
