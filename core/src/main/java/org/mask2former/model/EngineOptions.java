package org.mask2former.model;

import java.util.Optional;
import org.mask2former.Mask2FormerException;

/**
 * How an engine runs.
 *
 * @param device {@code cpu}, {@code cuda} for the first NVIDIA GPU, or {@code cuda:N}; {@code cpu:generic} runs on the processor what
 *     GPUs run, slower, to tell a fault of the one from a fault of the other
 * @param threads threads of one forward pass; 0 for as many as there are processors
 * @param precision the numbers it computes with; empty for the checkpoint's own, that is int8 for one that was quantised
 *     if the processor has instructions for it, and float32 for any other
 * @param effort how much of the transformer decoder a pass runs, unless a call says otherwise
 */
public record EngineOptions(String device, int threads, Optional<Precision> precision, Effort effort) {
    /** On the CPU, with all its processors, in the checkpoint's own numbers, all layers and queries. */
    public static final EngineOptions DEFAULT = new EngineOptions("cpu", 0, Optional.empty(), Effort.FULL);

    public EngineOptions {
        if (threads < 0) {
            throw new Mask2FormerException("threads must be 0 or more, but are " + threads);
        }
    }

    public EngineOptions withDevice(String value) {
        return new EngineOptions(value, threads, precision, effort);
    }

    public EngineOptions withThreads(int value) {
        return new EngineOptions(device, value, precision, effort);
    }

    public EngineOptions withPrecision(Precision value) {
        return new EngineOptions(device, threads, Optional.of(value), effort);
    }

    public EngineOptions withEffort(Effort value) {
        return new EngineOptions(device, threads, precision, value);
    }
}
