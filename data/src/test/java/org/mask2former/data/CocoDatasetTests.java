package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.data.Drawn.row;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.PictureSize;

class CocoDatasetTests {
    /** Annotations stand before the pictures, pictures out of order, names beyond ASCII: all of that occurs. */
    private static final String INSTANCES = """
            {"info": {"note": "größer"},
             "annotations": [
              {"id": 1, "image_id": 20, "category_id": 7, "iscrowd": 0, "area": 7.5, "bbox": [0, 0, 3, 2.5],
               "segmentation": [[0, 0, 3, 0, 3, 2, 0, 2]]},
              {"id": 2, "image_id": 3, "category_id": 2, "segmentation": {"size": [3, 4], "counts": [0, 2, 10]}},
              {"id": 3, "image_id": 20, "category_id": 2, "iscrowd": 1,
               "segmentation": {"size": [3, 4], "counts": "039"}},
              {"id": 4, "image_id": 20, "category_id": 2, "segmentation": []},
              {"id": 5, "image_id": 99, "category_id": 2, "segmentation": []}],
             "images": [
              {"id": 20, "file_name": "sub/zwanzig-ä.png", "width": 4, "height": 3},
              {"id": 3, "file_name": "drei.png", "width": 4, "height": 3},
              {"id": 100, "file_name": "leer.png", "width": 4, "height": 3}],
             "categories": [{"id": 7, "name": "window"}, {"id": 2, "name": "car", "isthing": 1}]}
            """;

