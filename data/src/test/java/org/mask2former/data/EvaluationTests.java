package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.EvaluationOptions.OnBadSample;
import org.mask2former.image.Image;
import org.mask2former.result.CocoRle;
import org.mask2former.result.InstanceSegmentation;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticSegmentation;

class EvaluationTests {
    private static final int PICTURES = 6;
    private static final Set<Task> ALL = Set.of(Task.values());

    @TempDir
    private Path folder;

    private Dataset data;

    /** Skies over roads, with two cars on each; the first car has a number, the second one too. */
    @BeforeEach
    void draw() {
        for (int i = 0; i < PICTURES; i++) {
            int width = 60 + i;
            int height = 40;
            int[][] labels = new int[height][width];
            int[][] numbers = new int[height][width];
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    boolean car = y >= 20 && y < 30 && (x >= 5 && x < 25 || x >= 30 + i && x < 50);
                    labels[y][x] = car ? 1 : y < 15 ? 0 : 2;
                    numbers[y][x] = car ? (x < 25 ? 1 : 2) : 0;
                }
            }
            Drawn.picture(at("pictures/" + i + ".png"), width, height);
            Drawn.grey(at("labels/" + i + ".png"), labels);
            Drawn.grey(at("numbers/" + i + ".png"), numbers);
        }
        String yaml = """
                name: streets
                format: folder
                parts: {val: {images: pictures, labels: labels, instances: numbers}}
                classes: [{name: sky, thing: false}, car, {name: road, thing: false}]
                """;
        data = Dataset.open(Drawn.text(at("data.yaml"), yaml), "val", Optional.empty());
    }

    @Test
    void theTruthItselfIsPerfectInAllThreeTasks() {
        List<Integer> progress = new ArrayList<>();
        EvaluationReport report = evaluate(ALL, truth(data, ALL), (done, total) -> progress.add(done));

        assertThat(report.pictures()).isEqualTo(PICTURES);
        assertThat(report.pq()).hasValue(1);
        assertThat(report.ap().orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(report.ap50().orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(report.miou()).hasValue(1);
        assertThat(report.instances().orElseThrow().boxes().get(CocoMetric.AP).orElseThrow())
                .isCloseTo(1, within(1e-12));
        assertThat(report.semantic().orElseThrow().pixelAccuracy()).isEqualTo(1);
        assertThat(report.instances().orElseThrow().confusion().get(1, 1)).isEqualTo(2 * PICTURES);
        assertThat(progress).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void theJsonHasOnTopWhatTheTasksGiveInPercent() {
        JsonNode all = evaluate(ALL, truth(data, ALL), Progress.NONE).toJson();
        assertThat(all.get("pq").asDouble()).isEqualTo(100);
        assertThat(all.get("ap").asDouble()).isCloseTo(100, within(1e-9));
        assertThat(all.get("ap50").asDouble()).isCloseTo(100, within(1e-9));
        assertThat(all.get("miou").asDouble()).isEqualTo(100);
        assertThat(all.get("panoptic").get("classes")).hasSize(3);
        assertThat(all.get("instance").get("masks").get("ap_large").isNull()).isTrue();
        assertThat(all.get("confusion_pixels").get("counts").get(3).get(3).asInt())
                .isZero();

        Set<Task> one = Set.of(Task.SEMANTIC);
        JsonNode semantic = evaluate(one, truth(data, one), Progress.NONE).toJson();
        assertThat(semantic.has("miou")).isTrue();
        assertThat(semantic.has("pq") || semantic.has("ap") || semantic.has("ap50"))
                .isFalse();
    }

    @Test
    void whatIsMissedCosts() {
        // The second car of every picture is taken for road.
        EvaluationReport report = evaluate(
                ALL,
                picture -> truth(data, ALL).segment(picture).stream()
                        .map(EvaluationTests::withoutSecondCar)
                        .toList(),
                Progress.NONE);

        PanopticQuality cars = report.panoptic().orElseThrow().classes().get(1).quality();
        assertThat(cars.truePositives()).isEqualTo(PICTURES);
        assertThat(cars.falseNegatives()).isEqualTo(PICTURES);
        assertThat(report.ap().orElseThrow()).isCloseTo(51.0 / 101, within(1e-9));
        assertThat(report.miou().orElseThrow()).isBetween(0.7, 0.95);
        assertThat(report.confusion().orElseThrow().get(1, 2)).isGreaterThan(800);
        assertThat(report.instances().orElseThrow().confusion().get(1, 3)).isEqualTo(PICTURES);
    }

    @Test
    void theWorstPicturesComeFirstAndTheirNumberIsBounded() {
        Evaluation.Segmenter truth = truth(data, Set.of(Task.PANOPTIC));
        // Picture 3 misses everything, picture 1 a car.
        Evaluation.Segmenter bad = picture -> switch (picture.width() - 60) {
            case 3 ->
                List.of(new PanopticSegmentation(
                        picture, data.labels(), new int[picture.width() * picture.height()], List.of()));
            case 1 -> List.of(withoutSecondCar(truth.segment(picture).get(0)));
            default -> truth.segment(picture);
        };
        EvaluationReport report = new Evaluation(
                        data, Set.of(Task.PANOPTIC), data.labels(), new EvaluationOptions(OnBadSample.FAIL, 3))
                .run(bad, Progress.NONE);

        assertThat(report.worst()).extracting(EvaluationReport.Worst::id).containsExactly("3", "1", "0");
        assertThat(report.worst().get(0).score()).isZero();
        assertThat(report.worst().get(0).drawn().width()).isEqualTo(3 * 63 + 2 * 8);
    }

    @Test
    void theClassesOfModelAndDataSetAreMatchedByName() {
        Labels model = new Labels(List.of(
                new Label(0, "Road", false, 0x112233, 0),
                new Label(1, "tree", false, 0x223344, 1),
                new Label(2, "car", true, 0x334455, 2),
                new Label(3, "sky", false, 0x445566, 3)));
        int[] renumbered = {3, 2, 0};
        EvaluationReport report = new Evaluation(data, ALL, model, EvaluationOptions.DEFAULT)
                .run(
                        picture -> truth(data, ALL).segment(picture).stream()
                                .map(s -> renumber(s, model, renumbered))
                                .toList(),
                        Progress.NONE);
        assertThat(report.pq()).hasValue(1);
        assertThat(report.miou()).hasValue(1);
        assertThat(report.ap().orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(report.remarks()).containsExactly("classes that the data set lacks, left out: tree");
    }

    @Test
    void aModelOfOtherClassesIsRefused() {
        Labels model = new Labels(List.of(new Label(0, "cat", true, 0, 0), new Label(1, "dog", true, 1, 1)));
        assertThatThrownBy(() -> new Evaluation(data, ALL, model, EvaluationOptions.DEFAULT))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("the model (cat, dog) has no class of the data set (sky, car, road)");
    }

    @Test
    void aTaskThatTheDataSetLacksIsRefused() {
        String yaml = "format: folder\nparts: {val: {images: pictures, labels: labels}}\nclasses: [a, b, c]\n";
        Dataset semantic = Dataset.open(Drawn.text(at("semantic.yaml"), yaml), "val", Optional.empty());
        assertThatThrownBy(() -> new Evaluation(semantic, ALL, semantic.labels(), EvaluationOptions.DEFAULT))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("is not annotated for the task");
    }

    @Test
    void aBadPictureEndsTheRunOrIsLeftOutAsAsked() {
        Drawn.text(at("pictures/2.png"), "not a picture");
        Drawn.grey(at("labels/4.png"), new int[7][7]);
        assertThatThrownBy(() -> evaluate(Set.of(Task.SEMANTIC), truth(data, Set.of(Task.SEMANTIC)), Progress.NONE))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(at("pictures/2.png").toString())
                .hasMessageContaining("--on-bad-sample skip");

        EvaluationReport report = new Evaluation(
                        data, Set.of(Task.SEMANTIC), data.labels(), new EvaluationOptions(OnBadSample.SKIP, 2))
                .run(truth(data, Set.of(Task.SEMANTIC)), Progress.NONE);
        assertThat(report.pictures()).isEqualTo(PICTURES - 2);
        assertThat(report.miou()).hasValue(1);
        assertThat(report.skipped())
                .hasSize(2)
                .anySatisfy(s -> assertThat(s).contains("pictures/2.png"))
                .anySatisfy(s -> assertThat(s).contains("is 7×7, the picture 64×40"));
        assertThat(report.toText()).contains("2 pictures were left out");
    }

    @Test
    void theFolderHoldsReportPlotsAndWorstPictures() throws IOException {
        EvaluationReport report = evaluate(
                ALL,
                picture -> truth(data, ALL).segment(picture).stream()
                        .map(EvaluationTests::withoutSecondCar)
                        .toList(),
                Progress.NONE);
        Path page = EvaluationPage.write(report, at("out"));
        try (Stream<Path> files = Files.walk(at("out"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(f -> at("out").relativize(f).toString()))
                    .contains("index.html", "report.json", "worst/01-0.png", "worst/06-5.png")
                    .hasSizeGreaterThanOrEqualTo(8);
        }
        if (Fonts.available()) {
            assertThat(Image.read(at("out/confusion.png")).width()).isGreaterThan(500);
            assertThat(List.of("pq", "ap", "pr", "iou"))
                    .allSatisfy(n -> assertThat(at("out/" + n + ".png")).exists());
        }
        assertThat(Files.readString(page)).contains("worst/01-0.png").contains("PQ");
        assertThat(JsonFiles.JSON.readTree(at("out/report.json").toFile()))
                .hasToString(report.toJson().toString());
    }

    @Test
    void cocosGoldenNumbersComeOutOfTheWholeDriver() throws IOException {
        assumeThat(Fixtures.data("golden/pq")).as("shared/data/golden/pq").isPresent();
        Path golden = Fixtures.data("golden/pq").orElseThrow();
        Path root = Fixtures.data("coco128").orElseThrow().getParent();
        Dataset coco = Dataset.open(Fixtures.root().resolve("recipes/data/coco128.yaml"), "val", Optional.of(root));
        CocoPanopticReader predictions = predictions(golden, root, coco);
        Set<Task> panoptic = Set.of(Task.PANOPTIC);
        // Pictures come in order, one at a time.
        int[] next = {0};
        EvaluationReport report = new Evaluation(coco, panoptic, coco.labels(), EvaluationOptions.DEFAULT)
                .run(
                        picture -> {
                            Sample sample = coco.get(next[0]++);
                            return List.of(TruthOverlay.result(
                                    picture,
                                    Annotation.Panoptic.of(predictions.read(sample.id(), sample.size())),
                                    coco.labels()));
                        },
                        Progress.NONE);
        double expected = JsonFiles.JSON
                .readTree(golden.resolve("expected.json").toFile())
                .get("All")
                .get("pq")
                .asDouble();
        assertThat(report.toJson().get("pq").asDouble()).isCloseTo(100 * expected, within(1e-9));
        assertThat(report.pq().orElseThrow()).isCloseTo(expected, within(1e-9));
    }

    /** The golden predictions have no list of pictures or categories of their own; the truth's serve. */
    private CocoPanopticReader predictions(Path golden, Path root, Dataset coco) throws IOException {
        JsonNode truth = JsonFiles.JSON.readTree(
                root.resolve("coco128/panoptic_val2017.json").toFile());
        JsonNode found =
                JsonFiles.JSON.readTree(golden.resolve("pred_val2017.json").toFile());
        Path file = Drawn.text(
                at("predictions.json"),
                JsonFiles.object()
                        .<ObjectNode>set("images", truth.get("images"))
                        .<ObjectNode>set("categories", truth.get("categories"))
                        .set("annotations", found.get("annotations"))
                        .toString());
        return new CocoPanopticReader(CocoJson.read(file), golden.resolve("pred_val2017"), coco.classes());
    }

    private EvaluationReport evaluate(Set<Task> tasks, Evaluation.Segmenter segmenter, Progress progress) {
        return new Evaluation(data, tasks, data.labels(), EvaluationOptions.DEFAULT).run(segmenter, progress);
    }

    /** A segmenter that knows the truth of every picture by its width. */
    private static Evaluation.Segmenter truth(Dataset data, Set<Task> tasks) {
        Map<Integer, Sample> byWidth = new HashMap<>();
        for (int i = 0; i < data.size(); i++) {
            byWidth.put(60 + i, data.get(i));
        }
        return picture -> tasks.stream()
                .map(t -> TruthOverlay.result(
                        picture, byWidth.get(picture.width()).annotation(t), data.labels()))
                .toList();
    }

    private static Segmentation withoutSecondCar(Segmentation result) {
        int width = result.picture().width();
        List<Segment> kept = new ArrayList<>();
        CocoRle gone = null;
        for (Segment segment : result.segments()) {
            if (segment.thing() && segment.box().x() >= 30) {
                gone = segment.mask();
            } else {
                kept.add(segment);
            }
        }
        if (result instanceof InstanceSegmentation) {
            return new InstanceSegmentation(result.picture(), result.labels(), kept);
        } else if (result instanceof PanopticSegmentation panoptic) {
            int[] ids = panoptic.idMap().clone();
            byte[] mask = gone == null ? new byte[ids.length] : gone.decode();
            for (int i = 0; i < ids.length; i++) {
                ids[i] = mask[i] != 0 ? PanopticSegmentation.VOID : ids[i];
            }
            return new PanopticSegmentation(result.picture(), result.labels(), ids, kept);
        }
        short[] classes = ((SemanticSegmentation) result).classMap().clone();
        for (int i = 0; i < classes.length; i++) {
            classes[i] = classes[i] == 1 && i % width >= 30 ? 2 : classes[i];
        }
        return new SemanticSegmentation(result.picture(), result.labels(), classes, result.segments());
    }

    private static Segmentation renumber(Segmentation result, Labels labels, int[] to) {
        List<Segment> segments = result.segments().stream()
                .map(s -> new Segment(s.id(), to[s.labelId()], "", s.thing(), s.score(), s.area(), s.box(), s.mask()))
                .toList();
        if (result instanceof InstanceSegmentation) {
            return new InstanceSegmentation(result.picture(), labels, segments);
        } else if (result instanceof PanopticSegmentation panoptic) {
            return new PanopticSegmentation(result.picture(), labels, panoptic.idMap(), segments);
        }
        short[] classes = ((SemanticSegmentation) result).classMap().clone();
        for (int i = 0; i < classes.length; i++) {
            classes[i] = (short) to[classes[i]];
        }
        return new SemanticSegmentation(result.picture(), labels, classes, segments);
    }

    private Path at(String path) {
        return folder.resolve(path);
    }
}
