package org.mask2former.serve;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.mask2former.result.Box;
import org.mask2former.result.Polygon;
import org.mask2former.result.Polygons;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;

/** What is predicted for a task, as Label Studio shows it to annotators; positions are percentages of the picture. */
final class LabelStudioResult {
    private static final double TOLERANCE = 1;

    private final LabelStudioConfig config;
    private final Segmentation result;

    private LabelStudioResult(LabelStudioConfig config, Segmentation result) {
        this.config = config;
        this.result = result;
    }

    /** Segments whose classes the project has; the others are left out. */
    static Map<String, Object> of(LabelStudioConfig config, Segmentation result, String modelVersion) {
        List<Map<String, Object>> regions = new ArrayList<>();
        LabelStudioResult maker = new LabelStudioResult(config, result);
        double sum = 0;
        int used = 0;
        for (Segment segment : result.segments()) {
            Optional<String> label = label(config, segment.label());
            if (label.isPresent() && segment.area() > 0) {
                regions.addAll(maker.regions(segment, label.get()));
                sum += segment.score();
                used++;
            }
        }
        Map<String, Object> prediction = new LinkedHashMap<>();
        prediction.put("result", regions);
        prediction.put("score", used == 0 ? 0 : round(sum / used, 1e4));
        prediction.put("model_version", modelVersion);
        return prediction;
    }

    /** By the whole name, or without what only the data set needs: "sky-other-merged" is "sky". */
    private static Optional<String> label(LabelStudioConfig config, String name) {
        String whole = name.toLowerCase(Locale.ROOT);
        String plain = whole.split(",", 2)[0]
                .strip()
                .replaceFirst("(-other)?(-merged)?$", "")
                .replaceFirst("-stuff$", "");
        return Optional.ofNullable(config.labels().get(whole))
                .or(() -> Optional.ofNullable(config.labels().get(plain)));
    }

    private List<Map<String, Object>> regions(Segment segment, String label) {
        return switch (config.kind()) {
            case BRUSH ->
                List.of(region(
                        segment,
                        segment.id() + "",
                        label,
                        Map.of("format", "rle", "rle", LabelStudioRle.encode(segment.mask()))));
            case RECTANGLE -> List.of(region(segment, segment.id() + "", label, box(segment.box())));
            case POLYGON -> polygons(segment, label);
        };
    }

    /** One region for each part; its polygons have no holes. */
    private List<Map<String, Object>> polygons(Segment segment, String label) {
        List<Map<String, Object>> regions = new ArrayList<>();
        for (Polygon polygon : Polygons.of(segment.mask(), TOLERANCE)) {
            List<double[]> points = new ArrayList<>();
            double[] ring = polygon.outer();
            for (int i = 0; i < ring.length; i += 2) {
                points.add(new double[] {percentX(ring[i]), percentY(ring[i + 1])});
            }
            String id = segment.id() + "-" + (regions.size() + 1);
            regions.add(region(segment, id, label, Map.of("points", points, "closed", true)));
        }
        return regions;
    }

    private Map<String, Object> box(Box box) {
        return Map.of(
                "x", percentX(box.x()),
                "y", percentY(box.y()),
                "width", percentX(box.width()),
                "height", percentY(box.height()),
                "rotation", 0);
    }

    private Map<String, Object> region(Segment segment, String id, String label, Map<String, Object> shape) {
        Map<String, Object> value = new LinkedHashMap<>(shape);
        value.put(config.kind().type(), List.of(label));
        Map<String, Object> region = new LinkedHashMap<>();
        region.put("id", "segment-" + id);
        region.put("from_name", config.control());
        region.put("to_name", config.picture());
        region.put("type", config.kind().type());
        region.put("original_width", result.picture().width());
        region.put("original_height", result.picture().height());
        region.put("image_rotation", 0);
        region.put("value", value);
        region.put("score", round(segment.score(), 1e4));
        return region;
    }

    private double percentX(double pixels) {
        return round(100 * pixels / result.picture().width(), 1e4);
    }

    private double percentY(double pixels) {
        return round(100 * pixels / result.picture().height(), 1e4);
    }

    private static double round(double value, double steps) {
        return Math.round(value * steps) / steps;
    }
}
