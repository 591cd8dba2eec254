package org.mask2former.train;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.torch.Tensors;

/**
 * Masks for processors: sampled straight from the bytes they
 * came as: no segment is ever a float for every pixel, which at full size would be most of a step's memory and a good part of
 * its time. Most segments are small, so that most points are known to be outside of one without a look at its pixels. There are no
 * gradients, for an annotation does not learn.
 */
final class TargetMasks implements SegmentMasks {
    private final byte[] pixels;
    private final int height;
    private final int width;
    private final Box[] boxes;

    /** The pixels of a mask lie in columns {@code left} to {@code right} and rows {@code top} to {@code bottom}, if it has any. */
    private record Box(int left, int top, int right, int bottom) {
        /** Whether a value between the centres of four pixels can be more than zero. */
        boolean touches(float x, float y) {
            return x > left - 1 && x < right + 1 && y > top - 1 && y < bottom + 1;
        }
    }

    TargetMasks(Target target) {
        height = target.height();
        width = target.width();
        pixels = new byte[target.count() * height * width];
        target.masks().data().get(pixels);
        boxes = new Box[target.count()];
        byte[] nothing = new byte[width];
        for (int mask = 0; mask < boxes.length; mask++) {
            boxes[mask] = box(mask * height * width, nothing);
        }
    }

    private Box box(int start, byte[] nothing) {
        int left = width;
        int right = -1;
        int top = height;
        int bottom = -1;
        for (int y = 0; y < height; y++) {
            int row = start + y * width;
            int first = Arrays.mismatch(pixels, row, row + width, nothing, 0, width);
            if (first >= 0) {
                top = Math.min(top, y);
                bottom = y;
                left = Math.min(left, first);
                int last = width - 1;
                while (last > right && pixels[row + last] == 0) {
                    last--;
                }
                right = Math.max(right, last);
            }
        }
        return new Box(left, top, right, bottom);
    }

    @Override
    public Tensor all(Tensor points) {
        float[] places = Tensors.toFloats(points);
        int each = places.length / 2;
        float[] values = new float[boxes.length * each];
        for (int mask = 0; mask < boxes.length; mask++) {
            sample(mask, places, 0, values, mask * each, each);
        }
        return Tensors.adopt(Tensors.copyOf(values, boxes.length, each));
    }

    @Override
    public Tensor each(int[] segments, Tensor points) {
        float[] places = Tensors.toFloats(points);
        int each = Math.toIntExact(points.size(1));
        float[] values = new float[segments.length * each];
        for (int row = 0; row < segments.length; row++) {
            sample(segments[row], places, row * each, values, row * each, each);
        }
        return Tensors.adopt(Tensors.copyOf(values, segments.length, each));
    }

    /**
     * One mask at points of its own.
     *
     * @param points x before y, in [0, 1], from {@code 2 · from} on
     * @param values filled in from {@code to} on, zeros before
     * @param count of points
     */
    private void sample(int mask, float[] points, int from, float[] values, int to, int count) {
        int start = mask * height * width;
        Box box = boxes[mask];
        for (int k = 0; k < count; k++) {
            // In the order of grid_sampler_2d's own float32 operations, so that the results are equal to the last bit
            // or so.
            float x = ((points[2 * (from + k)] * 2 - 1 + 1) * width - 1) / 2;
            float y = ((points[2 * (from + k) + 1] * 2 - 1 + 1) * height - 1) / 2;
            if (!box.touches(x, y)) {
                continue;
            }
            int left = (int) Math.floor(x);
            int top = (int) Math.floor(y);
            float right = x - left;
            float bottom = y - top;
            values[to + k] = pixel(start, left, top) * (1 - right) * (1 - bottom)
                    + pixel(start, left + 1, top) * right * (1 - bottom)
                    + pixel(start, left, top + 1) * (1 - right) * bottom
                    + pixel(start, left + 1, top + 1) * right * bottom;
        }
    }

    private int pixel(int start, int x, int y) {
        return x < 0 || y < 0 || x >= width || y >= height ? 0 : pixels[start + y * width + x];
    }
}
