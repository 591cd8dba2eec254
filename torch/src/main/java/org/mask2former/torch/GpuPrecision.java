package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.Precision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which numbers a GPU computes with. */
final class GpuPrecision {
    private static final Logger LOG = LoggerFactory.getLogger(GpuPrecision.class);

    private GpuPrecision() {}

    /**
     * What a forward pass computes in; a choice is said once.
     *
     * @param asked empty for float32; a quantised checkpoint, too, runs in floating point here
     * @throws Mask2FormerException if that cannot be
     */
    static Precision choose(Optional<Precision> asked, TorchDevice device) {
        Precision precision = asked.orElse(Precision.FP32);
        return switch (precision) {
            case FP32, BF16, FP16 -> precision;
            case AUTO -> {
                LOG.info("precision auto: BF16 on {}", device);
                yield Precision.BF16;
            }
            case INT8 ->
                throw new Mask2FormerException(
                        "int8 runs on processors alone; use bf16 or fp16 on " + device + ", or --device cpu");
        };
    }

    /** The type of weights and activations. */
    static torch.ScalarType activations(Precision chosen) {
        return switch (chosen) {
            case BF16 -> torch.ScalarType.BFloat16;
            case FP16 -> torch.ScalarType.Half;
            default -> torch.ScalarType.Float;
        };
    }
}
