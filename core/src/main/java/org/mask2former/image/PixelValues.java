package org.mask2former.image;

import java.util.List;

/**
 * What the network is given: a batch of normalised pictures of one size.
 *
 * @param values {@code [B, 3, H, W]} float32, row-major; not copied, so it must not change afterwards
 * @param height H, in pixels
 * @param width W, in pixels
 * @param geometries where each picture lies in its input, B of them
 */
public record PixelValues(float[] values, int height, int width, List<Geometry> geometries) {
    public PixelValues {
        geometries = List.copyOf(geometries);
        long expected = 3L * geometries.size() * height * width;
        if (geometries.isEmpty() || values.length != expected) {
            throw new IllegalArgumentException("pixel values of " + geometries.size() + " pictures of " + width + "×"
                    + height + " need " + expected + " numbers, but there are " + values.length);
        }
    }

    /** B, the number of pictures. */
    public int batch() {
        return geometries.size();
    }
}
