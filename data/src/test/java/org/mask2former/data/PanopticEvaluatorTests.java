package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.data.PanopticMap.Entry;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

class PanopticEvaluatorTests {
    private static final double TOLERANCE = 1e-9;
    /** Two things and a stuff. */
    private static final Labels LABELS = new Labels(List.of(
            new Label(0, "cat", true, 0xff0000, 1),
            new Label(1, "dog", true, 0x00ff00, 2),
            new Label(2, "grass", false, 0x0000ff, 3)));

    private final PanopticEvaluator evaluator = new PanopticEvaluator(LABELS);

    @Test
    void whatIsFoundExactlyIsPerfect() {
        PanopticMap map = map("11122", cat(1), grass(2));

        evaluator.add(map, map);

        assertThat(evaluator.result().all()).isEqualTo(new PanopticReport.Mean(1, 1, 1, 2));
        assertThat(evaluator.result().things()).isEqualTo(new PanopticReport.Mean(1, 1, 1, 1));
        assertThat(evaluator.result().stuff()).isEqualTo(new PanopticReport.Mean(1, 1, 1, 1));
    }

    @Test
    void anOverlapOfExactlyHalfIsNoMatch() {
        evaluator.add(map("110", cat(1)), map("100", cat(1)));
        assertThat(quality(0)).isEqualTo(new PanopticQuality(0, 1, 1, 0));
    }

    @Test
    void voidBelowAPredictionDoesNotCountAgainstIt() {
        // 3 pixels in common, 2 of the prediction on void, 1 of the truth missed.
        evaluator.add(map("111100", cat(1)), map("011111", cat(1)));
        assertThat(quality(0)).isEqualTo(new PanopticQuality(1, 0, 0, 3.0 / 4));
    }

    @Test
    void aPredictionMostlyOnVoidIsNoMistakeAndOneHalfOnVoidIs() {
        evaluator.add(map("20000", grass(2)), map("11111", cat(1)));
        assertThat(quality(0)).isEqualTo(PanopticQuality.NOTHING);

        evaluator.add(map("2200", grass(2)), map("1111", cat(1)));
        assertThat(quality(0)).isEqualTo(new PanopticQuality(0, 1, 0, 0));
    }

    @Test
    void aPredictionMostlyOnACrowdOfItsClassIsNoMistakeButOfAnotherClassIs() {
        PanopticMap truth = map("1112", crowd(1, 0), grass(2));

        evaluator.add(truth, map("3334", cat(3), grass(4)));
        assertThat(quality(0)).isEqualTo(PanopticQuality.NOTHING);

        evaluator.add(truth, map("3334", dog(3), grass(4)));
        assertThat(quality(1)).isEqualTo(new PanopticQuality(0, 1, 0, 0));
    }

    @Test
    void ofSeveralCrowdsOfAClassTheLastStandsForAll() {
        PanopticMap truth = map("11120", crowd(1, 0), crowd(2, 0));
        evaluator.add(truth, map("33300", cat(3)));
        assertThat(quality(0)).isEqualTo(new PanopticQuality(0, 1, 0, 0));
    }

    @Test
    void aClassThatNeverOccursIsLeftOutOfTheMean() {
        evaluator.add(map("1110", cat(1)), map("1110", cat(1)));
        assertThat(evaluator.result().all().classes()).isEqualTo(1);
        assertThat(evaluator.result().stuff()).isEqualTo(new PanopticReport.Mean(0, 0, 0, 0));
    }

    @Test
    void anEmptyPredictionMissesEverything() {
        evaluator.add(map("1122", cat(1), grass(2)), map("0000"));
        assertThat(evaluator.result().all()).isEqualTo(new PanopticReport.Mean(0, 0, 0, 2));
    }

    @Test
    void aPredictionThatContradictsItselfIsRefused() {
        PanopticMap truth = map("1100", cat(1));
        assertThatThrownBy(() -> evaluator.add(truth, map("1170", cat(1))))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("the predicted map has pixels of segment 7, which is not listed");
        assertThatThrownBy(() -> evaluator.add(truth, map("1100", cat(1), cat(5))))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("predicted segment 5 has no pixels in its map");
        assertThatThrownBy(() -> evaluator.add(truth, map("110", cat(1))))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("one size");
        assertThat(evaluator.result().all().classes()).isZero();
    }

