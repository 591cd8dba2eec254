package org.mask2former.model;

/**
 * How an engine runs.
 *
 * @param device {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param threads threads of one forward pass; 0 lets the engine choose
 */
public record EngineOptions(String device, int threads) {
    public static final EngineOptions DEFAULT = new EngineOptions("cpu", 0);
}
