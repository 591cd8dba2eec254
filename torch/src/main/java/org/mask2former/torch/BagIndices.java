package org.mask2former.torch;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.mask2former.ops.Levels;

/**
 * Where deformable attention looks and how much each place counts, made in one pass over the sampling offsets: for every
 * query and head {@code levels · points · 4} rows of the value table and their weights (bilinear share times attention). A
 * place outside its level weighs nothing. Does in a few milliseconds what takes tensor operations, pass over pass through
 * memory, five times as long.
 */
final class BagIndices {
    private final Levels levels;
    private final int heads;
    private final int points;
    private final int samples;
    private final int[] starts;
    private final int[] heights;
    private final int[] widths;

    BagIndices(Levels levels, int heads, int points) {
        this.levels = levels;
        this.heads = heads;
        this.points = points;
        this.samples = heads * levels.count() * points;
        this.starts = new int[levels.count()];
        this.heights = new int[levels.count()];
        this.widths = new int[levels.count()];
        for (int l = 0; l < levels.count(); l++) {
            starts[l] = levels.start(l);
            heights[l] = levels.sizes().get(l).height();
            widths[l] = levels.sizes().get(l).width();
        }
    }

    /** Rows for one query: for each head, level and point the four corners. */
    int rowsPerQuery() {
        return samples * 4;
    }

    /**
     * Fills in the rows and weights of some queries.
     *
     * @param sampling {@code [B · N, samples · 3]}: the offsets (x, y), then the attention logits
     * @param rows {@code [queries, samples · 4]}, filled in
     * @param weights {@code [queries, samples · 4]}, filled in
     * @param begin the query that rows and weights begin with
     * @param from the first query, counted over the whole batch
     * @param to the query after the last
     */
    void fill(FloatBuffer sampling, IntBuffer rows, FloatBuffer weights, int begin, int from, int to) {
        int tokens = levels.tokens();
        int count = levels.count();
        float[] offset = new float[samples * 2];
        float[] share = new float[samples];
        int[] row = new int[rowsPerQuery()];
        float[] weight = new float[rowsPerQuery()];
        float[] baseX = new float[count];
        float[] baseY = new float[count];
        for (int query = from; query < to; query++) {
            sampling.get(query * samples * 3, offset);
            sampling.get(query * samples * 3 + samples * 2, share);
            for (int h = 0; h < heads; h++) {
                softmax(share, h * count * points, count * points);
            }
            int token = query % tokens;
            int firstToken = query - token;
            int own = levelOf(token);
            double column = (token - starts[own]) % widths[own] + 0.5;
            double line = (token - starts[own]) / widths[own] + 0.5;
            for (int l = 0; l < count; l++) {
                baseX[l] = (float) (column / widths[own] * widths[l] - 0.5);
                baseY[l] = (float) (line / heights[own] * heights[l] - 0.5);
            }
            int j = 0;
            for (int h = 0; h < heads; h++) {
                for (int l = 0; l < count; l++) {
                    int w = widths[l];
                    int hgt = heights[l];
                    int start = (firstToken + starts[l]) * heads + h;
                    for (int p = 0; p < points; p++, j++) {
                        float x = baseX[l] + offset[2 * j];
                        float y = baseY[l] + offset[2 * j + 1];
                        int x0 = floor(x);
                        int y0 = floor(y);
                        int x1 = x0 + 1;
                        int y1 = y0 + 1;
                        float fx = x - x0;
                        float fy = y - y0;
                        float left = x0 >= 0 && x0 < w ? 1 - fx : 0;
                        float right = x1 >= 0 && x1 < w ? fx : 0;
                        float top = y0 >= 0 && y0 < hgt ? (1 - fy) * share[j] : 0;
                        float bottom = y1 >= 0 && y1 < hgt ? fy * share[j] : 0;
                        int leftRow = start + Math.min(Math.max(x0, 0), w - 1) * heads;
                        int rightRow = start + Math.min(Math.max(x1, 0), w - 1) * heads;
                        int topLine = Math.min(Math.max(y0, 0), hgt - 1) * w * heads;
                        int bottomLine = Math.min(Math.max(y1, 0), hgt - 1) * w * heads;
                        int o = 4 * j;
                        row[o] = leftRow + topLine;
                        row[o + 1] = rightRow + topLine;
                        row[o + 2] = leftRow + bottomLine;
                        row[o + 3] = rightRow + bottomLine;
                        weight[o] = left * top;
                        weight[o + 1] = right * top;
                        weight[o + 2] = left * bottom;
                        weight[o + 3] = right * bottom;
                    }
                }
            }
            rows.put((query - begin) * rowsPerQuery(), row);
            weights.put((query - begin) * rowsPerQuery(), weight);
        }
    }

    static void softmax(float[] values, int from, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            max = Math.max(max, values[i]);
        }
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            values[i] = exp(values[i] - max);
            sum += values[i];
        }
        float scale = 1 / sum;
        for (int i = from; i < from + count; i++) {
            values[i] *= scale;
        }
    }

    /**
     * {@code eˣ} for x ≤ 0, to about 1e-7 of its value: {@code 2ᵏ eʳ} with |r| ≤ ln 2 / 2 and a polynomial for eʳ. Several
     * times as fast as {@link Math#exp}, which is exact to the last bit of a double.
     */
    static float exp(float x) {
        if (!(x > -87)) {
            return Float.isNaN(x) ? x : 0;
        }
        int k = (int) (x * 1.44269504f - 0.5f); // rounded to the nearest, x being negative
        float r = (x - k * 0.693359375f) + k * 2.12194440e-4f; // ln 2 in two parts, the first exact
        float p = 1.9875691500e-4f;
        p = p * r + 1.3981999507e-3f;
        p = p * r + 8.3334519073e-3f;
        p = p * r + 4.1665795894e-2f;
        p = p * r + 1.6666665459e-1f;
        p = p * r + 5.0000001201e-1f;
        p = p * r * r + r + 1;
        return p * Float.intBitsToFloat(k + 127 << 23);
    }

    private int levelOf(int token) {
        int level = 0;
        while (level + 1 < starts.length && token >= starts[level + 1]) {
            level++;
        }
        return level;
    }

    static int floor(float x) {
        int truncated = (int) x;
        return x < truncated ? truncated - 1 : truncated;
    }
}
