package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.mask2former.data.Drawn.row;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.data.Finding.Kind;
import org.mask2former.image.Image;

class DatasetCheckTests {
    @TempDir
    private Path folder;

    @Test
    void aCleanSetHasNothingToComplainAbout() {
        Drawn.picture(at("pictures/a.png"), 4, 2);
        Drawn.grey(at("labels/a.png"), row(0, 0, 1, 1), row(255, 1, 1, 1));
        DatasetReport report =
                check("folder", "images: pictures, labels: labels", "classes: [{name: sky, thing: false}, car]");

        assertThat(report.findings()).isEmpty();
        assertThat(report.classes())
                .containsExactly(
                        new DatasetReport.OfClass("sky", false, 1, 0, 1, 2),
                        new DatasetReport.OfClass("car", true, 1, 0, 1, 5));
        assertThat(report.voidPixels()).isEqualTo(1);
        assertThat(report.toText())
                .startsWith("set val: 1 pictures, 2 segments, 0 crowds, 12.5 % void\n")
                .endsWith("nothing to complain about\n");
    }

    @Test
    void everythingThatIsWrongInAFolderIsFound() throws Exception {
        String classes = """
                classes:
                  - {name: sky, thing: false, color: "#111111"}
                  - {name: car, color: "#111111"}
                  - {name: car, color: "#222222"}
                """;
        Drawn.picture(at("pictures/good.png"), 2, 1);
        Files.copy(at("pictures/good.png"), at("pictures/twin.png"));
        Drawn.picture(at("pictures/large.png"), 3, 1);
        Drawn.picture(at("pictures/value.png"), 2, 2);
        Drawn.picture(at("pictures/unlabelled.png"), 2, 3);
        Drawn.picture(at("pictures/void.png"), 2, 4);
        Drawn.text(at("pictures/broken.png"), "this is no picture");
        for (String name : List.of("good", "twin", "large", "broken")) {
            Drawn.grey(at("labels/" + name + ".png"), row(0, 1));
        }
        Drawn.grey(at("labels/value.png"), row(0, 9), row(0, 1));
        Drawn.grey(at("labels/void.png"), row(255, 255), row(255, 255), row(255, 255), row(255, 255));
        Drawn.grey(at("labels/stray.png"), row(0, 1));

        DatasetReport report = check("folder", "images: pictures, labels: labels", classes);

        assertThat(messages(report, Kind.UNREADABLE_PICTURE))
                .singleElement()
                .asString()
                .contains(at("pictures/broken.png").toString());
        assertThat(messages(report, Kind.BAD_ANNOTATION))
                .hasSize(2)
                .anySatisfy(m -> assertThat(m).contains("labels/value.png has the value 9 at (1, 0)"))
                .anySatisfy(m -> assertThat(m).contains("there is no file " + at("labels/unlabelled.png")));
        assertThat(messages(report, Kind.SIZE))
                .containsExactly("the annotation of " + at("pictures/large.png") + " is 2×1, the picture 3×1");
        assertThat(messages(report, Kind.NO_ANNOTATION)).containsExactly(at("pictures/void.png") + " has no segments");
        assertThat(messages(report, Kind.COLLIDING_CLASSES))
                .containsExactly("'sky' and 'car' have one colour, #111111", "two classes are called 'car'");
        assertThat(messages(report, Kind.CLASS_WITHOUT_EXAMPLES)).containsExactly("'car' does not occur in val");
        assertThat(messages(report, Kind.DUPLICATE_PICTURE)).containsExactly("val twin is the same file as val good");
        assertThat(messages(report, Kind.STRAY)).singleElement().asString().contains("stray.png");
        assertThat(report.errors()).isEqualTo(4);
        assertThat(report.toText()).contains("error: sizes that disagree (1)\n");
    }

