package org.mask2former.torch;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mask2former.ops.Levels;

/**
 * The gradients of deformable attention ({@link BagIndices} has what they are the gradients of). Each head of each picture has
 * rows of the value table for itself, so heads are shared out over threads, and what libtorch does by sorting all indices
 * is a plain sum here.
 */
final class BagGradient {
    private final Levels levels;
    private final int heads;
    private final int points;
    private final int width;

    /** @param width channels of a head */
    BagGradient(Levels levels, int heads, int points, int width) {
        this.levels = levels;
        this.heads = heads;
        this.points = points;
        this.width = width;
    }

    /**
     * Fills in both gradients.
     *
     * @param value {@code [B, N, heads · width]}
     * @param sampling {@code [B, N, heads · levels · points · 3]}
     * @param result gradient of the result, {@code [B, N, heads · width]}
     * @param ofValue filled in
     * @param ofSampling filled in
     * @param from the first head, counted over the whole batch
     * @param to the head after the last
     */
    void fill(
            FloatBuffer value,
            FloatBuffer sampling,
            FloatBuffer result,
            FloatBuffer ofValue,
            FloatBuffer ofSampling,
            int from,
            int to) {
        OneHead head = new OneHead();
        for (int i = from; i < to; i++) {
            head.fill(value, sampling, result, ofValue, ofSampling, i / heads, i % heads);
        }
    }

    /** One head of one picture, with the memory that it needs. */
    private final class OneHead {
        private final int tokens = levels.tokens();
        private final int perHead = levels.count() * points;
        private final float[] table = new float[tokens * width];
        private final float[] tableGradient = new float[tokens * width];
        private final float[] gradient = new float[width];
        private final float[] offsets = new float[2 * perHead];
        private final float[] shares = new float[perHead];
        private final float[] offsetGradient = new float[2 * perHead];
        private final float[] shareGradient = new float[perHead];

        void fill(
                FloatBuffer value,
                FloatBuffer sampling,
                FloatBuffer result,
                FloatBuffer ofValue,
                FloatBuffer ofSampling,
                int picture,
                int head) {
            int channels = heads * width;
            int row = 3 * heads * perHead;
            int first = picture * tokens;
            for (int n = 0; n < tokens; n++) {
                value.get((first + n) * channels + head * width, table, n * width, width);
            }
            Arrays.fill(tableGradient, 0);
            int query = 0;
            for (int own = 0; own < levels.count(); own++) {
                Levels.Size size = levels.sizes().get(own);
                for (int y = 0; y < size.height(); y++) {
                    for (int x = 0; x < size.width(); x++, query++) {
                        int at = (first + query) * row + 2 * head * perHead;
                        int logits = (first + query) * row + (2 * heads + head) * perHead;
                        result.get((first + query) * channels + head * width, gradient);
                        sampling.get(at, offsets);
                        sampling.get(logits, shares);
                        BagIndices.softmax(shares, 0, perHead);
                        sample((x + 0.5) / size.width(), (y + 0.5) / size.height());
                        softmaxGradient();
                        ofSampling.put(at, offsetGradient);
                        ofSampling.put(logits, shareGradient);
                    }
                }
            }
            for (int n = 0; n < tokens; n++) {
                ofValue.put((first + n) * channels + head * width, tableGradient, n * width, width);
            }
        }

        /** @param x,y where the query is, over the whole picture */
        private void sample(double x, double y) {
            int j = 0;
            for (int l = 0; l < levels.count(); l++) {
                int start = levels.start(l);
                int w = levels.sizes().get(l).width();
                int h = levels.sizes().get(l).height();
                float baseX = (float) (x * w - 0.5);
                float baseY = (float) (y * h - 0.5);
                for (int p = 0; p < points; p++, j++) {
                    float placeX = baseX + offsets[2 * j];
                    float placeY = baseY + offsets[2 * j + 1];
                    int x0 = BagIndices.floor(placeX);
                    int y0 = BagIndices.floor(placeY);
                    float fx = placeX - x0;
                    float fy = placeY - y0;
                    float share = shares[j];
                    // What each neighbour would have given, 0 outside the level.
                    float a = corner(start, x0, y0, w, h, share * (1 - fx) * (1 - fy));
                    float b = corner(start, x0 + 1, y0, w, h, share * fx * (1 - fy));
                    float c = corner(start, x0, y0 + 1, w, h, share * (1 - fx) * fy);
                    float d = corner(start, x0 + 1, y0 + 1, w, h, share * fx * fy);
                    shareGradient[j] = (1 - fy) * ((1 - fx) * a + fx * b) + fy * ((1 - fx) * c + fx * d);
                    offsetGradient[2 * j] = share * ((1 - fy) * (b - a) + fy * (d - c));
                    offsetGradient[2 * j + 1] = share * ((1 - fx) * (c - a) + fx * (d - b));
                }
            }
        }

        /** Adds to a row's gradient; the product of the row and the result's gradient. */
        private float corner(int start, int x, int y, int w, int h, float weight) {
            if (x < 0 || y < 0 || x >= w || y >= h) {
                return 0;
            }
            int at = (start + y * w + x) * width;
            // Four sums side by side, for one alone would wait for itself at every addition.
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int i = 0;
            for (; i + 3 < width; i += 4) {
                float g0 = gradient[i];
                float g1 = gradient[i + 1];
                float g2 = gradient[i + 2];
                float g3 = gradient[i + 3];
                s0 += table[at + i] * g0;
                s1 += table[at + i + 1] * g1;
                s2 += table[at + i + 2] * g2;
                s3 += table[at + i + 3] * g3;
                tableGradient[at + i] += weight * g0;
                tableGradient[at + i + 1] += weight * g1;
                tableGradient[at + i + 2] += weight * g2;
                tableGradient[at + i + 3] += weight * g3;
            }
            for (; i < width; i++) {
                s0 += table[at + i] * gradient[i];
                tableGradient[at + i] += weight * gradient[i];
            }
            return s0 + s1 + s2 + s3;
        }

        private void softmaxGradient() {
            float mean = 0;
            for (int j = 0; j < perHead; j++) {
                mean += shares[j] * shareGradient[j];
            }
            for (int j = 0; j < perHead; j++) {
                shareGradient[j] = shares[j] * (shareGradient[j] - mean);
            }
        }
    }
}
