package org.mask2former.image;

import java.util.Arrays;
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

    /** {@code [B, H, W]}, 1 where there is picture, 0 where there is padding (Transformers' {@code pixel_mask}). */
    public byte[] pixelMask() {
        byte[] mask = new byte[batch() * height * width];
        for (int b = 0; b < batch(); b++) {
            Geometry g = geometries.get(b);
            for (int y = 0; y < g.validHeight(); y++) {
                int row = (b * height + y) * width;
                Arrays.fill(mask, row, row + g.validWidth(), (byte) 1);
            }
        }
        return mask;
    }
}
