package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import org.mask2former.data.CocoEvaluator.Detection;
import org.mask2former.data.CocoEvaluator.Truth;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

class CocoEvaluatorTests {
    private static final double TOLERANCE = 1e-9;
    private static final Labels LABELS =
            new Labels(List.of(new Label(0, "cat", true, 0, 1), new Label(1, "dog", true, 0, 2)));

    private final CocoEvaluator<FloatBox> evaluator = CocoEvaluator.boxes(LABELS);

    @Test
    void whatIsFoundExactlyIsPerfect() {
        evaluator.add(0, List.of(truth(0, 10, 10, 20, 20)), List.of(detection(0, 0.3, 10, 10, 20, 20)));

        CocoReport report = evaluator.result();
        assertThat(report.get(CocoMetric.AP).orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(report.get(CocoMetric.AP_SMALL).orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(report.get(CocoMetric.AP_LARGE)).isEmpty();
        assertThat(report.get(CocoMetric.AR1)).hasValue(1);
        assertThat(report.classes().get(0).ap().orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(report.classes().get(1).ap()).isEmpty();
    }

    @Test
    void nothingToFindIsNotMeasured() {
        evaluator.add(0, List.of(), List.of(detection(0, 0.9, 0, 0, 5, 5)));
        assertThat(evaluator.result().get(CocoMetric.AP)).isEmpty();
    }

    @Test
    void nothingFoundIsZero() {
        evaluator.add(0, List.of(truth(0, 0, 0, 5, 5)), List.of());
        assertThat(evaluator.result().get(CocoMetric.AP)).hasValue(0);
        assertThat(evaluator.result().get(CocoMetric.AR100)).hasValue(0);
    }

    @Test
    void aDetectionOfWhatIsAlreadyFoundIsWrong() {
        // By rank: right, wrong, right. Precision is 1 up to recall 1/2 (51 points) and 2/3 to recall 1 (50 points).
        evaluator.add(
                0,
                List.of(truth(0, 0, 0, 10, 10), truth(0, 50, 50, 10, 10)),
                List.of(
                        detection(0, 0.9, 0, 0, 10, 10),
                        detection(0, 0.8, 0, 0, 10, 10),
                        detection(0, 0.7, 50, 50, 10, 10)));
        assertThat(evaluator.result().get(CocoMetric.AP50).orElseThrow())
                .isCloseTo((51 + 50 * 2.0 / 3) / 101, within(1e-12));
    }

    @Test
    void whatLiesInACrowdIsNeitherRightNorWrong() {
        Truth<FloatBox> crowd = new Truth<>(0, new FloatBox(100, 100, 50, 50), 2500, true);
        evaluator.add(
                0,
                List.of(crowd, truth(0, 0, 0, 10, 10)),
                List.of(
                        detection(0, 0.9, 110, 110, 10, 10),
                        detection(0, 0.8, 120, 120, 10, 10),
                        detection(0, 0.7, 0, 0, 10, 10)));
        assertThat(evaluator.result().get(CocoMetric.AP).orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(evaluator.result().classes().get(0).truths()).isEqualTo(1);
    }

    @Test
    void nothingIsLostBeyondAHundredDetectionsButWhatIsWorst() {
        List<Detection<FloatBox>> detections = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            detections.add(detection(0, 0.5, 500, 500, 10, 10));
        }
        detections.add(detection(0, 0.4, 0, 0, 10, 10));
        evaluator.add(0, List.of(truth(0, 0, 0, 10, 10)), detections);
        assertThat(evaluator.result().get(CocoMetric.AR100)).hasValue(0);
    }

    @Test
    void theOrderInWhichPicturesAreAddedDoesNotMatter() {
        for (long seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            List<Integer> pictures = new ArrayList<>();
            Map<Integer, List<Truth<FloatBox>>> truths = new HashMap<>();
            Map<Integer, List<Detection<FloatBox>>> detections = new HashMap<>();
            for (int p = 0; p < 20; p++) {
                pictures.add(p);
                List<Truth<FloatBox>> t = new ArrayList<>();
                List<Detection<FloatBox>> d = new ArrayList<>();
                for (int i = 0; i < random.nextInt(8); i++) {
                    int x = random.nextInt(200);
                    int label = random.nextInt(2);
                    t.add(truth(label, x, x, 30, 30));
                    // Few distinct scores: ties are frequent.
                    d.add(detection(label, random.nextInt(3) / 3.0, x + random.nextInt(12), x, 30, 30));
                }
                truths.put(p, t);
                detections.put(p, d);
            }
            CocoEvaluator<FloatBox> ordered = CocoEvaluator.boxes(LABELS);
            pictures.forEach(p -> ordered.add(p, truths.get(p), detections.get(p)));
            Collections.shuffle(pictures, random);
            CocoEvaluator<FloatBox> shuffled = CocoEvaluator.boxes(LABELS);
            pictures.forEach(p -> shuffled.add(p, truths.get(p), detections.get(p)));
            assertThat(shuffled.result().metrics())
                    .as("seed %d", seed)
                    .isEqualTo(ordered.result().metrics());
        }
    }

    @Test
    void aPictureIsAddedOnce() {
        evaluator.add(3, List.of(truth(0, 0, 0, 5, 5)), List.of());
        assertThatThrownBy(() -> evaluator.add(3, List.of(truth(0, 0, 0, 5, 5)), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pycocotoolsAgreesOnAllTwelveNumbersOfBoxes() throws IOException {
        Golden golden = Golden.read();
        CocoEvaluator<FloatBox> boxes = CocoEvaluator.boxes(golden.labels);
        golden.addTo(
                boxes,
                "instances_val2014_fakebbox100_results.json",
                (annotation, image) -> box(annotation),
                (region) -> region.area());
        golden.check(boxes.result(), "bbox");
    }

    @Test
    void pycocotoolsAgreesOnAllTwelveNumbersOfMasks() throws IOException {
        Golden golden = Golden.read();
        CocoEvaluator<MaskRegion> masks = CocoEvaluator.masks(golden.labels);
        golden.addTo(
                masks,
                "instances_val2014_fakesegm100_results.json",
                (annotation, image) -> MaskRegion.of(mask(annotation.get("segmentation"), image)),
                region -> region.mask().area());
        golden.check(masks.result(), "segm");
    }

    @Test
    void boundaryApIsAtMostMaskApAndPerfectForPerfectMasks() {
        CocoRle mask = CocoRle.ofPolygons(200, 200, List.of(new double[] {20, 20, 150, 30, 140, 160, 30, 150}));
        CocoRle dented = CocoRle.ofPolygons(200, 200, List.of(new double[] {26, 24, 144, 36, 136, 150, 34, 146}));
        CocoEvaluator<MaskRegion> perfect = CocoEvaluator.boundaries(LABELS);
        perfect.add(
                0,
                List.of(new Truth<>(0, MaskRegion.withRim(mask), mask.area(), false)),
                List.of(new Detection<>(0, 1, MaskRegion.withRim(mask), mask.area())));
        assertThat(perfect.result().get(CocoMetric.AP).orElseThrow()).isCloseTo(1, within(1e-12));

        MaskRegion truth = MaskRegion.withRim(mask);
        MaskRegion detection = MaskRegion.withRim(dented);
        assertThat(detection.boundaryIou(truth, false))
                .isLessThan(0.6)
                .isEqualTo(detection.rim().iou(truth.rim()))
                .isLessThan(detection.iou(truth, false));
        // A 200 × 200 picture: round(0.02 · 282.8) = 6 pixels. The rim of the rim's own pixels is what erosion leaves
        // over.
        assertThat(truth.rim().area()).isEqualTo(mask.area() - eroded(mask, 6));
    }

    private static long eroded(CocoRle mask, int d) {
        byte[] pixels = mask.decode();
        long left = 0;
        for (int y = d; y < mask.height() - d; y++) {
            for (int x = d; x < mask.width() - d; x++) {
                boolean inside = true;
                for (int i = 0; i < (2 * d + 1) * (2 * d + 1) && inside; i++) {
                    inside = pixels[(y - d + i / (2 * d + 1)) * mask.width() + x - d + i % (2 * d + 1)] != 0;
                }
                left += inside ? 1 : 0;
            }
        }
        return left;
    }

    private static CocoRle mask(JsonNode segmentation, JsonNode image) {
        int height = image.get("height").asInt();
        int width = image.get("width").asInt();
        if (segmentation.isArray()) {
            List<double[]> polygons = new ArrayList<>();
            for (JsonNode polygon : segmentation) {
                polygons.add(StreamSupport.stream(polygon.spliterator(), false)
                        .mapToDouble(JsonNode::asDouble)
                        .toArray());
            }
            return CocoRle.ofPolygons(height, width, polygons);
        }
        JsonNode counts = segmentation.get("counts");
        return counts.isTextual()
                ? CocoRle.parse(height, width, counts.asText())
                : new CocoRle(
                        height,
                        width,
                        StreamSupport.stream(counts.spliterator(), false)
                                .mapToInt(JsonNode::asInt)
                                .toArray());
    }

    private static FloatBox box(JsonNode annotation) {
        JsonNode b = annotation.get("bbox");
        return new FloatBox(
                b.get(0).asDouble(),
                b.get(1).asDouble(),
                b.get(2).asDouble(),
                b.get(3).asDouble());
    }

    /** The files whose AP is known. */
    private record Golden(Path folder, JsonNode truth, JsonNode expected, Labels labels, Map<Integer, Integer> ids) {
        private static final ObjectMapper JSON = new ObjectMapper();

        static Golden read() throws IOException {
            assumeThat(Fixtures.data("golden/ap")).as("shared/data/golden/ap").isPresent();
            Path folder = Fixtures.data("golden/ap").orElseThrow();
            JsonNode truth =
                    JSON.readTree(folder.resolve("instances_val2014_100.json").toFile());
            List<Label> list = new ArrayList<>();
            Map<Integer, Integer> ids = new HashMap<>();
            for (JsonNode category : truth.get("categories")) {
                ids.put(category.get("id").asInt(), list.size());
                list.add(new Label(
                        list.size(),
                        category.get("name").asText(),
                        true,
                        0,
                        category.get("id").asInt()));
            }
            return new Golden(
                    folder, truth, JSON.readTree(folder.resolve("expected.json").toFile()), new Labels(list), ids);
        }

        <R> void addTo(
                CocoEvaluator<R> evaluator,
                String results,
                BiFunction<JsonNode, JsonNode, R> region,
                ToDoubleFunction<R> area)
                throws IOException {
            Map<Long, JsonNode> images = new HashMap<>();
            Map<Long, List<Truth<R>>> truths = new HashMap<>();
            Map<Long, List<Detection<R>>> detections = new HashMap<>();
            truth.get("images").forEach(i -> images.put(i.get("id").asLong(), i));
            for (JsonNode a : truth.get("annotations")) {
                long image = a.get("image_id").asLong();
                truths.computeIfAbsent(image, k -> new ArrayList<>())
                        .add(new Truth<>(
                                ids.get(a.get("category_id").asInt()),
                                region.apply(a, images.get(image)),
                                a.get("area").asDouble(),
                                a.get("iscrowd").asInt() == 1));
            }
            for (JsonNode a : JSON.readTree(folder.resolve(results).toFile())) {
                long image = a.get("image_id").asLong();
                R found = region.apply(a, images.get(image));
                detections
                        .computeIfAbsent(image, k -> new ArrayList<>())
                        .add(new Detection<>(
                                ids.get(a.get("category_id").asInt()),
                                a.get("score").asDouble(),
                                found,
                                area.applyAsDouble(found)));
            }
            images.keySet()
                    .forEach(i ->
                            evaluator.add(i, truths.getOrDefault(i, List.of()), detections.getOrDefault(i, List.of())));
        }

        void check(CocoReport report, String kind) {
            for (CocoMetric metric : CocoMetric.values()) {
                assertThat(expected.get("order").get(metric.ordinal()).asText()).isEqualTo(metric.title());
                assertThat(report.get(metric).orElse(-1))
                        .as(metric.title())
                        .isCloseTo(expected.get(kind).get(metric.ordinal()).asDouble(), within(TOLERANCE));
            }
        }
    }

    private static Truth<FloatBox> truth(int label, int x, int y, int width, int height) {
        FloatBox box = new FloatBox(x, y, width, height);
        return new Truth<>(label, box, box.area(), false);
    }

    private static Detection<FloatBox> detection(int label, double score, int x, int y, int width, int height) {
        FloatBox box = new FloatBox(x, y, width, height);
        return new Detection<>(label, score, box, box.area());
    }
}
