package org.mask2former.result;

import org.jspecify.annotations.Nullable;

/**
 * Probabilities of masks at the picture's size, one tile and query at a time, so that the masks never exist as a whole. A
 * probability in a tile lies between those of the smallest and largest logit it is made of, as all weights are
 * positive and sum to 1; these bounds often make sampling unnecessary. For one thread.
 */
final class TileSampler {
    /** Long rows, since the inner loops run along them. */
    static final int TILE_WIDTH = 128;

    static final int TILE_HEIGHT = 16;
    static final int TILE_PIXELS = TILE_WIDTH * TILE_HEIGHT;

    private final Prediction prediction;
    private final MaskResizing resizing;
    private final int tilesAcross;
    private float[] logits = new float[0];
    private float[] rows = new float[0];

    /** The tile: columns x0 (inclusive) to x1 (exclusive), rows y0 to y1. */
    int x0;

    int y0;
    int x1;
    int y1;
    /** The largest absolute logit of the query that {@link #findBounds} was last asked for. */
    float smallestLogit;

    float largestLogit;

    TileSampler(Prediction prediction, MaskResizing resizing) {
        this.prediction = prediction;
        this.resizing = resizing;
        tilesAcross = across(resizing);
    }

    private static int across(MaskResizing resizing) {
        return (resizing.width() + TILE_WIDTH - 1) / TILE_WIDTH;
    }

    static int tiles(MaskResizing resizing) {
        return across(resizing) * ((resizing.height() + TILE_HEIGHT - 1) / TILE_HEIGHT);
    }

    void moveTo(int tile) {
        x0 = tile % tilesAcross * TILE_WIDTH;
        y0 = tile / tilesAcross * TILE_HEIGHT;
        x1 = Math.min(resizing.width(), x0 + TILE_WIDTH);
        y1 = Math.min(resizing.height(), y0 + TILE_HEIGHT);
    }

    int pixels() {
        return (x1 - x0) * (y1 - y0);
    }

    /** Sets {@link #smallestLogit} and {@link #largestLogit} of what a query's probabilities in the tile are made of. */
    void findBounds(int query) {
        Resampling ry = resizing.toLogitsY();
        Resampling rx = resizing.toLogitsX();
        int top = ry.first[firstMiddle(resizing.toPictureY(), y0)];
        int bottom = ry.lastInput(lastMiddle(resizing.toPictureY(), y1 - 1));
        int left = rx.first[firstMiddle(resizing.toPictureX(), x0)];
        int right = rx.lastInput(lastMiddle(resizing.toPictureX(), x1 - 1));
        float[] masks = prediction.maskLogits();
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        for (int y = top; y <= bottom; y++) {
            int row = (query * prediction.maskHeight() + y) * prediction.maskWidth();
            for (int i = row + left; i <= row + right; i++) {
                float v = masks[i];
                if (v < min) min = v;
                if (v > max) max = v;
            }
        }
        smallestLogit = min;
        largestLogit = max;
    }

    private static int firstMiddle(@Nullable Resampling toPicture, int output) {
        return toPicture == null ? output : toPicture.first[output];
    }

    private static int lastMiddle(@Nullable Resampling toPicture, int output) {
        return toPicture == null ? output : toPicture.lastInput(output);
    }

    /**
     * A query's probabilities in the tile, row-major.
     *
     * @param largest at least the largest absolute logit, as {@link #findBounds} found them
     */
    void sample(int query, float largest, float[] out) {
        sample(query, x0, y0, x1, y1, largest, out);
    }

    /** A query's probability at one pixel. */
    float sample(int query, int x, int y, float[] one) {
        sample(query, x, y, x + 1, y + 1, 128, one);
        return one[0];
    }

    private void sample(int query, int x0, int y0, int x1, int y1, float largest, float[] out) {
        int mask = query * prediction.maskHeight() * prediction.maskWidth();
        Resampling ry = resizing.toLogitsY();
        Resampling rx = resizing.toLogitsX();
        Resampling toY = resizing.toPictureY();
        Resampling toX = resizing.toPictureX();
        if (toY == null || toX == null) {
            resize(prediction.maskLogits(), mask, prediction.maskWidth(), rx, ry, x0, y0, x1, y1, out);
            Sigmoid.apply(out, (x1 - x0) * (y1 - y0), largest);
            return;
        }
        int left = toX.first[x0];
        int top = toY.first[y0];
        int right = toX.lastInput(x1 - 1) + 1;
        int bottom = toY.lastInput(y1 - 1) + 1;
        int n = (right - left) * (bottom - top);
        if (logits.length < n) logits = new float[n];
        resize(prediction.maskLogits(), mask, prediction.maskWidth(), rx, ry, left, top, right, bottom, logits);
        Sigmoid.apply(logits, n, largest);
        int stride = right - left;
        resize(logits, -top * stride - left, stride, toX, toY, x0, y0, x1, y1, out);
    }

    /** Both axes: first along the rows, for each row of the source that is needed, then down the columns. */
    private void resize(
            float[] in,
            int origin,
            int stride,
            Resampling rx,
            Resampling ry,
            int x0,
            int y0,
            int x1,
            int y1,
            float[] out) {
        int width = x1 - x0;
        int top = ry.first[y0];
        int bottom = ry.lastInput(y1 - 1);
        int needed = (bottom - top + 1) * width;
        if (rows.length < needed) rows = new float[needed];
        for (int y = top; y <= bottom; y++) {
            int row = origin + y * stride;
            int to = (y - top) * width;
            for (int x = x0; x < x1; x++) {
                float sum = 0;
                int from = row + rx.first[x];
                for (int t = 0; t < rx.taps; t++) sum += rx.weights[x * rx.taps + t] * in[from + t];
                rows[to++] = sum;
            }
        }
        for (int y = y0; y < y1; y++) {
            weightedRows(
                    rows, (ry.first[y] - top) * width, width, ry.weights, y * ry.taps, ry.taps, out, (y - y0) * width);
        }
    }

    /** out = the weighted sum of some rows that follow each other. */
    private static void weightedRows(
            float[] rows, int from, int width, float[] weights, int at, int taps, float[] out, int to) {
        float w0 = weights[at];
        if (taps == 1) {
            for (int x = 0; x < width; x++) out[to + x] = w0 * rows[from + x];
            return;
        }
        float w1 = weights[at + 1];
        int second = from + width;
        if (taps == 2) {
            for (int x = 0; x < width; x++) out[to + x] = w0 * rows[from + x] + w1 * rows[second + x];
            return;
        }
        float w2 = weights[at + 2];
        int third = second + width;
        for (int x = 0; x < width; x++) {
            out[to + x] = w0 * rows[from + x] + w1 * rows[second + x] + w2 * rows[third + x];
        }
        for (int t = 3; t < taps; t++) {
            float w = weights[at + t];
            int row = from + t * width;
            for (int x = 0; x < width; x++) out[to + x] += w * rows[row + x];
        }
    }
}
