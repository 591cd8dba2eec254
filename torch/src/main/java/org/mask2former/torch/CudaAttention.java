package org.mask2former.torch;

import com.sun.jna.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Levels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Multi-scale deformable attention as one kernel, {@code deformable_attention.cu}, for inference on an NVIDIA GPU: a sampled value is
 * never written down. {@link SampledAttention} is the same where it cannot be compiled. Stateless but for the kernels, which are
 * made once for each type of numbers.
 */
final class CudaAttention {
    private static final Logger LOG = LoggerFactory.getLogger(CudaAttention.class);
    private static final String NAME = "deformable_attention";
    /** What the kernel has room for. */
    private static final int MAX_LEVELS = 8;

    private static final int MAX_SAMPLES = 32;

    private static final Map<torch.ScalarType, Optional<CudaKernel>> KERNELS = new EnumMap<>(torch.ScalarType.class);

    private CudaAttention() {}

    /**
     * See {@link org.mask2former.ops.Ops#deformableAttention}.
     *
     * @return {@code [B, N, heads · d]}, of no scope; empty where it has to be done otherwise
     */
    static Optional<Tensor> forward(Tensor value, Tensor sampling, Levels levels, int heads, int points) {
        if (!value.is_cuda() || levels.count() > MAX_LEVELS || levels.count() * points > MAX_SAMPLES) {
            return Optional.empty();
        }
        return kernel(value.scalar_type().intern()).map(k -> run(k, value, sampling, levels, heads, points));
    }

    private static Tensor run(CudaKernel kernel, Tensor value, Tensor sampling, Levels levels, int heads, int points) {
        try (PointerScope scope = new PointerScope()) {
            Tensor table = value.contiguous();
            Tensor places = sampling.contiguous();
            Tensor out = torch.empty_like(table);
            int queries = Math.toIntExact(value.size(0) * value.size(1));
            kernel.launch(
                    (long) queries * heads,
                    List.of(
                            address(table),
                            address(places),
                            address(out),
                            number(queries),
                            number(Math.toIntExact(value.size(1))),
                            number(heads),
                            number(Math.toIntExact(value.size(2) / heads)),
                            number(points),
                            struct(levels)));
            return Tensors.detach(out);
        }
    }

    private static Memory address(Tensor tensor) {
        Memory memory = new Memory(Long.BYTES);
        memory.setLong(0, tensor.data_ptr().address());
        return memory;
    }

    private static Memory number(int value) {
        Memory memory = new Memory(Integer.BYTES);
        memory.setInt(0, value);
        return memory;
    }

    /** As the kernel's {@code struct Levels}. */
    private static Memory struct(Levels levels) {
        Memory memory = new Memory((1 + 3 * MAX_LEVELS) * (long) Integer.BYTES);
        memory.clear();
        memory.setInt(0, levels.count());
        for (int l = 0; l < levels.count(); l++) {
            memory.setInt((1 + l) * (long) Integer.BYTES, levels.start(l));
            memory.setInt(
                    (1 + MAX_LEVELS + l) * (long) Integer.BYTES,
                    levels.sizes().get(l).height());
            memory.setInt(
                    (1 + 2 * MAX_LEVELS + l) * (long) Integer.BYTES,
                    levels.sizes().get(l).width());
        }
        return memory;
    }

    private static synchronized Optional<CudaKernel> kernel(torch.ScalarType type) {
        return KERNELS.computeIfAbsent(type, CudaAttention::load);
    }

    private static Optional<CudaKernel> load(torch.ScalarType type) {
        try {
            CudaKernel kernel = CudaKernel.load(source(), NAME, macro(type));
            LOG.info("deformable attention runs as a CUDA kernel, {}", macro(type));
            return Optional.of(kernel);
        } catch (RuntimeException | UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
            LOG.warn(
                    "deformable attention runs on libtorch's own kernels, slower: {}; NVRTC (libnvrtc.so.13) has to be on"
                            + " the library path",
                    Torch.firstLine(e));
            return Optional.empty();
        }
    }

    static String macro(torch.ScalarType type) {
        return switch (type) {
            case Float -> "FLOAT";
            case BFloat16 -> "BFLOAT16";
            case Half -> "HALF";
            default -> throw new IllegalArgumentException("no kernel for " + type);
        };
    }

    static String source() {
        try (InputStream in = CudaAttention.class.getResourceAsStream(NAME + ".cu")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
