package org.mask2former.torch;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.Precision;
import org.mask2former.ops.HostTensor;

/**
 * Where tensors live and operations run: the processor, or a GPU. Tensors that are made from host memory are made here, so that
 * nothing else needs to know which it is. Immutable.
 */
public final class TorchDevice {
    public static final TorchDevice CPU = new TorchDevice("cpu", Optional.empty());

    private static final String GENERIC = "cpu:generic";
    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,2}))?");

    private final String name;
    /** None for the processor, where tensors are already when they are made. */
    private final Optional<Device> device;

    private TorchDevice(String name, Optional<Device> device) {
        this.name = name;
        this.device = device;
    }

    /**
     * By name. Loads libtorch unless it is {@code cpu}.
     *
     * @param name {@code cpu}, {@code cuda} for the first GPU, {@code cuda:N}, or {@code cpu:generic} for the processor with the
     *     operations that GPUs run, which tells a fault of these from one of the GPU
     * @throws Mask2FormerException if there is no such device, or this build of libtorch cannot use it
     */
    public static TorchDevice of(String name) {
        if (name.equals("cpu")) {
            return CPU;
        }
        Matcher cuda = CUDA.matcher(name);
        if (!cuda.matches() && !name.equals(GENERIC)) {
            throw new Mask2FormerException("there is no device '" + name + "'; use cpu, cuda or cuda:N");
        }
        Torch.load();
        if (!cuda.matches()) {
            return on(name, new Device(torch.DeviceType.CPU));
        }
        int index = cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1));
        require(name, index);
        // Float32 is float32: cuDNN's convolutions would round their factors to 10 bits otherwise.
        torch.globalContext().setAllowTF32CuDNN(false);
        return on(name, new Device(torch.DeviceType.CUDA, (byte) index));
    }

    private static void require(String name, int index) {
        if (!Torch.isCudaBuild()) {
            throw new Mask2FormerException(
                    "device '" + name + "': this libtorch is built for CPUs; set M2F_GPU=1 to build"
                            + " for CUDA (docs/install.md), or use --device cpu");
        }
        int count = torch.cuda_is_available() ? torch.cuda_device_count() : 0;
        if (index >= count) {
            throw new Mask2FormerException("device '" + name + "': CUDA finds "
                    + (count == 0
                            ? "no GPU"
                            : count + (count == 1 ? " GPU, cuda:0" : " GPUs, cuda:0 to cuda:" + (count - 1)))
                    + "; './mask2former doctor' says more");
        }
    }

    private static TorchDevice on(String name, Device device) {
        return new TorchDevice(name, Optional.of(Tensors.forever(device)));
    }

    public boolean isCpu() {
        return device.isEmpty();
    }

    /** A new tensor in libtorch's own memory with a copy of the host's elements, of no scope. */
    public Tensor copyOf(HostTensor host) {
        return take(Tensors.copyOf(host));
    }

    /** A new tensor with a copy of the numbers, of no scope. */
    public Tensor copyOf(float[] values, long... shape) {
        return take(Tensors.copyOf(values, shape));
    }

    /** A new int64 tensor of one dimension, for indices, of no scope. */
    public Tensor copyOf(int[] values) {
        return take(Tensors.copyOf(values));
    }

    /** The same elements here; a tensor that lives elsewhere is given up. */
    Tensor take(Tensor tensor) {
        return device.map(d -> Tensors.moved(tensor, d)).orElse(tensor);
    }

    /**
     * What is computed in here; a choice is said once.
     *
     * @param asked empty for the checkpoint's own
     * @param quantized whether the checkpoint is
     * @throws Mask2FormerException if that cannot be
     */
    Precision precision(Optional<Precision> asked, boolean quantized) {
        return isCpu() ? CpuPrecision.choose(asked, quantized) : GpuPrecision.choose(asked, this);
    }

    /** For new tensors of a type here. */
    TensorOptions options(torch.ScalarType type) {
        TensorOptions options = new TensorOptions(type);
        return device.map(d -> options.device(new DeviceOptional(d))).orElse(options);
    }

    /** Waits until all that was begun is done, as the processor's operations always are. */
    void synchronize() {
        if (device.isPresent() && device.get().is_cuda()) {
            torch.cuda_synchronize(device.get().index());
        }
    }

    /** Such as {@code cpu} or {@code cuda:0}. */
    @Override
    public String toString() {
        return name;
    }
}
