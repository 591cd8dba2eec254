package org.mask2former.result;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/** Leaves out points of a ring that are near the line between the others (Douglas and Peucker 1973). */
final class Simplification {
    private Simplification() {}

    /** A ring with fewer points, none of those left out further than the tolerance from it; never fewer than three. */
    static double[] ring(double[] xy, double tolerance) {
        int n = xy.length / 2;
        if (tolerance == 0 || n <= 3) return xy;
        int opposite = 0;
        for (int i = 1; i < n; i++) {
            if (squaredDistance(xy, i, 0) > squaredDistance(xy, opposite, 0)) opposite = i;
        }
        BitSet keep = new BitSet();
        keep.set(0);
        keep.set(opposite);
        simplify(xy, 0, opposite, tolerance, keep);
        simplify(xy, opposite, n, tolerance, keep);
        if (keep.cardinality() < 3) return xy;
        double[] kept = new double[2 * keep.cardinality()];
        int to = 0;
        for (int i = keep.nextSetBit(0); i >= 0; i = keep.nextSetBit(i + 1)) {
            kept[to++] = xy[2 * i];
            kept[to++] = xy[2 * i + 1];
        }
        return kept;
    }

    /** Keeps what is needed between two points that are kept; {@code last} may be n, which is point 0 again. */
    private static void simplify(double[] xy, int first, int last, double tolerance, BitSet keep) {
        Deque<int[]> open = new ArrayDeque<>();
        open.push(new int[] {first, last});
        while (!open.isEmpty()) {
            int[] range = open.pop();
            int furthest = -1;
            double distance = tolerance * tolerance;
            for (int i = range[0] + 1; i < range[1]; i++) {
                double d = squaredDistanceToLine(xy, i, range[0], range[1] % (xy.length / 2));
                if (d > distance) {
                    furthest = i;
                    distance = d;
                }
            }
            if (furthest >= 0) {
                keep.set(furthest);
                open.push(new int[] {range[0], furthest});
                open.push(new int[] {furthest, range[1]});
            }
        }
    }

    private static double squaredDistance(double[] xy, int i, int j) {
        double dx = xy[2 * i] - xy[2 * j];
        double dy = xy[2 * i + 1] - xy[2 * j + 1];
        return dx * dx + dy * dy;
    }

    /** From point i to the line segment between points a and b. */
    private static double squaredDistanceToLine(double[] xy, int i, int a, int b) {
        double length = squaredDistance(xy, a, b);
        if (length == 0) return squaredDistance(xy, i, a);
        double abx = xy[2 * b] - xy[2 * a];
        double aby = xy[2 * b + 1] - xy[2 * a + 1];
        double apx = xy[2 * i] - xy[2 * a];
        double apy = xy[2 * i + 1] - xy[2 * a + 1];
        double along = Math.max(0, Math.min(1, (apx * abx + apy * aby) / length));
        double dx = apx - along * abx;
        double dy = apy - along * aby;
        return dx * dx + dy * dy;
    }
}
