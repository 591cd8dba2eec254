package org.mask2former.result;

/**
 * A label ready to be drawn: text on a box with round corners in the segment's colour, black or white, whichever reads
 * better on it.
 */
record LabelBox(TextMask text, int capital, int color) {

    static LabelBox of(String text, int capital, int color) {
        return new LabelBox(TextMask.of(text, capital), capital, color);
    }

    int width() {
        return text.width() + padding();
    }

    int height() {
        return capital + 2 * padding() + 1;
    }

    private int padding() {
        return Math.max(2, Math.round(capital * 0.45f));
    }

    /** Draws the label with its top left corner at (x, y); all of it has to lie inside the picture. */
    void draw(byte[] rgb, int pictureWidth, int x, int y) {
        boolean light = SegmentColors.isLight(color);
        int ink = light ? 0 : 0xffffff;
        int edge = SegmentColors.shade(color, light ? -0.3 : 0.3);
        double border = Math.max(1, capital / 12.0);
        int textLeft = padding() / 2;
        int textTop = padding() + capital - text.ascent();
        double radius = Math.max(2, capital * 0.35);
        for (int v = 0; v < height(); v++) {
            for (int u = 0; u < width(); u++) {
                int p = 3 * ((y + v) * pictureWidth + x + u);
                Overlay.blend(rgb, p, edge, inside(u, v, 0, radius));
                Overlay.blend(rgb, p, color, inside(u, v, border, radius - border));
                int column = u - textLeft;
                int row = v - textTop;
                if (column >= 0 && column < text.width() && row >= 0 && row < text.height()) {
                    int covered = text.coverage()[row * text.width() + column] & 0xff;
                    Overlay.blend(rgb, p, ink, covered + (covered >> 7));
                }
            }
        }
    }

    /** How much of the pixel, from 0 to 256, lies inside the box made smaller by {@code inset} on all sides, with its round corners. */
    private int inside(int u, int v, double inset, double radius) {
        double dx = Math.max(inset + radius - (u + 0.5), u + 0.5 - (width() - inset - radius));
        double dy = Math.max(inset + radius - (v + 0.5), v + 0.5 - (height() - inset - radius));
        double beyond = Math.hypot(Math.max(0, dx), Math.max(0, dy)) + Math.min(0, Math.max(dx, dy));
        return (int) Math.round(256 * Math.max(0, Math.min(1, radius + 0.5 - beyond)));
    }
}
