package org.mask2former.result;

/**
 * The logistic function for many numbers at once, in loops that the JIT turns into vector instructions ({@code Math.exp}
 * would take ten times as long). The relative error is below 3e-7 × max(1, the largest |x|).
 */
final class Sigmoid {
    /** A polynomial for exp on [-1, 1], fitted for the least relative error (1.2e-8); the constant is exactly 1. */
    private static final float C1 = 0.9999999544209105f;

    private static final float C2 = 0.5000002016876691f;
    private static final float C3 = 0.16666757558516254f;
    private static final float C4 = 0.0416654743492421f;
    private static final float C5 = 0.00832940376727658f;
    private static final float C6 = 0.0013907487613748083f;
    private static final float C7 = 0.00020424168348894483f;
    private static final float C8 = 2.4196165809458672e-05f;

    private Sigmoid() {}

    static float of(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    /**
     * Replaces the first n logits by their probabilities.
     *
     * @param largest at least the largest absolute value among them
     */
    static void apply(float[] x, int n, float largest) {
        int squarings = 0;
        while (squarings < 7 && largest > 1 << squarings) squarings++;
        float scale = -1f / (1 << squarings);
        for (int i = 0; i < n; i++) {
            float r = Math.max(
                    -1, Math.min(1, x[i] * scale)); // the clamp bites beyond ±128, where exp over- or underflows
            x[i] = 1 + r * (C1 + r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * (C6 + r * (C7 + r * C8)))))));
        }
        for (int s = 0; s < squarings; s++) {
            for (int i = 0; i < n; i++) x[i] *= x[i];
        }
        for (int i = 0; i < n; i++) x[i] = 1 / (1 + x[i]);
    }
}
