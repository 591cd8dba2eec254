package org.mask2former.result;

import java.util.Arrays;
import java.util.List;
import org.mask2former.Mask2FormerException;

/**
 * Draws a polygon as the COCO API does ({@code rleFrPoly}), rounding included, since areas and AP of COCO's annotations
 * depend on it: the outline is walked on a grid five times finer; where it crosses from one pixel column to the next, the
 * mask changes between outside and inside.
 */
final class RlePolygons {
    private static final double SCALE = 5;

    private RlePolygons() {}

    static CocoRle rasterise(int height, int width, double[] xy) {
        return evenOdd(height, width, List.of(xy));
    }

    /** Several rings at once: inside is what an odd number of them enclose. */
    static CocoRle evenOdd(int height, int width, List<double[]> rings) {
        Crossings crossings = new Crossings(height, width);
        for (double[] xy : rings) {
            check(xy);
            int points = xy.length / 2;
            for (int i = 0; i < points; i++) {
                int j = (i + 1) % points;
                crossings.walk(fine(xy[2 * i]), fine(xy[2 * i + 1]), fine(xy[2 * j]), fine(xy[2 * j + 1]));
            }
        }
        return crossings.toRle();
    }

    private static int fine(double coordinate) {
        return (int) (SCALE * coordinate + .5);
    }

    private static void check(double[] xy) {
        if (xy.length < 6 || xy.length % 2 != 0) {
            throw new Mask2FormerException("a polygon needs x and y of at least three points, but has " + xy.length
                    + (xy.length == 1 ? " number" : " numbers"));
        }
        for (double value : xy) {
            if (!(Math.abs(value) < 1e8)) { // also NaN
                throw new Mask2FormerException("a polygon's coordinate cannot be " + value);
            }
        }
    }

    /** Where the outline crosses the boundaries between pixel columns, as positions down the columns. */
    private static final class Crossings {
        private final int height;
        private final int width;
        private int[] positions = new int[64];
        private int n;

        Crossings(int height, int width) {
            this.height = height;
            this.width = width;
        }

        /** Walks one edge on the fine grid, in the order of its points, whatever direction it is computed in. */
        void walk(int xs, int ys, int xe, int ye) {
            int dx = Math.abs(xe - xs);
            int dy = Math.abs(ye - ys);
            if (dx == 0) return; // a vertical edge crosses no column
            boolean flip = dx >= dy ? xs > xe : ys > ye;
            int x0 = flip ? xe : xs;
            int y0 = flip ? ye : ys;
            int x1 = flip ? xs : xe;
            int y1 = flip ? ys : ye;
            int steps = Math.max(dx, dy);
            double slope = dx >= dy ? (double) (y1 - y0) / dx : (double) (x1 - x0) / dy;
            int lastX = 0;
            int lastY = 0;
            for (int d = 0; d <= steps; d++) {
                int t = flip ? steps - d : d;
                int px = dx >= dy ? t + x0 : (int) (x0 + slope * t + .5);
                int py = dx >= dy ? (int) (y0 + slope * t + .5) : t + y0;
                if (d > 0 && px != lastX) cross(lastX, lastY, px, py);
                lastX = px;
                lastY = py;
            }
        }

        private void cross(int fromX, int fromY, int toX, int toY) {
            double x = ((toX < fromX ? toX : toX - 1) + .5) / SCALE - .5;
            if (Math.floor(x) != x || x < 0 || x > width - 1) return;
            double y = (Math.min(fromY, toY) + .5) / SCALE - .5;
            y = Math.ceil(Math.max(0, Math.min(height, y)));
            if (n == positions.length) positions = Arrays.copyOf(positions, 2 * n);
            positions[n++] = (int) x * height + (int) y;
        }

        CocoRle toRle() {
            Arrays.sort(positions, 0, n);
            RleBuilder rle = new RleBuilder(height, width);
            for (int i = 0; i < n; i += 2) {
                rle.add(positions[i], i + 1 < n ? positions[i + 1] : height * width);
            }
            return rle.build();
        }
    }
}