    @Test
    void everythingThatIsWrongInACocoFileIsFound() {
        Drawn.picture(at("images/a.png"), 40, 30);
        Drawn.picture(at("images/b.png"), 40, 31);
        Drawn.text(at("instances.json"), """
                {"categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "dog"}],
                 "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30},
                            {"id": 2, "file_name": "b.png", "width": 40, "height": 30},
                            {"id": 3, "file_name": "c.png", "width": 40, "height": 30}],
                 "annotations": [
                  {"id": 1, "image_id": 1, "category_id": 1, "segmentation": []},
                  {"id": 2, "image_id": 1, "category_id": 1, "area": 9999, "bbox": [5, 5, 10, 10],
                   "segmentation": [[5, 5, 15, 5, 15, 15, 5, 15]]},
                  {"id": 3, "image_id": 1, "category_id": 1, "bbox": [30, 20, 5, 5],
                   "segmentation": [[5, 5, 15, 5, 15, 15, 5, 15]]},
                  {"id": 4, "image_id": 3, "category_id": 4, "segmentation": [[5, 5, 15, 5, 15, 15, 5, 15]]}]}
                """);
        DatasetReport report = check("coco-instances", "images: images, annotations: instances.json", "");

        assertThat(messages(report, Kind.EMPTY_MASK))
                .containsExactly("object 1 of " + at("images/a.png") + " has no pixels");
        assertThat(messages(report, Kind.AREA))
                .hasSize(2)
                .anySatisfy(m -> assertThat(m).contains("object 2").contains("9999.0 pixels and has 100"))
                .anySatisfy(m -> assertThat(m).contains("object 3").contains("is said to be in"));
        assertThat(messages(report, Kind.DUPLICATE_SEGMENT)).hasSize(1);
        assertThat(messages(report, Kind.SIZE))
                .containsExactly(at("images/b.png") + " is 40×31, but its data set says 40×30");
        assertThat(messages(report, Kind.NO_ANNOTATION)).containsExactly(at("images/b.png") + " has no objects");
        assertThat(messages(report, Kind.UNREADABLE_PICTURE))
                .singleElement()
                .asString()
                .contains("c.png");
        assertThat(messages(report, Kind.BAD_ANNOTATION))
                .containsExactly(at("instances.json") + ": annotation 4 of picture 3: there is no category 4");
    }

    @Test
    void aPictureInTwoPartsIsFound() throws Exception {
        Drawn.picture(at("train/a.png"), 2, 1);
        Drawn.grey(at("labels/a.png"), row(0, 1));
        Drawn.grey(at("labels/b.png"), row(0, 1));
        Files.createDirectories(at("val"));
        Files.copy(at("train/a.png"), at("val/b.png"));
        String yaml = "format: folder\nclasses: [sky, car]\nparts: {train: {images: train, labels: labels}, "
                + "val: {images: val, labels: labels}}\n";
        DatasetConfig config = DatasetConfig.read(Drawn.text(at("data.yaml"), yaml));
        List<int[]> steps = new ArrayList<>();
        List<DatasetReport> reports = DatasetCheck.check(
                List.of(Dataset.open(config, "train", Optional.empty()), Dataset.open(config, "val", Optional.empty())),
                (done, total) -> steps.add(new int[] {done, total}));
        assertThat(messages(reports.get(1), Kind.DUPLICATE_PICTURE))
                .containsExactly("val b is the same file as train a");
        assertThat(steps).hasSize(2).last().isEqualTo(new int[] {2, 2});
    }

    @Test
    void thePageShowsEveryPictureOfASmallSet() throws Exception {
        for (int i = 0; i < 14; i++) {
            Drawn.picture(at("pictures/" + i + ".png"), 30 + i, 20);
            Drawn.grey(at("labels/" + i + ".png"), new int[20][30 + i]);
        }
        Drawn.text(at("pictures/broken.png"), "<no picture>");
        Dataset data = open("folder", "images: pictures, labels: labels", "classes: [\"a <b> & c\", car]");
        List<DatasetReport> reports = DatasetCheck.check(List.of(data), Progress.NONE);

        Path page = new DatasetPage(at("page"), 24).write(List.of(data), reports);

        assertThat(page).hasFileName("index.html");
        assertThat(Files.readString(page))
                .contains("a &lt;b&gt; &amp; c")
                .contains("val-1.png")
                .contains("val-2.png")
                .doesNotContain("val-3.png");
        assertThat(Image.size(at("page/val-1.png")).width()).isGreaterThan(1600);
        assertThat(Image.size(at("page/val-2.png")).height()).isLessThan(600);
        assertThat(JsonFiles.JSON
                        .readTree(at("page/report.json").toFile())
                        .get(0)
                        .get("errors")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void theRealSetsAreSoundButForWhatIsKnown() {
        assumeThat(Fixtures.data("facade"))
                .as("shared/data/facade beside the project")
                .isPresent();
        Path root = Fixtures.data("facade").orElseThrow().getParent();
        for (String name : List.of("facade", "nuclei", "coco128")) {
            Dataset val =
                    Dataset.open(Fixtures.root().resolve("recipes/data/" + name + ".yaml"), "val", Optional.of(root));
            DatasetReport report =
                    DatasetCheck.check(List.of(val), Progress.NONE).get(0);
            assertThat(report.errors()).as(report.toText()).isZero();
        }
    }

    private static List<String> messages(DatasetReport report, Kind kind) {
        return report.byKind().getOrDefault(kind, List.of()).stream()
                .map(Finding::message)
                .toList();
    }

    private Path at(String path) {
        return folder.resolve(path);
    }

    private DatasetReport check(String format, String files, String more) {
        return DatasetCheck.check(List.of(open(format, files, more)), Progress.NONE)
                .get(0);
    }

    private Dataset open(String format, String files, String more) {
        String yaml = "name: set\nformat: " + format + "\nparts: {val: {" + files + "}}\n" + more + "\n";
        return Dataset.open(Drawn.text(at("data.yaml"), yaml), "val", Optional.empty());
    }
}
