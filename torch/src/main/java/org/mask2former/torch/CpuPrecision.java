package org.mask2former.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.mask2former.model.Precision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which numbers this processor is fastest with. */
final class CpuPrecision {
    private static final Logger LOG = LoggerFactory.getLogger(CpuPrecision.class);
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    /** Without one of these, bfloat16 is emulated, and slower than float32. */
    private static final List<String> BF16_FEATURES = List.of("avx512_bf16", "amx_bf16");

    private CpuPrecision() {}

    /** What {@link Precision#AUTO} stands for here, and says so; any other as it is. */
    static Precision choose(Precision asked) {
        if (asked != Precision.AUTO) {
            return asked;
        }
        Precision chosen = hasNativeBf16(CPU_INFO) && LinearKernel.Choice.PACKED ? Precision.BF16 : Precision.FP32;
        LOG.info(
                "precision auto: {}, for this processor {} bfloat16 instructions",
                chosen,
                chosen == Precision.BF16 ? "has" : "is not known to have");
        return chosen;
    }

    /** By what Linux tells of the processor; elsewhere nothing is known, and float32 is always right. */
    static boolean hasNativeBf16(Path cpuInfo) {
        if (!Files.isReadable(cpuInfo)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(cpuInfo)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Arrays.asList(line.split("\\s+")))
                    .map(flags -> BF16_FEATURES.stream().anyMatch(flags::contains))
                    .orElse(false);
        } catch (IOException e) {
            LOG.debug("{} cannot be read", cpuInfo, e);
            return false;
        }
    }
}
