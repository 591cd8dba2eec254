package org.mask2former.result;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.mask2former.Mask2FormerException;

/**
 * Writes the results of many pictures as COCO's list of results, which pycocotools loads: for each segment, things and
 * stuff, {@code image_id}, {@code category_id} (the data set's own), {@code bbox}, {@code score} and {@code segmentation}
 * (RLE); besides, {@code file_name}, which COCO's tools pass over. The file is written as pictures are added and appears
 * when this is closed; it then holds all that were added, also if something else failed in between. Safe to share between
 * threads.
 */
public final class CocoResults implements Closeable {
    private final StreamedJson json;

    CocoResults(StreamedJson json) {
        this.json = json;
    }

    /**
     * Begins a file of results; it is complete when this is closed.
     *
     * @throws Mask2FormerException if the file cannot be written
     */
    public static CocoResults create(Path file) {
        return new CocoResults(
                new StreamedJson(file, "[", out -> out.write("\n]\n".getBytes(StandardCharsets.US_ASCII))));
    }

    /**
     * Adds the segments of a picture.
     *
     * @param imageId the picture's id in its data set: see {@link CocoImageIds}
     * @throws Mask2FormerException if the result is semantic, or the file cannot be written
     */
    public synchronized void add(long imageId, String fileName, Segmentation result) {
        ResultFormat.COCO.requireFits(result.task());
        json.add(out -> writeSegments(out, imageId, fileName, result));
    }

    /**
     * Writes the whole list for a single picture and leaves the stream open.
     *
     * @throws Mask2FormerException if the result is semantic
     */
    public static void write(Segmentation result, long imageId, String fileName, OutputStream out) throws IOException {
        ResultFormat.COCO.requireFits(result.task());
        out.write('[');
        writeSegments(out, imageId, fileName, result);
        out.write("]\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static void writeSegments(OutputStream out, long imageId, String fileName, Segmentation result)
            throws IOException {
        String separator = "";
        for (Segment segment : result.segments()) {
            out.write(separator.getBytes(StandardCharsets.US_ASCII));
            write(out, imageId, fileName, result.labels(), segment);
            separator = ",\n";
        }
    }

    private static void write(OutputStream out, long imageId, String fileName, Labels labels, Segment segment)
            throws IOException {
        try (JsonGenerator json = Json.generator(out, false)) {
            json.writeStartObject();
            json.writeNumberField("image_id", imageId);
            json.writeNumberField("category_id", labels.get(segment.labelId()).datasetId());
            Json.box(json, "bbox", segment.box());
            Json.number(json, "score", segment.score());
            Json.mask(json, "segmentation", segment.mask());
            Json.text(json, "file_name", fileName);
            json.writeEndObject();
        }
    }

    /**
     * Puts the file in its place.
     *
     * @throws Mask2FormerException if it cannot be written; nothing of it is left then
     */
    @Override
    public synchronized void close() {
        json.close();
    }
}
