package org.mask2former.result;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a result as the label text that Ultralytics' YOLO trains on: a line for each segment with its class (as the model
 * numbers it, from 0) and one polygon, each coordinate as a share of the picture's width or height.
 *
 * <p>A line is one object with one polygon. A segment of several parts or with holes is therefore written as one polygon
 * whose rings are joined by bridges, there and back along the same line, as Ultralytics' own converter from COCO does; filled,
 * it gives the parts without the holes. Stateless.
 */
public final class YoloSegments {
    /** How far the polygon may lie from the exact outline, in pixels. */
    private static final double TOLERANCE = 1;

    private static final int DECIMALS = 6;

    private YoloSegments() {}

    /** Writes the lines of a result and leaves the stream open. No segments, no lines: YOLO's sign for a background. */
    public static void write(Segmentation result, OutputStream out) throws IOException {
        Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.US_ASCII));
        for (Segment segment : result.segments()) {
            double[] polygon = join(Polygons.of(segment.mask(), TOLERANCE));
            if (polygon.length > 0) {
                text.write(Integer.toString(segment.labelId()));
                for (int i = 0; i < polygon.length; i += 2) {
                    coordinate(text, polygon[i] / segment.mask().width());
                    coordinate(text, polygon[i + 1] / segment.mask().height());
                }
                text.write('\n');
            }
        }
        text.flush();
    }

    private static void coordinate(Writer text, double share) throws IOException {
        text.write(' ');
        long scaled = Math.round(share * Math.pow(10, DECIMALS));
        text.write(BigDecimal.valueOf(scaled, DECIMALS).toPlainString());
    }

    /**
     * One ring that walks along all the rings; empty if there are none. It goes around each ring up to the point nearest to
     * the next one, over to that, and so on; at the last one it turns and walks the rest of each on its way back.
     */
    static double[] join(List<Polygon> polygons) {
        List<double[]> rings = new ArrayList<>();
        int points = 0;
        for (Polygon polygon : polygons) {
            rings.add(polygon.outer());
            rings.addAll(polygon.holes());
        }
        if (rings.isEmpty()) {
            return new double[0];
        }
        int[] entry = new int[rings.size()];
        int[] exit = new int[rings.size()];
        for (int i = 0; i < rings.size(); i++) {
            double[] ring = rings.get(i);
            points += ring.length / 2 + 2;
            boolean last = i + 1 == rings.size();
            exit[i] = last ? entry[i] : nearest(ring, rings.get(i + 1)[0], rings.get(i + 1)[1]);
            if (!last) {
                entry[i + 1] = nearest(rings.get(i + 1), ring[exit[i]], ring[exit[i] + 1]);
            }
        }
        double[] joined = new double[2 * points];
        int n = 0;
        for (int i = 0; i < rings.size() - 1; i++) {
            n = walk(rings.get(i), entry[i], exit[i], false, joined, n);
        }
        for (int i = rings.size() - 1; i >= 0; i--) {
            n = walk(rings.get(i), exit[i], entry[i], entry[i] == exit[i], joined, n);
        }
        return Arrays.copyOf(joined, n - 2); // the last point is the first again
    }

    /** Copies the points from one to another, both included. */
    private static int walk(double[] ring, int from, int to, boolean whole, double[] joined, int at) {
        int steps = whole ? ring.length : Math.floorMod(to - from, ring.length);
        for (int i = 0; i <= steps; i += 2) {
            joined[at + i] = ring[(from + i) % ring.length];
            joined[at + i + 1] = ring[(from + i) % ring.length + 1];
        }
        return at + steps + 2;
    }

    private static int nearest(double[] points, double x, double y) {
        int nearest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < points.length; i += 2) {
            double distance = Math.hypot(points[i] - x, points[i + 1] - y);
            if (distance < least) {
                least = distance;
                nearest = i;
            }
        }
        return nearest;
    }
}
