package org.mask2former.result;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Writes a result as JSON: one object for each picture, its keys always in the same order, UTF-8, scores rounded to six
 * decimals. docs/results.md has the schema.
 *
 * @param masks whether each segment has its mask, as COCO RLE
 * @param polygons whether each segment has its outlines
 * @param tolerance how far a polygon may lie from the outline it simplifies, in pixels; 0 keeps every corner
 * @param indent whether the text is broken into lines for people; otherwise it is one line
 */
public record ResultJson(boolean masks, boolean polygons, double tolerance, boolean indent) {
    public static final ResultJson DEFAULT = new ResultJson(true, false, 1, true);

    public ResultJson {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("tolerance has to be 0 pixels or more, not " + tolerance);
        }
    }

    public ResultJson withMasks(boolean masks) {
        return new ResultJson(masks, polygons, tolerance, indent);
    }

    public ResultJson withPolygons(boolean polygons) {
        return new ResultJson(masks, polygons, tolerance, indent);
    }

    public ResultJson withTolerance(double tolerance) {
        return new ResultJson(masks, polygons, tolerance, indent);
    }

    public ResultJson withIndent(boolean indent) {
        return new ResultJson(masks, polygons, tolerance, indent);
    }

    /** The JSON of a result; {@code picture} and {@code model} are left out where they are empty. */
    public String toJson(Segmentation result, String picture, String model) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            write(result, picture, model, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /**
     * Writes the JSON of a result and leaves the stream open.
     *
     * @param picture the picture's file name; left out if empty
     * @param model the model's name; left out if empty
     */
    public void write(Segmentation result, String picture, String model, OutputStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out, indent)) {
            json.writeStartObject();
            writeFields(result, picture, model, json);
            json.writeEndObject();
        }
    }

    /**
     * Writes the fields of the object without its braces, for those who put more into it.
     *
     * @param picture the picture's file name; left out if empty
     * @param model the model's name; left out if empty
     */
    public void writeFields(Segmentation result, String picture, String model, JsonGenerator json) throws IOException {
        if (!picture.isEmpty()) {
            Json.text(json, "picture", picture);
        }
        content(json, result, model);
    }

    /**
     * The same for a frame of a film, with the frame's number and time in place of the picture's name.
     *
     * @param film the film's name; left out if empty
     * @param frame its number, from 0
     * @param seconds its time since the beginning of the film
     */
    public void writeFrame(Segmentation result, String film, long frame, double seconds, String model, OutputStream out)
            throws IOException {
        try (JsonGenerator json = Json.generator(out, indent)) {
            json.writeStartObject();
            if (!film.isEmpty()) {
                Json.text(json, "film", film);
            }
            json.writeNumberField("frame", frame);
            Json.number(json, "time", seconds);
            content(json, result, model);
            json.writeEndObject();
        }
    }

    private void content(JsonGenerator json, Segmentation result, String model) throws IOException {
        json.writeNumberField("width", result.picture().width());
        json.writeNumberField("height", result.picture().height());
        json.writeStringField("task", result.task().name().toLowerCase(Locale.ROOT));
        if (!model.isEmpty()) {
            Json.text(json, "model", model);
        }
        json.writeArrayFieldStart("segments");
        for (Segment segment : result.segments()) {
            write(json, result, segment);
        }
        json.writeEndArray();
    }

    private void write(JsonGenerator json, Segmentation result, Segment segment) throws IOException {
        json.writeStartObject();
        Json.segment(json, result, segment);
        if (result instanceof SemanticSegmentation) {
            double pixels = (double) result.picture().width() * result.picture().height();
            Json.number(json, "share", segment.area() / pixels);
        }
        Json.box(json, "box", segment.box());
        if (masks) {
            Json.mask(json, "rle", segment.mask());
        }
        if (polygons) {
            polygons(json, segment.mask());
        }
        json.writeEndObject();
    }

    /** A list of polygons, each a list of rings, the outer one first, each {@code [x0, y0, x1, y1, …]}. */
    private void polygons(JsonGenerator json, CocoRle mask) throws IOException {
        json.writeArrayFieldStart("polygons");
        for (Polygon polygon : Polygons.of(mask, tolerance)) {
            json.writeStartArray();
            ring(json, polygon.outer());
            for (double[] hole : polygon.holes()) {
                ring(json, hole);
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private static void ring(JsonGenerator json, double[] ring) throws IOException {
        json.writeStartArray();
        for (double coordinate : ring) {
            Json.number(json, coordinate);
        }
        json.writeEndArray();
    }
}
