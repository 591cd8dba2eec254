package org.mask2former.model;

import org.mask2former.checkpoint.Weights;

/** Opens engines of one kind; found with {@link java.util.ServiceLoader}. Has to be safe for several threads. */
public interface EngineProvider {
    /** A short name, such as {@code torch}. */
    String name();

    /**
     * Reads the weights, which may be closed afterwards, and makes the model ready.
     *
     * @param weights in the hub's dialect, fitting {@code config}
     * @throws org.mask2former.Mask2FormerException if the engine cannot run here; the message says what to do
     */
    Engine open(ModelConfig config, Weights weights, EngineOptions options);
}
