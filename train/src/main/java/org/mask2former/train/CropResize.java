package org.mask2former.train;

import java.util.Arrays;
import org.mask2former.image.Image;

/**
 * A window of a resized picture, without resizing the rest: bilinear, antialiased when it gets smaller. The same bytes as
 * that window of {@link org.mask2former.image.PillowResize}'s, on the calling thread alone. Used once.
 */
final class CropResize {
    private static final int BITS = 22;
    private static final int HALF = 1 << (BITS - 1);

    private final Image image;
    private final int width;
    private final Filter across;
    private final Filter down;
    /** Horizontally resized rows of the picture, row y at y modulo their number. */
    private final int[][] ring;

    private CropResize(Image image, Filter across, Filter down) {
        this.image = image;
        this.width = across.first.length;
        this.across = across;
        this.down = down;
        this.ring = new int[down.stride][];
    }

    /** The pixels {@code [height, width, 3]} that the placement takes from the picture, before they are turned. */
    static byte[] patch(Image image, Placement place) {
        Filter across = Filter.of(image.width(), place.scaledWidth(), place.left(), place.patchWidth());
        Filter down = Filter.of(image.height(), place.scaledHeight(), place.top(), place.patchHeight());
        return new CropResize(image, across, down).run();
    }

    private byte[] run() {
        int height = down.first.length;
        byte[] patch = new byte[3 * width * height];
        int[] sum = new int[3 * width];
        int next = down.first[0]; // the first row of the picture that is not in the ring yet
        for (int y = 0; y < height; y++) {
            int first = down.first[y];
            int count = down.count[y];
            for (next = Math.max(next, first); next < first + count; next++) {
                int slot = next % ring.length;
                if (ring[slot] == null) {
                    ring[slot] = new int[3 * width];
                }
                horizontal(next, ring[slot]);
            }
            Arrays.fill(sum, HALF);
            for (int i = 0; i < count; i++) {
                add(ring[(first + i) % ring.length], down.weights[y * down.stride + i], sum);
            }
            int at = 3 * width * y;
            for (int i = 0; i < sum.length; i++) {
                patch[at + i] = (byte) Math.min(sum[i] >> BITS, 255);
            }
        }
        return patch;
    }

    private static void add(int[] row, int weight, int[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += row[i] * weight;
        }
    }

    private void horizontal(int y, int[] row) {
        byte[] rgb = image.rgb();
        int start = 3 * image.width() * y;
        for (int x = 0, to = 0; x < width; x++, to += 3) {
            int at = start + 3 * across.first[x];
            int k = x * across.stride;
            int end = k + across.count[x];
            int red = HALF;
            int green = HALF;
            int blue = HALF;
            for (; k < end; k++, at += 3) {
                int weight = across.weights[k];
                red += (rgb[at] & 0xFF) * weight;
                green += (rgb[at + 1] & 0xFF) * weight;
                blue += (rgb[at + 2] & 0xFF) * weight;
            }
            row[to] = Math.min(red >> BITS, 255);
            row[to + 1] = Math.min(green >> BITS, 255);
            row[to + 2] = Math.min(blue >> BITS, 255);
        }
    }

    /**
     * A triangle filter along one axis, in fixed point.
     *
     * @param first the first input sample of every output sample
     * @param count how many follow it, at least 1
     * @param weights {@code [out, stride]}
     */
    private record Filter(int[] first, int[] count, int[] weights, int stride) {
        /** For {@code length} samples from {@code offset} on, of an axis of {@code in} samples resized to {@code out}. */
        static Filter of(int in, int out, int offset, int length) {
            double scale = (double) in / out;
            double support = Math.max(scale, 1); // reducing widens the filter: that is the antialiasing
            int stride = (int) Math.ceil(support) * 2 + 1;
            int[] first = new int[length];
            int[] count = new int[length];
            int[] weights = new int[length * stride];
            double[] w = new double[stride];
            for (int o = 0; o < length; o++) {
                double center = (o + offset + 0.5) * scale;
                int from = Math.max((int) (center - support + 0.5), 0);
                int n = Math.min((int) (center + support + 0.5), in) - from;
                double sum = 0;
                for (int i = 0; i < n; i++) {
                    w[i] = Math.max(0, 1 - Math.abs((i + from - center + 0.5) * (1 / support)));
                    sum += w[i];
                }
                first[o] = from;
                count[o] = n;
                for (int i = 0; i < n; i++) {
                    weights[o * stride + i] = (int) (0.5 + w[i] / sum * (1 << BITS));
                }
            }
            return new Filter(first, count, weights, stride);
        }
    }
}
