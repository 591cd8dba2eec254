package org.mask2former.model;

import org.mask2former.Mask2FormerException;

/**
 * How an engine runs.
 *
 * @param device {@code cpu}
 * @param threads threads of one forward pass; 0 for as many as there are processors
 * @param precision the numbers it computes with
 */
public record EngineOptions(String device, int threads, Precision precision) {
    /** On the CPU, with all its processors, in float32. */
    public static final EngineOptions DEFAULT = new EngineOptions("cpu", 0, Precision.FP32);

    public EngineOptions {
        if (threads < 0) {
            throw new Mask2FormerException("threads must be 0 or more, but are " + threads);
        }
    }

    public EngineOptions withDevice(String value) {
        return new EngineOptions(value, threads, precision);
    }

    public EngineOptions withThreads(int value) {
        return new EngineOptions(device, value, precision);
    }

    public EngineOptions withPrecision(Precision value) {
        return new EngineOptions(device, threads, value);
    }
}
