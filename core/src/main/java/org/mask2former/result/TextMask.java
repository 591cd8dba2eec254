package org.mask2former.result;

import java.util.Optional;

/**
 * How much of each pixel a piece of text covers.
 *
 * @param ascent rows above the baseline
 * @param coverage {@code [height, width]}, row-major, 0 to 255
 */
record TextMask(int width, int height, int ascent, byte[] coverage) {

    /** The text in letters whose capitals are {@code capital} pixels high. */
    static TextMask of(String text, int capital) {
        Optional<TextMask> system = StrokeFont.covers(text) ? Optional.empty() : SystemFont.draw(text, capital);
        return system.orElseGet(() -> StrokeFont.draw(text, capital));
    }

    /** Draws a line with round ends, {@code pen} pixels wide; what falls outside is cut off. */
    void line(double x0, double y0, double x1, double y1, double pen) {
        double radius = pen / 2 + 0.5;
        int left = Math.max(0, (int) Math.floor(Math.min(x0, x1) - radius));
        int right = Math.min(width - 1, (int) Math.ceil(Math.max(x0, x1) + radius));
        int top = Math.max(0, (int) Math.floor(Math.min(y0, y1) - radius));
        int bottom = Math.min(height - 1, (int) Math.ceil(Math.max(y0, y1) + radius));
        double dx = x1 - x0;
        double dy = y1 - y0;
        double squaredLength = dx * dx + dy * dy;
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                double px = x + 0.5 - x0;
                double py = y + 0.5 - y0;
                double along = squaredLength == 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squaredLength));
                double ex = px - along * dx;
                double ey = py - along * dy;
                double covered = Math.min(1, radius - Math.sqrt(ex * ex + ey * ey));
                int old = coverage[y * width + x] & 0xff;
                if (covered * 255 > old) {
                    coverage[y * width + x] = (byte) Math.round(covered * 255);
                }
            }
        }
    }
}