    @Test
    void cocosPanopticApiAgreesOnEveryNumber() throws IOException {
        assumeThat(Fixtures.data("golden/pq")).as("shared/data/golden/pq").isPresent();
        Path golden = Fixtures.data("golden/pq").orElseThrow();
        Path coco = Fixtures.data("coco128").orElseThrow();
        ObjectMapper json = new ObjectMapper();
        JsonNode truth = json.readTree(coco.resolve("panoptic_val2017.json").toFile());
        JsonNode predicted = json.readTree(golden.resolve("pred_val2017.json").toFile());
        JsonNode expected = json.readTree(golden.resolve("expected.json").toFile());
        List<Label> list = new ArrayList<>();
        Map<Integer, Integer> ids = new HashMap<>();
        for (JsonNode category : truth.get("categories")) {
            int id = category.get("id").asInt();
            ids.put(id, list.size());
            list.add(new Label(
                    list.size(),
                    category.get("name").asText(),
                    category.get("isthing").asInt() == 1,
                    0,
                    id));
        }
        PanopticEvaluator all = new PanopticEvaluator(new Labels(list));
        Map<String, JsonNode> predictions = new HashMap<>();
        predicted
                .get("annotations")
                .forEach(a -> predictions.put(a.get("image_id").asText(), a));
        for (JsonNode annotation : truth.get("annotations")) {
            all.add(
                    read(coco.resolve("panoptic_val2017"), annotation, ids),
                    read(
                            golden.resolve("pred_val2017"),
                            predictions.get(annotation.get("image_id").asText()),
                            ids));
        }

        PanopticReport report = all.result();
        assertMean(report.all(), expected.get("All"));
        assertMean(report.things(), expected.get("Things"));
        assertMean(report.stuff(), expected.get("Stuff"));
        int classes = 0;
        for (Label label : list) {
            PanopticQuality quality = report.classes().get(label.id()).quality();
            String id = Integer.toString(label.datasetId());
            JsonNode counts = expected.get("counts").get(id);
            assertThat(quality.truePositives()).isEqualTo(counts.get("tp").asLong());
            assertThat(quality.falsePositives()).isEqualTo(counts.get("fp").asLong());
            assertThat(quality.falseNegatives()).isEqualTo(counts.get("fn").asLong());
            assertThat(quality.iou()).isCloseTo(counts.get("iou").asDouble(), within(TOLERANCE));
            JsonNode measures = expected.get("per_class").get(id);
            if (measures != null) {
                assertThat(quality.pq()).isCloseTo(measures.get("pq").asDouble(), within(TOLERANCE));
                assertThat(quality.sq()).isCloseTo(measures.get("sq").asDouble(), within(TOLERANCE));
                assertThat(quality.rq()).isCloseTo(measures.get("rq").asDouble(), within(TOLERANCE));
                classes++;
            }
        }
        assertThat(classes).isEqualTo(expected.get("per_class").size()).isGreaterThan(100);
    }

    private static void assertMean(PanopticReport.Mean mean, JsonNode expected) {
        assertThat(mean.pq()).isCloseTo(expected.get("pq").asDouble(), within(TOLERANCE));
        assertThat(mean.sq()).isCloseTo(expected.get("sq").asDouble(), within(TOLERANCE));
        assertThat(mean.rq()).isCloseTo(expected.get("rq").asDouble(), within(TOLERANCE));
        assertThat(mean.classes()).isEqualTo(expected.get("n").asInt());
    }

    private static PanopticMap read(Path folder, JsonNode annotation, Map<Integer, Integer> labelIds)
            throws IOException {
        BufferedImage png = ImageIO.read(
                folder.resolve(annotation.get("file_name").asText()).toFile());
        int[] ids = png.getRGB(0, 0, png.getWidth(), png.getHeight(), null, 0, png.getWidth());
        Map<Integer, Long> areas = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (ids[i] >> 16 & 255) | (ids[i] & 0xff00) | (ids[i] & 255) << 16;
            areas.merge(ids[i], 1L, Long::sum);
        }
        List<Entry> entries = new ArrayList<>();
        for (JsonNode segment : annotation.get("segments_info")) {
            int id = segment.get("id").asInt();
            entries.add(new Entry(
                    id,
                    labelIds.get(segment.get("category_id").asInt()),
                    segment.path("iscrowd").asInt() == 1,
                    areas.get(id)));
        }
        return new PanopticMap(png.getWidth(), png.getHeight(), ids, entries);
    }

    private PanopticQuality quality(int label) {
        return evaluator.result().classes().get(label).quality();
    }

    private static Entry cat(int id) {
        return new Entry(id, 0, false, -1);
    }

    private static Entry dog(int id) {
        return new Entry(id, 1, false, -1);
    }

    private static Entry grass(int id) {
        return new Entry(id, 2, false, -1);
    }

    private static Entry crowd(int id, int label) {
        return new Entry(id, label, true, -1);
    }

    /** One row of pixels, a digit each. */
    private static PanopticMap map(String row, Entry... entries) {
        int[] ids = row.chars().map(c -> c - '0').toArray();
        List<Entry> counted = new ArrayList<>();
        for (Entry entry : entries) {
            long area = row.chars().filter(c -> c - '0' == entry.id()).count();
            counted.add(new Entry(entry.id(), entry.labelId(), entry.crowd(), area));
        }
        return new PanopticMap(ids.length, 1, ids, counted);
    }
}
