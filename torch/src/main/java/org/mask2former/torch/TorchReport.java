package org.mask2former.torch;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * What libtorch says of itself on this machine, for people who look for a fault.
 *
 * @param version libtorch's and the binding's, such as {@code 2.10.0-1.5.13}
 * @param cpuCapability the instruction set its kernels use, such as {@code AVX512}
 * @param threads of one operation, unless told otherwise
 * @param oneDnn whether it has oneDNN, which most of the speed on a CPU comes from
 * @param cudaBuild whether it is the build for CUDA
 * @param cudaDevices GPUs that it can use
 * @param nativesFolder where its natives were unpacked
 */
public record TorchReport(
        String version,
        String cpuCapability,
        int threads,
        boolean oneDnn,
        boolean cudaBuild,
        int cudaDevices,
        String nativesFolder) {
    /**
     * Loads libtorch, if it is not yet, and asks.
     *
     * @throws org.mask2former.Mask2FormerException if it cannot be loaded; the message says what to do
     */
    public static TorchReport read() {
        Torch.load();
        return Torch.call("asking libtorch what it is", () -> {
            boolean cuda = Torch.isCudaBuild();
            try (BytePointer capability = torch.get_cpu_capability()) {
                return new TorchReport(
                        Torch.version(),
                        capability.getString(),
                        torch.get_num_threads(),
                        torch.hasMKLDNN(),
                        cuda,
                        cuda && torch.cuda_is_available() ? torch.cuda_device_count() : 0,
                        Loader.getCacheDir().getPath());
            }
        });
    }
}
