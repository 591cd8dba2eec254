package org.mask2former.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.Precision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which numbers this processor is fastest with. */
final class CpuPrecision {
    private static final Logger LOG = LoggerFactory.getLogger(CpuPrecision.class);
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    /** Without one of these, bfloat16 is emulated, and slower than float32. */
    private static final List<String> BF16_FEATURES = List.of("avx512_bf16", "amx_bf16");
    /** Without one of these, sums of products of bytes may overflow on their way to 32 bits. */
    private static final List<String> INT8_FEATURES = List.of("avx512_vnni", "avx_vnni", "amx_int8");

    private CpuPrecision() {}

    /**
     * What a forward pass computes in here; a choice is said once.
     *
     * @param asked empty for the checkpoint's own
     * @param quantized whether the checkpoint is
     * @throws Mask2FormerException if that cannot be
     */
    static Precision choose(Optional<Precision> asked, boolean quantized) {
        return choose(asked, quantized, CPU_INFO);
    }

    static Precision choose(Optional<Precision> asked, boolean quantized, Path cpuInfo) {
        boolean integers = LinearKernel.Choice.PACKED && hasAny(INT8_FEATURES, cpuInfo);
        if (asked.isPresent() && asked.get() == Precision.INT8) {
            require(quantized, "int8 needs a quantised model; make one with 'mask2former quantize', or use auto");
            require(
                    integers,
                    "int8 needs a processor with 8-bit integer instructions (AVX-512 VNNI, AVX VNNI or AMX), and this one is"
                            + " not known to have them; use fp32 or auto, which run a quantised model too");
        }
        if (asked.isPresent() && asked.get() != Precision.AUTO) {
            return asked.get();
        }
        if (quantized && integers) {
            return Precision.INT8;
        }
        boolean halves = LinearKernel.Choice.PACKED && hasAny(BF16_FEATURES, cpuInfo);
        Precision chosen = asked.isPresent() && halves ? Precision.BF16 : Precision.FP32;
        if (quantized) {
            LOG.info("the quantised model runs in {}, for this processor has no 8-bit integer instructions", chosen);
        } else if (asked.isPresent()) {
            LOG.info(
                    "precision auto: {}, for this processor {} bfloat16 instructions",
                    chosen,
                    halves ? "has" : "is not known to have");
        }
        return chosen;
    }

    /** The type of weights and activations that are no bytes. */
    static torch.ScalarType activations(Precision chosen) {
        boolean halves = chosen == Precision.BF16 || chosen == Precision.INT8 && hasAny(BF16_FEATURES, CPU_INFO);
        return halves ? torch.ScalarType.BFloat16 : torch.ScalarType.Float;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new Mask2FormerException(message);
        }
    }

    /** By what Linux tells of the processor; elsewhere nothing is known, and float32 is always right. */
    static boolean hasAny(List<String> features, Path cpuInfo) {
        if (!Files.isReadable(cpuInfo)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(cpuInfo)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Arrays.asList(line.split("\\s+")))
                    .map(flags -> features.stream().anyMatch(flags::contains))
                    .orElse(false);
        } catch (IOException e) {
            LOG.debug("{} cannot be read", cpuInfo, e);
            return false;
        }
    }
}
