package org.mask2former.image;

import java.util.stream.IntStream;

/**
 * Resizes pictures exactly as Pillow's {@code Image.resize((width, height), BILINEAR)} does on 8-bit RGB: a triangle
 * filter that widens when reducing, a horizontal pass and then a vertical one, each rounding to 8 bits. Every byte is
 * the same as Pillow's, which both rule books resize with. (From Pillow 12.2 on, the passes change places for pictures
 * more than a hundred times as high as wide; there, values differ by one.)
 *
 * <p>Stateless. A large picture is split into bands of rows over the common fork-join pool.
 */
public final class PillowResize {
    /** Output samples that are worth a thread of their own. */
    private static final int BAND_SAMPLES = 1 << 17;
    /** Neighbouring bands do some input rows twice, so there are not more of them than threads can use. */
    private static final int MOST_BANDS = 16;

    private PillowResize() {}

    /** The picture in a new size, in pixels. The same picture where the size is its own. */
    public static Image resize(Image image, int width, int height) {
        if (width < 1 || height < 1 || (long) width * height > ReadLimits.MOST_PIXELS) {
            throw new IllegalArgumentException("a picture cannot be resized to " + width + "×" + height);
        }
        if (width == image.width() && height == image.height()) {
            return image;
        }
        byte[] rgb = new byte[3 * width * height];
        resample(image, width, height, (y, row) -> {
            int at = 3 * width * y;
            for (int x = 0; x < width; x++, at += 3) {
                rgb[at] = (byte) row[x];
                rgb[at + 1] = (byte) row[width + x];
                rgb[at + 2] = (byte) row[2 * width + x];
            }
        });
        return Image.ofRgb(width, height, rgb);
    }

    /** Takes one row of the result, of which several threads bring different ones. */
    @FunctionalInterface
    interface RowSink {
        /**
         * @param y the row's number
         * @param row {@code [3, width]}, red, green, blue, from 0 to 255; reused after the call
         */
        void accept(int y, int[] row);
    }

    /** Resizes row by row, so that nobody has to hold the whole result in 8 bits. */
    static void resample(Image image, int width, int height, RowSink sink) {
        Resampling across = Resampling.bilinear(image.width(), width);
        Resampling down = Resampling.bilinear(image.height(), height);
        long samples = 3L * width * Math.max(height, image.height());
        int bands = (int) Math.min(Math.min(height, MOST_BANDS), Math.max(1, samples / BAND_SAMPLES));
        IntStream.range(0, bands).parallel().forEach(band -> {
            int from = (int) ((long) height * band / bands);
            int to = (int) ((long) height * (band + 1) / bands);
            new Band(image, width, across, down).run(from, to, sink);
        });
    }

    /** Some rows of the result, with the horizontally resized input rows that they need. */
    private static final class Band {
        private final Image image;
        private final int width;
        private final Resampling across;
        private final Resampling down;
        /** Horizontally resized input rows, row y at y modulo their number. */
        private final int[][] ring;

        Band(Image image, int width, Resampling across, Resampling down) {
            this.image = image;
            this.width = width;
            this.across = across;
            this.down = down;
            this.ring = new int[Math.min(down.stride(), image.height())][];
        }

        void run(int from, int to, RowSink sink) {
            boolean tall = to > from && image.height() != down.first().length;
            int[] result = new int[3 * width];
            int next = down.first()[from]; // the first input row that is not in the ring yet
            for (int y = from; y < to; y++) {
                int first = tall ? down.first()[y] : y;
                int count = tall ? down.count()[y] : 1;
                for (next = Math.max(next, first); next < first + count; next++) {
                    int slot = next % ring.length;
                    if (ring[slot] == null) {
                        ring[slot] = new int[3 * width];
                    }
                    horizontal(next, ring[slot]);
                }
                if (tall) {
                    vertical(first, count, y * down.stride(), result);
                    sink.accept(y, result);
                } else {
                    sink.accept(y, ring[y % ring.length]);
                }
            }
        }

        private void horizontal(int y, int[] row) {
            byte[] rgb = image.rgb();
            int start = 3 * image.width() * y;
            if (image.width() == width) {
                for (int x = 0, at = start; x < width; x++, at += 3) {
                    row[x] = rgb[at] & 0xFF;
                    row[width + x] = rgb[at + 1] & 0xFF;
                    row[2 * width + x] = rgb[at + 2] & 0xFF;
                }
                return;
            }
            int[] weights = across.weights();
            for (int x = 0; x < width; x++) {
                int at = start + 3 * across.first()[x];
                int k = x * across.stride();
                int end = k + across.count()[x];
                int red = Resampling.HALF;
                int green = Resampling.HALF;
                int blue = Resampling.HALF;
                for (; k < end; k++, at += 3) {
                    int weight = weights[k];
                    red += (rgb[at] & 0xFF) * weight;
                    green += (rgb[at + 1] & 0xFF) * weight;
                    blue += (rgb[at + 2] & 0xFF) * weight;
                }
                row[x] = Math.min(red >> Resampling.PRECISION_BITS, 255);
                row[width + x] = Math.min(green >> Resampling.PRECISION_BITS, 255);
                row[2 * width + x] = Math.min(blue >> Resampling.PRECISION_BITS, 255);
            }
        }

        private void vertical(int first, int count, int k, int[] result) {
            scale(ring[first % ring.length], down.weights()[k], result);
            for (int i = 1; i < count; i++) {
                add(ring[(first + i) % ring.length], down.weights()[k + i], result);
            }
            for (int i = 0; i < result.length; i++) {
                result[i] = Math.min(result[i] >> Resampling.PRECISION_BITS, 255);
            }
        }

        private static void scale(int[] row, int weight, int[] sum) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] = Resampling.HALF + row[i] * weight;
            }
        }

        private static void add(int[] row, int weight, int[] sum) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row[i] * weight;
            }
        }
    }
}
