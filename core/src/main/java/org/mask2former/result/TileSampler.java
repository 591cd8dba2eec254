package org.mask2former.result;

import org.jspecify.annotations.Nullable;

/**
 * Probabilities of masks at the picture's size, one tile and query at a time, so that the masks never exist as a whole. The
 * tiles of a picture lie in strips as wide as the picture. For each query and tile there are bounds: a probability lies
 * between those of the smallest and the largest logit that the tile is made of, as all weights are positive and sum
 * to 1. They often make sampling unnecessary. For one thread.
 */
final class TileSampler {
    /** Long rows, since the inner loops run along them. */
    private static final int TILE_WIDTH = 128;

    private static final int TILE_HEIGHT = 16;
    static final int TILE_PIXELS = TILE_WIDTH * TILE_HEIGHT;

    private final Prediction prediction;
    private final MaskResizing resizing;
    private final int[] queries;
    private final int tilesAcross;
    /** {@code [queries, tilesAcross]}, for the strip. */
    private final float[] smallest;

    private final float[] largest;
    private final float[] columnMin;
    private final float[] columnMax;
    private float[] logits = new float[0];
    private float[] rows = new float[0];
    private int tile;

    /** The tile: columns x0 (inclusive) to x1 (exclusive), rows y0 to y1. */
    int x0;

    int y0;
    int x1;
    int y1;

    /** @param queries those to look at; they are named by their index in this array */
    TileSampler(Prediction prediction, MaskResizing resizing, int[] queries) {
        this.prediction = prediction;
        this.resizing = resizing;
        this.queries = queries;
        tilesAcross = (resizing.width() + TILE_WIDTH - 1) / TILE_WIDTH;
        smallest = new float[queries.length * tilesAcross];
        largest = new float[queries.length * tilesAcross];
        columnMin = new float[prediction.maskWidth()];
        columnMax = new float[prediction.maskWidth()];
    }

    static int strips(MaskResizing resizing) {
        return (resizing.height() + TILE_HEIGHT - 1) / TILE_HEIGHT;
    }

    /** Goes through the tiles of a strip. */
    void forEachTile(int strip, Runnable action) {
        y0 = strip * TILE_HEIGHT;
        y1 = Math.min(resizing.height(), y0 + TILE_HEIGHT);
        for (int k = 0; k < queries.length; k++) findBounds(k);
        for (tile = 0; tile < tilesAcross; tile++) {
            moveToTile();
            action.run();
        }
    }

    private void moveToTile() {
        x0 = tile * TILE_WIDTH;
        x1 = Math.min(resizing.width(), x0 + TILE_WIDTH);
    }

    int pixels() {
        return (x1 - x0) * (y1 - y0);
    }

    /** The smallest logit that a query's part of the tile is made of. */
    float smallest(int k) {
        return smallest[k * tilesAcross + tile];
    }

    float largest(int k) {
        return largest[k * tilesAcross + tile];
    }

    private float largestAbsolute(int k) {
        return Math.max(-smallest(k), largest(k));
    }

    private void findBounds(int k) {
        Resampling ry = resizing.toLogitsY();
        int top = ry.first[firstMiddle(resizing.toPictureY(), y0)];
        int bottom = ry.lastInput(lastMiddle(resizing.toPictureY(), y1 - 1));
        int w = prediction.maskWidth();
        float[] masks = prediction.maskLogits();
        int row = (queries[k] * prediction.maskHeight() + top) * w;
        System.arraycopy(masks, row, columnMin, 0, w);
        System.arraycopy(masks, row, columnMax, 0, w);
        for (int y = top + 1; y <= bottom; y++) {
            row += w;
            for (int x = 0; x < w; x++) {
                columnMin[x] = Math.min(columnMin[x], masks[row + x]);
                columnMax[x] = Math.max(columnMax[x], masks[row + x]);
            }
        }
        Resampling rx = resizing.toLogitsX();
        for (tile = 0; tile < tilesAcross; tile++) {
            moveToTile();
            int left = rx.first[firstMiddle(resizing.toPictureX(), x0)];
            int right = rx.lastInput(lastMiddle(resizing.toPictureX(), x1 - 1));
            float min = columnMin[left];
            float max = columnMax[left];
            for (int x = left + 1; x <= right; x++) {
                if (columnMin[x] < min) min = columnMin[x];
                if (columnMax[x] > max) max = columnMax[x];
            }
            smallest[k * tilesAcross + tile] = min;
            largest[k * tilesAcross + tile] = max;
        }
    }

    private static int firstMiddle(@Nullable Resampling toPicture, int output) {
        return toPicture == null ? output : toPicture.first[output];
    }

    private static int lastMiddle(@Nullable Resampling toPicture, int output) {
        return toPicture == null ? output : toPicture.lastInput(output);
    }

    /** A query's probabilities in the tile, row-major. */
    void sample(int k, float[] out) {
        sample(k, x0, y0, x1, y1, out);
    }

    /** A query's probability at one pixel of the tile. */
    float sample(int k, int x, int y, float[] one) {
        sample(k, x, y, x + 1, y + 1, one);
        return one[0];
    }

    private void sample(int k, int x0, int y0, int x1, int y1, float[] out) {
        int w = prediction.maskWidth();
        int mask = queries[k] * prediction.maskHeight() * w;
        Resampling ry = resizing.toLogitsY();
        Resampling rx = resizing.toLogitsX();
        Resampling toY = resizing.toPictureY();
        Resampling toX = resizing.toPictureX();
        if (toY == null || toX == null) {
            resize(prediction.maskLogits(), mask, w, rx, ry, x0, y0, x1, y1, out);
            Sigmoid.apply(out, (x1 - x0) * (y1 - y0), largestAbsolute(k));
            return;
        }
        int left = toX.first[x0];
        int top = toY.first[y0];
        int right = toX.lastInput(x1 - 1) + 1;
        int bottom = toY.lastInput(y1 - 1) + 1;
        int stride = right - left;
        int n = stride * (bottom - top);
        if (logits.length < n) logits = new float[n];
        resize(prediction.maskLogits(), mask, w, rx, ry, left, top, right, bottom, logits);
        Sigmoid.apply(logits, n, largestAbsolute(k));
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
            rx.apply(in, origin + y * stride, x0, x1, rows, (y - top) * width);
        }
        for (int y = y0; y < y1; y++) {
            ry.mixRows(rows, (ry.first[y] - top) * width, width, y, out, (y - y0) * width);
        }
    }
}
