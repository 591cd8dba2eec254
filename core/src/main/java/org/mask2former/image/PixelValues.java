package org.mask2former.image;

import java.util.ArrayList;
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

    /**
     * Batches of one size as one batch, in their order. A picture is then predicted as it would be alone: nothing is padded
     * for the others.
     *
     * @throws IllegalArgumentException if there is none, or their sizes differ
     */
    public static PixelValues stack(List<PixelValues> batches) {
        if (batches.size() == 1) {
            return batches.get(0);
        }
        int length = 0;
        List<Geometry> all = new ArrayList<>();
        for (PixelValues batch : batches) {
            PixelValues first = batches.get(0);
            if (batch.height != first.height || batch.width != first.width) {
                throw new IllegalArgumentException("batches of " + first.width + "×" + first.height + " and "
                        + batch.width + "×" + batch.height + " pixels do not stack");
            }
            length = Math.addExact(length, batch.values.length);
            all.addAll(batch.geometries);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no batches to stack");
        }
        float[] values = new float[length];
        int at = 0;
        for (PixelValues batch : batches) {
            System.arraycopy(batch.values, 0, values, at, batch.values.length);
            at += batch.values.length;
        }
        return new PixelValues(values, batches.get(0).height, batches.get(0).width, all);
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
