package org.mask2former.result;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Writes a result as the label text that Ultralytics' YOLO trains on: a line for each segment with its class (as the model
 * numbers it, from 0) and one polygon, each coordinate as a share of the picture's width or height.
 *
 * <p>A line is one object with one polygon. A segment of several parts or with holes is therefore written as one polygon
 * whose rings are joined by bridges, there and back along the same line, as Ultralytics' own converter from COCO does; filled,
 * it gives the parts without the holes.
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

    /** One ring that walks along all the rings; empty if there are none. */
    static double[] join(List<Polygon> polygons) {
        List<double[]> rings = new ArrayList<>();
        for (Polygon polygon : polygons) {
            rings.add(polygon.outer());
            rings.addAll(polygon.holes());
        }
        rings.sort(Comparator.comparingDouble(ring -> -Math.abs(GeoJson.area(ring))));
        double[] joined = {};
        for (double[] ring : rings) {
            joined = joined.length == 0 ? ring : bridge(joined, ring);
        }
        return joined;
    }

    /** Walks {@code path} to its point nearest to the ring, over to the ring, around it, back, and on. */
    private static double[] bridge(double[] path, double[] ring) {
        int from = nearest(path, ring[0], ring[1]);
        int to = nearest(ring, path[from], path[from + 1]);
        double[] joined = new double[path.length + ring.length + 4];
        int n = from + 2;
        System.arraycopy(path, 0, joined, 0, n);
        for (int i = 0; i <= ring.length; i += 2) {
            joined[n++] = ring[(to + i) % ring.length];
            joined[n++] = ring[(to + i) % ring.length + 1];
        }
        System.arraycopy(path, from, joined, n, path.length - from);
        return joined;
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
