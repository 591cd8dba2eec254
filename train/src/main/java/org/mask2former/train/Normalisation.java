package org.mask2former.train;

import java.util.Arrays;
import org.mask2former.image.PreprocessorConfig;

/** Turns bytes into what the network takes, as {@link PreprocessorConfig} says, and back. Immutable. */
final class Normalisation {
    /** {@code [3, 256]}: the value of every byte, for red, green and blue. */
    private final float[][] values = new float[3][256];

    Normalisation(PreprocessorConfig config) {
        double factor = config.doRescale() ? config.rescaleFactor() : 1;
        for (int c = 0; c < 3; c++) {
            double mean = config.doNormalize() ? config.imageMean().get(c) : 0;
            double std = config.doNormalize() ? config.imageStd().get(c) : 1;
            for (int v = 0; v < 256; v++) {
                values[c][v] = (float) ((v * factor - mean) / std);
            }
        }
    }

    /** The value of every byte. Not a copy: read only. */
    float[] channel(int c) {
        return values[c];
    }

    /** Pixels {@code [B, 3, H, W]} of {@code plane} = H · W as another model wants them; the same where it wants no other. */
    float[] convert(float[] pixels, int plane, Normalisation other) {
        if (Arrays.deepEquals(values, other.values)) {
            return pixels;
        }
        float[] converted = new float[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            int c = i / plane % 3;
            float[] from = values[c];
            float[] to = other.values[c];
            converted[i] = to[0] + (pixels[i] - from[0]) * ((to[255] - to[0]) / (from[255] - from[0]));
        }
        return converted;
    }

    /** The byte, from 0 to 255, whose value is nearest. */
    int toByte(int c, float value) {
        float[] table = values[c];
        double v = (value - table[0]) / (double) (table[255] - table[0]) * 255;
        return (int) Math.round(Math.max(0, Math.min(255, v)));
    }
}
