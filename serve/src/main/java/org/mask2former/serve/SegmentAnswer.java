package org.mask2former.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.result.CocoPanoptic;
import org.mask2former.result.CocoResults;
import org.mask2former.result.GeoJson;
import org.mask2former.result.Overlay;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.ResultFormat;
import org.mask2former.result.ResultJson;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticPng;
import org.mask2former.result.YoloSegments;

/**
 * How the answer to {@code /v1/segment} looks.
 *
 * @param form what it is
 * @param parts what a zip holds
 * @param json with or without masks and polygons
 * @param overlay how the picture is drawn over
 */
record SegmentAnswer(AnswerForm form, List<ResultFormat> parts, ResultJson json, Overlay overlay) {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** What has been made, ready to be sent. */
    record Made(String type, byte[] bytes, Timings timings) {}

    /** @throws HttpProblem 406 or 422 if it cannot be */
    static SegmentAnswer of(Parameters given, Task task, String accept) {
        AnswerForm form = given.text("form").map(AnswerForm::named).orElseGet(() -> AnswerForm.accepted(accept));
        try {
            List<ResultFormat> parts = new ArrayList<>();
            for (String name : given.list("parts")) {
                parts.add(part(name));
            }
            if (parts.isEmpty()) {
                parts.addAll(List.of(ResultFormat.values()));
                parts.removeIf(p -> !p.fits(task));
            } else if (form != AnswerForm.ZIP) {
                throw HttpProblem.unprocessable("parts are of a zip; ask for application/zip or form=zip too");
            }
            if (form == AnswerForm.PANOPTIC) ResultFormat.PANOPTIC.requireFits(task);
            if (form == AnswerForm.SEMANTIC) ResultFormat.SEMANTIC.requireFits(task);
            parts.forEach(p -> p.requireFits(task));
            double alpha = given.number("alpha").orElse(Overlay.DEFAULT.alpha());
            if (!(alpha >= 0 && alpha <= 1)) {
                throw HttpProblem.unprocessable("alpha must be from 0 to 1, but is " + alpha);
            }
            ResultJson json = ResultJson.DEFAULT
                    .withIndent(false)
                    .withMasks(given.flag("masks", true))
                    .withPolygons(given.flag("polygons", false));
            return new SegmentAnswer(form, parts, json, Overlay.DEFAULT.withAlpha(alpha));
        } catch (Mask2FormerException e) {
            throw HttpProblem.unprocessable(String.valueOf(e.getMessage()));
        }
    }

    private static ResultFormat part(String name) {
        List<String> names = new ArrayList<>();
        for (ResultFormat format : ResultFormat.values()) {
            names.add(format.name().toLowerCase(Locale.ROOT));
        }
        int at = names.indexOf(name);
        if (at < 0) {
            throw HttpProblem.unprocessable("parts has \"" + name + "\", which is none of " + String.join(", ", names)
                    + Suggestions.didYouMean(name, names));
        }
        return ResultFormat.values()[at];
    }

    /**
     * Makes it.
     *
     * @param picture the picture's file name, or empty
     */
    Made make(Segmentation result, String picture, String model, String requestId, Job.Clock clock) {
        Timings timings = clock.timings();
        try {
            byte[] bytes = switch (form) {
                case JSON -> json(result, picture, model, requestId, timings);
                case OVERLAY -> overlay.draw(result).toPng();
                case PANOPTIC -> panoptic(result).toPng();
                case SEMANTIC -> bytes(out -> SemanticPng.write(result, out));
                case ZIP -> bytes(out -> zip(result, picture, model, requestId, timings, out));
            };
            return new Made(form.type(), bytes, timings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Image panoptic(Segmentation result) {
        return CocoPanoptic.encode((PanopticSegmentation) result);
    }

    private byte[] json(Segmentation result, String picture, String model, String requestId, Timings timings)
            throws IOException {
        return bytes(out -> {
            try (JsonGenerator generator = FACTORY.createGenerator(out)) {
                generator.writeStartObject();
                json.writeFields(result, picture, model, generator);
                generator.writeArrayFieldStart("colors");
                for (int rgb : Overlay.colors(result)) {
                    generator.writeString(String.format(Locale.ROOT, "#%06x", rgb));
                }
                generator.writeEndArray();
                timings.write(generator);
                generator.writeStringField("request_id", requestId);
                generator.writeEndObject();
            }
        });
    }

    private void zip(
            Segmentation result, String picture, String model, String requestId, Timings timings, OutputStream out)
            throws IOException {
        String name = picture.isEmpty() ? "picture" : picture;
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (ResultFormat part : parts) {
                switch (part) {
                    case JSON -> put(zip, "result.json", json(result, picture, model, requestId, timings));
                    case OVERLAY -> put(zip, "overlay.png", overlay.draw(result).toPng());
                    case COCO -> put(zip, "coco_results.json", bytes(o -> CocoResults.write(result, 1, name, o)));
                    case PANOPTIC -> put(zip, "panoptic.png", panoptic(result).toPng());
                    case SEMANTIC -> put(zip, "semantic.png", bytes(o -> SemanticPng.write(result, o)));
                    case YOLO -> put(zip, "yolo.txt", bytes(o -> YoloSegments.write(result, o)));
                    case GEOJSON -> put(zip, "segments.geojson", bytes(o -> GeoJson.write(result, o)));
                }
            }
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing writing) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writing.to(out);
        return out.toByteArray();
    }
}
