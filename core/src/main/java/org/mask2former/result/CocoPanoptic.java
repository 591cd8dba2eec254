package org.mask2former.result;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;

/**
 * Writes panoptic results of many pictures in COCO's form, which panopticapi reads: a PNG for each picture whose pixels
 * are {@code R + 256 G + 65536 B} = the segment's id, 0 for void, and one JSON with {@code annotations}, {@code images}
 * and {@code categories} for all of them. The JSON is written as pictures are added and appears when this is closed; it then
 * holds all that were added, also if something else failed in between. Safe to share between threads.
 */
public final class CocoPanoptic implements Closeable {
    private static final int MAX_ID = 0xffffff;

    private record Picture(long id, String fileName, int width, int height) {}

    private final Path jsonFile;
    private final StreamedJson json;
    private final List<Picture> pictures = new ArrayList<>();
    private Optional<Labels> labels = Optional.empty();

    private CocoPanoptic(Path jsonFile) {
        this.jsonFile = jsonFile;
        json = new StreamedJson(jsonFile, "{\"annotations\": [", this::writeRest);
    }

    /**
     * Begins a file of results; it is complete when this is closed.
     *
     * @param jsonFile where the JSON goes; the PNGs go beside it
     * @throws Mask2FormerException if the file cannot be written
     */
    public static CocoPanoptic create(Path jsonFile) {
        return new CocoPanoptic(jsonFile);
    }

    /** The segments' ids as colours. */
    public static Image encode(PanopticSegmentation result) {
        int[] ids = result.idMap();
        byte[] rgb = new byte[3 * ids.length];
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] > MAX_ID) {
                throw new Mask2FormerException("a panoptic PNG holds ids from 0 to " + MAX_ID + ", not " + ids[i]);
            }
            rgb[3 * i] = (byte) ids[i];
            rgb[3 * i + 1] = (byte) (ids[i] >> 8);
            rgb[3 * i + 2] = (byte) (ids[i] >> 16);
        }
        return Image.ofRgb(result.picture().width(), result.picture().height(), rgb);
    }

    /**
     * Writes a picture's PNG and adds its segments to the JSON.
     *
     * @param imageId the picture's id in its data set: see {@link CocoImageIds}
     * @param fileName the picture's file name
     * @param pngName the file name of the PNG
     * @throws Mask2FormerException if one of the files cannot be written
     */
    public void add(long imageId, String fileName, String pngName, PanopticSegmentation result) {
        encode(result).write(jsonFile.resolveSibling(pngName));
        annotate(imageId, fileName, pngName, result);
    }

    private synchronized void annotate(long imageId, String fileName, String pngName, PanopticSegmentation result) {
        json.add(out -> writeAnnotation(out, imageId, pngName, result));
        pictures.add(new Picture(
                imageId, fileName, result.picture().width(), result.picture().height()));
        labels = Optional.of(result.labels());
    }

    private static void writeAnnotation(OutputStream out, long imageId, String pngName, PanopticSegmentation result)
            throws IOException {
        try (JsonGenerator json = Json.generator(out, false)) {
            json.writeStartObject();
            json.writeNumberField("image_id", imageId);
            Json.text(json, "file_name", pngName);
            json.writeArrayFieldStart("segments_info");
            for (Segment segment : result.segments()) {
                json.writeStartObject();
                json.writeNumberField("id", segment.id());
                json.writeNumberField(
                        "category_id", result.labels().get(segment.labelId()).datasetId());
                json.writeNumberField("area", segment.area());
                Json.box(json, "bbox", segment.box());
                json.writeNumberField("iscrowd", 0);
                json.writeBooleanField("isthing", segment.thing());
                Json.number(json, "score", segment.score());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /** Ends the annotations and writes the pictures and categories. */
    private void writeRest(OutputStream out) throws IOException {
        try (JsonGenerator json = Json.generator(out, false)) {
            json.writeRaw("\n],\n\"images\": ");
            json.writeStartArray();
            for (Picture picture : pictures) {
                json.writeStartObject();
                json.writeNumberField("id", picture.id());
                Json.text(json, "file_name", picture.fileName());
                json.writeNumberField("width", picture.width());
                json.writeNumberField("height", picture.height());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        try (JsonGenerator json = Json.generator(out, false)) {
            json.writeRaw(",\n\"categories\": ");
            json.writeStartArray();
            for (Label label : labels.map(Labels::list).orElse(List.of())) {
                json.writeStartObject();
                json.writeNumberField("id", label.datasetId());
                Json.text(json, "name", label.name());
                json.writeNumberField("isthing", label.thing() ? 1 : 0);
                json.writeFieldName("color");
                json.writeArray(new int[] {label.rgb() >> 16, label.rgb() >> 8 & 0xff, label.rgb() & 0xff}, 0, 3);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeRaw("}\n");
        }
    }

    /** Leaves nothing of the JSON. */
    synchronized void abandon() throws IOException {
        json.abandon();
    }

    /**
     * Puts the JSON in its place.
     *
     * @throws Mask2FormerException if it cannot be written; nothing of it is left then
     */
    @Override
    public synchronized void close() {
        json.close();
    }
}
