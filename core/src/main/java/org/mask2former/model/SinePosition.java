package org.mask2former.model;

import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Levels.Size;
import org.mask2former.ops.Ops;

/**
 * Sine position embedding (DETR): half of the channels tell the row, half the column, each as sines and cosines of falling
 * frequency. Positions count from 1 and are scaled so that the last one is 2π.
 */
final class SinePosition {
    private static final double TEMPERATURE = 10000;
    private static final double SCALE = 2 * Math.PI;
    private static final double EPS = 1e-6;

    private SinePosition() {}

    /** {@code [1, N, channels]} for the tokens of a map. */
    static <T> T of(Ops<T> ops, Size size, int channels) {
        String key = "sine " + size.height() + "x" + size.width() + "x" + channels;
        return ops.constant(key, () -> values(size, channels));
    }

    private static HostTensor values(Size size, int channels) {
        int half = channels / 2;
        float[] values = new float[size.tokens() * channels];
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                int token = (y * size.width() + x) * channels;
                put(values, token, half, (y + 1) / (size.height() + EPS) * SCALE);
                put(values, token + half, half, (x + 1) / (size.width() + EPS) * SCALE);
            }
        }
        return HostTensor.of(values, 1, size.tokens(), channels);
    }

    private static void put(float[] values, int from, int count, double position) {
        for (int i = 0; i < count; i++) {
            double angle = position / Math.pow(TEMPERATURE, 2.0 * (i / 2) / count);
            values[from + i] = (float) (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
        }
    }
}