    private static final String PANOPTIC = """
            {"images": [{"id": "a", "file_name": "a.png", "width": 3, "height": 2}],
             "categories": [{"id": 10, "name": "car", "isthing": 1, "color": [255, 0, 0]},
                            {"id": 30, "name": "sky", "isthing": 0, "color": [0, 0, 255]}],
             "annotations": [{"image_id": "a", "file_name": "a.png", "segments_info": [
               {"id": 1, "category_id": 10, "iscrowd": 0, "area": 2},
               {"id": 70000, "category_id": 30, "area": 2},
               {"id": 2, "category_id": 10, "iscrowd": 1}]}]}
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void draw() {
        Drawn.text(folder.resolve("instances.json"), INSTANCES);
        Drawn.text(folder.resolve("panoptic.json"), PANOPTIC);
        Drawn.ids(folder.resolve("png/a.png"), row(1, 1, 70000), row(0, 2, 70000));
        Drawn.picture(folder.resolve("images/a.png"), 3, 2);
    }

    @Test
    void objectsAreReadInAllThreeFormsOfMasks() {
        Dataset data = instances("");

        assertThat(data.tasks()).containsExactly(Task.INSTANCE);
        assertThat(data.labels().list()).extracting(l -> l.name()).containsExactly("car", "window");
        assertThat(data.size()).isEqualTo(3);
        assertThat(data.get(0).id()).isEqualTo("3");
        assertThat(data.get(1).image()).isEqualTo(folder.resolve("images/sub/zwanzig-ä.png"));
        assertThat(data.get(1).size()).isEqualTo(new PictureSize(4, 3));

        Annotation.Instances twenty = data.get(1).instances();
        assertThat(twenty.segments()).hasSize(3);
        AnnotatedSegment polygon = twenty.segments().get(0);
        assertThat(polygon.labelId()).isEqualTo(1);
        assertThat(polygon.area()).isEqualTo(7.5);
        assertThat(polygon.box()).isEqualTo(new FloatBox(0, 0, 3, 2.5));
        assertThat(polygon.mask().area()).isEqualTo(6);
        AnnotatedSegment crowd = twenty.segments().get(1);
        assertThat(crowd.crowd()).isTrue();
        assertThat(crowd.mask().counts()).containsExactly(0, 3, 9);
        assertThat(twenty.segments().get(2).mask().isEmpty()).isTrue();

        AnnotatedSegment numbers = data.get(0).instances().segments().get(0);
        assertThat(numbers.mask().area()).isEqualTo(2);
        assertThat(numbers.area()).isEqualTo(2);
        assertThat(numbers.box()).isEqualTo(new FloatBox(0, 0, 1, 2));
        assertThat(data.get(2).instances().segments()).isEmpty();
    }

    @Test
    void aPartMayUseSomePicturesOnlyInTheOrderInWhichItNamesThem() {
        folder.resolve("images").toFile().mkdirs();
        String files = "images: images, annotations: instances.json, pictures: ";
        Dataset data = open("coco-instances", files + "[20, 3]", "");
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.get(0).id()).isEqualTo("20");
        assertThat(data.get(1).id()).isEqualTo("3");
        assertThatThrownBy(() -> open("coco-instances", files + "[20, 4]", ""))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(folder.resolve("data.yaml")
                        + ": parts.val.pictures: there is no picture '4'; the first one's name is '3'");
    }

    @Test
    void annotationsOfUnknownPicturesAreRemarked() {
        assertThat(instances("").remarks())
                .containsExactly(
                        folder.resolve("instances.json") + ": 1 annotation is of picture 99, which is not listed");
    }

    @Test
    void idsAndFilesThatAreThereTwiceAreRemarked() {
        replace("instances.json", INSTANCES, "{\"id\": 4, \"image_id\": 20", "{\"id\": 3, \"image_id\": 20");
        assertThat(instances("").remarks())
                .contains(folder.resolve("instances.json") + ": 1 annotation has the id of another, such as 3");
        replace("instances.json", INSTANCES, "leer.png", "drei.png");
        assertThat(instances("").remarks())
                .contains(folder.resolve("instances.json") + ": two pictures are the file drei.png");
        replace("instances.json", INSTANCES, "\"id\": 100,", "\"id\": 20,");
        Dataset data = instances("");
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.remarks())
                .contains(folder.resolve("instances.json") + ": two pictures have the id 20; leer.png is left out");
    }

    @Test
    void aSubsetOfTheClassesLeavesTheOthersOutIfToldSoAndIsRefusedElse() {
        String subset = "classes: [{name: window, id: 7}]\n";
        assertThat(instances(subset + "ignore_label: 2\n").get(1).instances().segments())
                .hasSize(1);
        assertThatThrownBy(() -> instances(subset).get(1).instances())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(folder.resolve("instances.json") + ": annotation 3 of picture 20: there is no category 2");
    }

    @Test
    void segmentsAreReadWithCrowdsAndVoid() {
        Dataset data = panoptic("");
        assertThat(data.tasks()).isEqualTo(Set.of(Task.values()));
        Annotation.Panoptic annotation = data.get(0).panoptic();
        assertThat(annotation.map().ids()).containsExactly(1, 1, 70000, 0, 2, 70000);
        assertThat(annotation.map().segments())
                .containsExactly(
                        new PanopticMap.Entry(1, 0, false, 2),
                        new PanopticMap.Entry(70000, 1, false, 2),
                        new PanopticMap.Entry(2, 0, true, 1));
        assertThat(annotation.segments().get(1).mask().decode()).containsExactly(0, 0, 1, 0, 0, 1);
        assertThat(data.get(0).semantic().map().labels())
                .containsExactly((short) 0, (short) 0, (short) 1, (short) -1, (short) 0, (short) 1);
        assertThat(data.get(0).instances().segments())
                .extracting(AnnotatedSegment::crowd)
                .containsExactly(false, true);
    }

    @Test
    void thingsThatOverlapComeFromTheInstancesFileBeside() {
        Drawn.text(folder.resolve("overlapping.json"), """
                {"images": [{"id": "a", "file_name": "a.png"}], "categories": [{"id": 10, "name": "car"}],
                 "annotations": [
                  {"id": 1, "image_id": "a", "category_id": 10, "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]},
                  {"id": 2, "image_id": "a", "category_id": 10, "segmentation": [[1, 0, 3, 0, 3, 2, 1, 2]]}]}
                """);
        Annotation.Instances things =
                panoptic(", instances: overlapping.json").get(0).instances();
        assertThat(things.segments()).hasSize(2);
        assertThat(things.segments()
                        .get(0)
                        .mask()
                        .intersectionArea(things.segments().get(1).mask()))
                .isEqualTo(2);
    }

    @Test
    void ignoredCategoriesBecomeVoid() {
        Dataset data = open(
                "coco-panoptic",
                "images: images, annotations: panoptic.json, masks: png",
                "classes: [{name: sky, id: 30, thing: false}]\nignore_label: [10]\n");
        assertThat(data.get(0).panoptic().map().ids()).containsExactly(0, 0, 70000, 0, 0, 70000);
    }

    @Test
    void contradictionsAreNamedWithFileAndPlace() {
        Dataset data = panoptic("");
        Drawn.ids(folder.resolve("png/a.png"), row(1, 1, 70000), row(0, 2, 9));
        fails(
                data,
                folder.resolve("png/a.png") + " has pixels of segment 9 at (2, 1), which "
                        + folder.resolve("panoptic.json") + " does not list");
        Drawn.ids(folder.resolve("png/a.png"), row(1, 1, 70000));
        fails(data, folder.resolve("png/a.png") + " is 3×1, but its picture a is 3×2");
        Drawn.text(folder.resolve("png/a.png"), "no picture");
        fails(data, folder.resolve("png/a.png") + " is not a PNG, which label maps must be");
        folder.resolve("png/a.png").toFile().delete();
        fails(data, "there is no file " + folder.resolve("png/a.png"));

        replace("panoptic.json", PANOPTIC, "\"id\": 2,", "\"id\": 1,");
        fails(panoptic(""), "segment 1 of picture a is there twice", true);
        replace("panoptic.json", PANOPTIC, "\"category_id\": 30", "\"category_id\": 31");
        fails(panoptic(""), "segment 70000 of picture a is of category 31, which does not exist", true);
        replace("panoptic.json", PANOPTIC, "\"image_id\": \"a\"", "\"image_id\": \"b\"");
        fails(panoptic(""), folder.resolve("panoptic.json") + ": picture a has no annotation; one is expected");
    }

    private void fails(Dataset data, String message) {
        assertThatThrownBy(() -> data.get(0).panoptic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(message);
    }

    private void fails(Dataset data, String message, boolean part) {
        if (part) {
            Drawn.ids(folder.resolve("png/a.png"), row(1, 1, 70000), row(0, 2, 70000));
        }
        assertThatThrownBy(() -> data.get(0).panoptic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aMaskOfAnotherSizeThanItsPictureIsRefused() {
        replace("instances.json", INSTANCES, "\"size\": [3, 4], \"counts\": [0", "\"size\": [4, 3], \"counts\": [0");
        assertThatThrownBy(() -> instances("").get(0).instances())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(folder.resolve("instances.json")
                        + ": annotation 2 of picture 3: its mask is 3×4, its picture 4×3");
    }

    @Test
    void filesThatAreNotCocosAreNamed() {
        Path file = folder.resolve("instances.json");
        Drawn.text(file, "[]");
        opens(file + " is not a COCO annotation file: a JSON object is expected");
        Drawn.text(file, "{\"images\": []}");
        opens(file + " is not a COCO annotation file: it has no list 'annotations'");
        Drawn.text(file, INSTANCES.substring(0, 300));
        opens(file + " is not JSON from line");
        file.toFile().delete();
        opens("there is no file " + file + "; say with --data-root where the files are");
    }

    private void opens(String message) {
        assertThatThrownBy(() -> instances(""))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(message);
    }

    private void replace(String name, String content, String old, String changed) {
        assertThat(content).contains(old);
        Drawn.text(folder.resolve(name), content.replace(old, changed));
    }

    private Dataset instances(String more) {
        folder.resolve("images").toFile().mkdirs();
        return open("coco-instances", "images: images, annotations: instances.json", more);
    }

    private Dataset panoptic(String more) {
        return open("coco-panoptic", "images: images, annotations: panoptic.json, masks: png" + more, "");
    }

    private Dataset open(String format, String files, String more) {
        String yaml = "format: " + format + "\nparts: {val: {" + files + "}}\n" + more;
        return Dataset.open(Drawn.text(folder.resolve("data.yaml"), yaml), "val", Optional.empty());
    }
}
