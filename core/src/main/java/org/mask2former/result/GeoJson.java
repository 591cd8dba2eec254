package org.mask2former.result;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a result as a GeoJSON FeatureCollection (RFC 7946), one feature for each segment, in the picture's pixels: x to
 * the right, y downwards, (0, 0) the top left corner of the first pixel. Outlines are exact. Rings are closed, touch
 * themselves nowhere, and wind as the RFC asks by their numbers: outer rings with positive area (x₀y₁ − x₁y₀ …), holes
 * with negative. Stateless.
 */
public final class GeoJson {
    private GeoJson() {}

    /** Writes the features of a result and leaves the stream open. A segment without pixels has a null geometry. */
    public static void write(Segmentation result, OutputStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out, false)) {
            json.writeStartObject();
            json.writeStringField("type", "FeatureCollection");
            json.writeArrayFieldStart("features");
            for (Segment segment : result.segments()) {
                feature(json, result, segment);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void feature(JsonGenerator json, Segmentation result, Segment segment) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Feature");
        json.writeNumberField("id", segment.id());
        geometry(json, Polygons.of(segment.mask()));
        json.writeObjectFieldStart("properties");
        Json.segment(json, result, segment);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void geometry(JsonGenerator json, List<Polygon> polygons) throws IOException {
        if (polygons.isEmpty()) {
            json.writeNullField("geometry");
            return;
        }
        boolean several = polygons.size() > 1;
        json.writeObjectFieldStart("geometry");
        json.writeStringField("type", several ? "MultiPolygon" : "Polygon");
        json.writeFieldName("coordinates");
        if (several) {
            json.writeStartArray();
        }
        for (Polygon polygon : polygons) {
            json.writeStartArray();
            for (double[] ring : rings(polygon)) {
                ring(json, ring);
            }
            json.writeEndArray();
        }
        if (several) {
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** The rings of one part, outer first, wound as the RFC asks; none touches itself. */
    static List<double[]> rings(Polygon polygon) {
        List<double[]> rings = new ArrayList<>();
        List<double[]> all = new ArrayList<>(polygon.holes());
        all.add(0, polygon.outer());
        for (double[] ring : all) {
            rings.addAll(split(ring));
        }
        // Splitting an outer ring leaves one outer ring, which encloses all others, and holes that touch it.
        Collections.swap(rings, 0, largest(rings));
        for (int i = 0; i < rings.size(); i++) {
            if (area(rings.get(i)) > 0 != (i == 0)) {
                rings.set(i, reversed(rings.get(i)));
            }
        }
        return rings;
    }

    /**
     * Cuts a ring that comes back to one of its corners, where two of the segment's pixels touch only diagonally, into
     * rings that do not: a hole that touches the outline in a point is valid, an outline that touches itself is not.
     */
    private static List<double[]> split(double[] ring) {
        List<double[]> simple = new ArrayList<>();
        List<double[]> open = new ArrayList<>();
        Map<List<Double>, Integer> places = new HashMap<>();
        for (int i = 0; i < ring.length; i += 2) {
            List<Double> corner = List.of(ring[i], ring[i + 1]);
            Integer before = places.get(corner);
            if (before != null) {
                List<double[]> loop = open.subList(before, open.size());
                simple.add(flatten(loop));
                loop.forEach(point -> places.remove(List.of(point[0], point[1])));
                loop.clear();
            }
            places.put(corner, open.size());
            open.add(new double[] {ring[i], ring[i + 1]});
        }
        simple.add(flatten(open));
        return simple;
    }

    private static double[] flatten(List<double[]> points) {
        return points.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static int largest(List<double[]> rings) {
        int largest = 0;
        for (int i = 1; i < rings.size(); i++) {
            if (Math.abs(area(rings.get(i))) > Math.abs(area(rings.get(largest)))) {
                largest = i;
            }
        }
        return largest;
    }

    /** Twice the signed area, by the shoelace formula. */
    static double area(double[] ring) {
        double area = 0;
        for (int i = 0; i < ring.length; i += 2) {
            int next = (i + 2) % ring.length;
            area += ring[i] * ring[next + 1] - ring[next] * ring[i + 1];
        }
        return area;
    }

    private static double[] reversed(double[] ring) {
        double[] reversed = new double[ring.length];
        for (int i = 0; i < ring.length; i += 2) {
            reversed[i] = ring[ring.length - 2 - i];
            reversed[i + 1] = ring[ring.length - 1 - i];
        }
        return reversed;
    }

    private static void ring(JsonGenerator json, double[] ring) throws IOException {
        json.writeStartArray();
        for (int i = 0; i <= ring.length; i += 2) {
            json.writeStartArray();
            Json.number(json, ring[i % ring.length]);
            Json.number(json, ring[i % ring.length + 1]);
            json.writeEndArray();
        }
        json.writeEndArray();
    }
}
