package org.mask2former.cli;

import java.util.Collections;
import java.util.Random;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;

/** Normalised pixels of no picture: the time of a pass does not depend on what it sees. */
final class Noise {
    private Noise() {}

    /** The same at each call. */
    static PixelValues pixels(int batch, int height, int width) {
        Random random = new Random(1);
        float[] values = new float[Math.multiplyExact(3 * batch, Math.multiplyExact(height, width))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Geometry whole = new Geometry(height, width, height, width, height, width);
        return new PixelValues(values, height, width, Collections.nCopies(batch, whole));
    }
}
