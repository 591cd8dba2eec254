package org.mask2former.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.PictureSize;
import org.mask2former.result.CocoRle;

/** Reads the objects of one picture from a COCO instances file. */
final class CocoInstancesReader {
    private static final int NUMBERS_OF_A_TRIANGLE = 6;

    private final CocoJson json;
    private final ClassTable classes;

    CocoInstancesReader(CocoJson json, ClassTable classes) {
        this.json = json;
        this.classes = classes;
    }

    Annotation.Instances read(String picture, PictureSize size) {
        List<AnnotatedSegment> segments = new ArrayList<>();
        for (JsonNode node : json.annotations(picture)) {
            long id = node.path("id").asLong(segments.size() + 1L);
            try {
                AnnotatedSegment segment = segment(id, node, size);
                if (segment.labelId() != ClassMap.IGNORE) {
                    segments.add(segment);
                }
            } catch (Mask2FormerException e) {
                throw new Mask2FormerException(
                        json.file() + ": annotation " + id + " of picture " + picture + ": " + e.getMessage(), e);
            }
        }
        return new Annotation.Instances(size.width(), size.height(), segments);
    }

    private AnnotatedSegment segment(long id, JsonNode node, PictureSize size) {
        int category = node.path("category_id").asInt(-1);
        int label = classes.labelOf(category)
                .orElseThrow(() -> new Mask2FormerException("there is no category " + category));
        CocoRle mask = mask(node.path("segmentation"), size);
        JsonNode b = node.path("bbox");
        FloatBox box = b.size() == 4
                ? new FloatBox(
                        b.get(0).asDouble(),
                        b.get(1).asDouble(),
                        b.get(2).asDouble(),
                        b.get(3).asDouble())
                : AnnotatedSegment.box(mask);
        double area = node.path("area").isNumber() ? node.get("area").asDouble() : mask.area();
        return new AnnotatedSegment(id, label, node.path("iscrowd").asInt() == 1, mask, area, box);
    }

    /** COCO's three forms: polygons, compressed RLE, RLE as numbers. */
    static CocoRle mask(JsonNode segmentation, PictureSize size) {
        if (segmentation.isArray()) {
            List<double[]> polygons = new ArrayList<>();
            for (JsonNode polygon : segmentation) {
                double[] xy = new double[polygon.size()];
                for (int i = 0; i < xy.length; i++) {
                    xy[i] = polygon.get(i).asDouble();
                }
                // A line or a point has no inside; Detectron2 leaves it out as well.
                if (xy.length >= NUMBERS_OF_A_TRIANGLE && xy.length % 2 == 0) {
                    polygons.add(xy);
                }
            }
            return CocoRle.ofPolygons(size.height(), size.width(), polygons);
        }
        if (!segmentation.isObject()) {
            return CocoRle.empty(size.height(), size.width());
        }
        JsonNode written = segmentation.path("size");
        if (written.size() == 2
                && (written.get(0).asInt() != size.height() || written.get(1).asInt() != size.width())) {
            throw new Mask2FormerException("its mask is "
                    + new PictureSize(written.get(1).asInt(), written.get(0).asInt()) + ", its picture " + size);
        }
        JsonNode counts = segmentation.path("counts");
        if (counts.isTextual()) {
            return CocoRle.parse(size.height(), size.width(), counts.asText());
        }
        int[] runs = new int[counts.size()];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = counts.get(i).asInt();
        }
        return new CocoRle(size.height(), size.width(), runs);
    }
}
