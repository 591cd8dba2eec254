package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.data.Drawn.row;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.PanopticMap.Entry;
import org.mask2former.image.PictureSize;

class LabelMapDatasetTests {
    private static final String CLASSES = """
            classes:
              - {name: sky, thing: false, color: "#0000ff"}
              - {name: car, color: "#ff0000"}
              - {name: road, thing: false, color: "#808080"}
            """;

    @TempDir
    private Path folder;

    @Test
    void aFolderOfLabelMapsGivesClasses() {
        Drawn.picture(at("pictures/deep/a.jpg"), 3, 2);
        Drawn.picture(at("pictures/b.png"), 3, 1);
        Drawn.grey(at("labels/deep/a.png"), row(0, 1, 1), row(255, 2, 2));
        Drawn.indexed(at("labels/b.png"), row(2, 0, 255));
        Dataset data = open("folder", "images: pictures, labels: labels", CLASSES);

        assertThat(data.tasks()).containsExactly(Task.SEMANTIC);
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.get(0).id()).isEqualTo("b");
        assertThat(data.get(0).semantic().map().labels()).containsExactly((short) 2, (short) 0, ClassMap.IGNORE);
        assertThat(data.get(1).id()).isEqualTo("deep/a");
        assertThat(data.get(1).size()).isEqualTo(new PictureSize(3, 2));
        Annotation.Semantic a = data.get(1).semantic();
        assertThat(a.segments()).extracting(AnnotatedSegment::labelId).containsExactly(0, 1, 2);
        assertThat(a.segments()).extracting(AnnotatedSegment::area).containsExactly(1.0, 2.0, 2.0);
    }

    @Test
    void instanceNumbersMakeThingsAndAThingWithoutOneIsACrowd() {
        Drawn.picture(at("pictures/a.jpg"), 4, 2);
        Drawn.grey(at("labels/a.png"), row(1, 1, 1, 1), row(0, 0, 255, 2));
        Drawn.grey16(at("numbers/a.png"), row(300, 300, 4, 0), row(0, 9, 0, 0));
        Dataset data = open("folder", "images: pictures, labels: labels, instances: numbers", CLASSES);

        assertThat(data.tasks()).isEqualTo(Set.of(Task.values()));
        PanopticMap map = data.get(0).panoptic().map();
        assertThat(map.ids()).containsExactly(1, 1, 2, 3, 4, 4, 0, 5);
        assertThat(map.segments())
                .containsExactly(
                        new Entry(1, 1, false, 2),
                        new Entry(2, 1, false, 1),
                        new Entry(3, 1, true, 1),
                        new Entry(4, 0, false, 2),
                        new Entry(5, 2, false, 1));
        assertThat(data.get(0).instances().segments()).hasSize(3);
    }

    @Test
    void coloursNameClasses() {
        Drawn.picture(at("pictures/a.jpg"), 3, 1);
        Drawn.rgb(at("labels/a.png"), row(0xff0000, 0x808080, 0));
        Dataset data = open("folder", "images: pictures, labels: labels", CLASSES + "ignore_label: \"#000000\"\n");
        assertThat(data.get(0).semantic().map().labels()).containsExactly((short) 1, (short) 2, ClassMap.IGNORE);
    }

    @Test
    void aColourThatIsNoClassOrOfTwoClassesIsRefused() {
        Drawn.picture(at("pictures/a.jpg"), 3, 1);
        Path labels = Drawn.rgb(at("labels/a.png"), row(0xff0000, 0x123456, 0x0000ff));
        assertThatThrownBy(() -> open("folder", "images: pictures, labels: labels", CLASSES)
                        .get(0)
                        .semantic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(labels + " has the colour #123456 at (1, 0), which is no class of the data set: list it "
                        + "under 'classes' or 'ignore_label'");
        assertThatThrownBy(
                        () -> open("folder", "images: pictures, labels: labels", CLASSES.replace("#808080", "#ff0000"))
                                .get(0)
                                .semantic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("is of both 'car' and 'road'");
    }

    @Test
    void aValueOutsideTheTableIsRefused() {
        Drawn.picture(at("pictures/a.jpg"), 3, 1);
        Path labels = Drawn.grey(at("labels/a.png"), row(1, 7, 255));
        Dataset data = open("folder", "images: pictures, labels: labels", CLASSES);
        assertThatThrownBy(() -> data.get(0).semantic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(labels + " has the value 7 at (1, 0), which is no class of the data set: list it under "
                        + "'classes' or 'ignore_label'");
    }

    @Test
    void reducedLabelsAreOneLessAndZeroIsLeftOut() {
        Drawn.picture(at("pictures/a.jpg"), 4, 1);
        Drawn.grey(at("labels/a.png"), row(0, 1, 3, 255));
        Dataset data = open("folder", "images: pictures, labels: labels", CLASSES + "reduce_labels: true\n");
        assertThat(data.get(0).semantic().map().labels())
                .containsExactly(ClassMap.IGNORE, (short) 0, (short) 2, ClassMap.IGNORE);
    }

    @Test
    void labelAndInstanceMapsMustAgreeInSize() {
        Drawn.picture(at("pictures/a.jpg"), 3, 1);
        Drawn.grey(at("labels/a.png"), row(1, 1, 1));
        Drawn.grey(at("numbers/a.png"), row(1, 1));
        Dataset data = open("folder", "images: pictures, labels: labels, instances: numbers", CLASSES);
        assertThatThrownBy(() -> data.get(0).panoptic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(at("numbers/a.png") + " is 2×1, but " + at("labels/a.png") + " is 3×1");
    }

    @Test
    void labelMapsWithoutAPictureAreRemarkedAndAPictureWithoutOneFailsAlone() {
        Drawn.picture(at("pictures/a.jpg"), 3, 1);
        Drawn.picture(at("pictures/b.jpg"), 3, 1);
        Drawn.grey(at("labels/a.png"), row(1, 1, 1));
        Drawn.grey(at("labels/c.png"), row(1, 1, 1));
        Dataset data = open("folder", "images: pictures, labels: labels", CLASSES);
        assertThat(data.remarks())
                .containsExactly("1 file in " + at("labels") + " belongs to no picture of this part: c.png");
        assertThat(data.get(0).semantic().segments()).hasSize(1);
        assertThatThrownBy(() -> data.get(1).semantic())
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("there is no file " + at("labels/b.png"));
    }

    @Test
    void cityscapesNumbersHoldClassAndInstance() {
        Drawn.picture(at("leftImg8bit/val/bonn/bonn_1_leftImg8bit.png"), 6, 1);
        // Road, two cars, a group of cars, a licence plate (not measured), sky.
        Drawn.grey16(at("gtFine/val/bonn/bonn_1_gtFine_instanceIds.png"), row(7, 26000, 26001, 26, 34 - 34, 23));
        Dataset data = open("cityscapes", "", "");

        assertThat(data.get(0).id()).isEqualTo("bonn/bonn_1");
        PanopticMap map = data.get(0).panoptic().map();
        assertThat(map.ids()).containsExactly(1, 2, 3, 4, 0, 5);
        assertThat(map.segments()).extracting(Entry::crowd).containsExactly(false, false, false, true, false);
        assertThat(map.segments())
                .extracting(e -> data.labels().get(e.labelId()).name())
                .containsExactly("road", "car", "car", "car", "sky");
        assertThat(data.get(0).semantic().segments()).hasSize(3);
    }

    @Test
    void ade20kTakesThingsFromTheInstanceMap() {
        Drawn.picture(at("images/validation/a.jpg"), 5, 1);
        // Other, wall (1), bed (8, the first thing), bed that no instance map knows, wall below a bed.
        Drawn.grey(at("annotations/validation/a.png"), row(0, 1, 8, 8, 1));
        Drawn.rgb(at("annotations_instance/validation/a.png"), row(0, 0, 0x010500, 0, 0x010600));
        Dataset data = open("ade20k", "", "");

        assertThat(data.labels().size()).isEqualTo(150);
        PanopticMap map = data.get(0).panoptic().map();
        assertThat(map.ids()).containsExactly(0, 1, 2, 0, 3);
        assertThat(map.segments())
                .extracting(e -> data.labels().get(e.labelId()).name())
                .satisfies(names -> {
                    assertThat(names.get(0)).startsWith("wall");
                    assertThat(names.get(1)).startsWith("bed");
                    assertThat(names.get(2)).startsWith("bed");
                });
        assertThat(data.get(0).semantic().map().labels())
                .containsExactly(ClassMap.IGNORE, (short) 0, (short) 7, (short) 7, (short) 0);
    }

    @Test
    void ade20kWithoutInstanceMapsIsSemantic() {
        Drawn.picture(at("images/validation/a.jpg"), 2, 1);
        Drawn.grey(at("annotations/validation/a.png"), row(0, 150));
        Dataset data = open("ade20k", "", "");
        assertThat(data.tasks()).containsExactly(Task.SEMANTIC);
        assertThat(data.get(0).semantic().map().labels()).containsExactly(ClassMap.IGNORE, (short) 149);
    }

    @Test
    void theFullAde20kSaysWhatEachObjectIs() {
        Drawn.picture(at("validation/street/a.jpg"), 4, 1);
        Drawn.rgb(at("validation/street/a_seg.png"), row(0x000001, 0x141402, 0x000003, 0));
        Drawn.text(at("validation/street/a_atr.txt"), """
                001 # 0 # 1 # sky # sky # ""
                002 # 0 # 0 # car, auto, automobile # car # "parked"
                001 # 1 # 0 # wheel # wheel # ""
                003 # 0 # 0 # dragon # dragon # ""
                """);
        Dataset data = open("ade20k-full", "", CLASSES);
        PanopticMap map = data.get(0).panoptic().map();
        assertThat(map.ids()).containsExactly(1, 2, 0, 0);
        assertThat(map.segments()).extracting(Entry::labelId).containsExactly(0, 1);
    }

    @Test
    void mapillarysNumbersHoldClassAndInstance() {
        Drawn.picture(at("validation/images/a.jpg"), 4, 1);
        Drawn.grey16(at("validation/instances/a.png"), row(0, 1, 13 * 256, 65 * 256));
        Dataset data = open("mapillary-vistas", "", "");
        PanopticMap map = data.get(0).panoptic().map();
        // Two birds, numbers 0 and 1; road is stuff; 65 is "unlabeled".
        assertThat(map.ids()).containsExactly(1, 2, 3, 0);
        assertThat(map.segments())
                .extracting(e -> data.labels().get(e.labelId()).name())
                .containsExactly("Bird", "Bird", "Road");
        assertThat(map.segments()).extracting(Entry::crowd).containsExactly(false, false, false);
    }

    @Test
    void vocLeavesOutTheRimsOfObjects() {
        Drawn.picture(at("JPEGImages/2007_1.jpg"), 5, 1);
        Drawn.picture(at("JPEGImages/2007_2.jpg"), 5, 1);
        Drawn.indexed(at("SegmentationClass/2007_1.png"), row(0, 255, 15, 15, 7));
        Drawn.indexed(at("SegmentationObject/2007_1.png"), row(0, 255, 1, 2, 3));
        Drawn.text(at("ImageSets/Segmentation/val.txt"), "2007_1\n\n");
        Dataset data = open("voc", "", "");

        assertThat(data.size()).isEqualTo(1);
        PanopticMap map = data.get(0).panoptic().map();
        assertThat(map.ids()).containsExactly(1, 0, 2, 3, 4);
        assertThat(map.segments())
                .extracting(e -> data.labels().get(e.labelId()).name())
                .containsExactly("background", "person", "person", "car");
        assertThat(data.get(0).instances().segments()).hasSize(3);
        assertThat(data.labels().get(15).rgb()).isEqualTo(0xc08080);
    }

    @Test
    void yoloPolygonsAreInPartsOfThePicture() {
        Drawn.picture(at("images/val/a.jpg"), 20, 10);
        Drawn.picture(at("images/val/empty.jpg"), 20, 10);
        Drawn.text(at("labels/val/a.txt"), "1 0 0 0.5 0 0.5 0.4 0 0.4\n\n0 0.25 0.1 0.75 0.1 0.75 0.5 0.25 0.5\n");
        Dataset data = open("yolo-seg", "", CLASSES);

        List<AnnotatedSegment> segments = data.get(0).instances().segments();
        assertThat(segments).extracting(AnnotatedSegment::labelId).containsExactly(1, 0);
        assertThat(segments.get(0).mask().area()).isEqualTo(10 * 4);
        assertThat(segments.get(0).mask().intersectionArea(segments.get(1).mask()))
                .isEqualTo(5 * 3);
        assertThat(data.get(1).instances().segments()).isEmpty();
    }

    @Test
    void yoloLinesThatAreNoPolygonsAreNamed() {
        Drawn.picture(at("images/val/a.jpg"), 20, 10);
        Path file = at("labels/val/a.txt");
        String[][] bad = {
            {"0 0.5 0.5 0.2 0.2", "this is a box, not a polygon"},
            {"0 0.5 0.5 0.2", "at least three points"},
            {"9 0 0 0.5 0 0.5 0.4", "there is no class 9"},
            {"0 0 0 0.5 0 0.5 4", "4 is not between 0 and 1"},
            {"0 0 0 0.5 0 0.5 x", "x"},
        };
        for (String[] line : bad) {
            Drawn.text(file, "0 0 0 0.5 0 0.5 0.4\n" + line[0]);
            assertThatThrownBy(() -> open("yolo-seg", "", CLASSES).get(0).instances())
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageStartingWith(file + ": line 2: ")
                    .hasMessageContaining(line[1]);
        }
    }

    @Test
    void picturesWithOneNameAreRefused() {
        Drawn.picture(at("pictures/a.jpg"), 3, 1);
        Drawn.picture(at("pictures/a.png"), 3, 1);
        assertThatThrownBy(() -> open("folder", "images: pictures, labels: labels", CLASSES))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("have the same name but for the ending");
    }

    @Test
    void aFormatWithoutClassesNeedsThem() {
        assertThatThrownBy(() -> open("folder", "images: pictures, labels: labels", ""))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("the format folder does not say what its classes are");
    }

    private Path at(String path) {
        return folder.resolve(path);
    }

    private Dataset open(String format, String files, String more) {
        String yaml = "format: " + format + "\nparts: {val: {" + files + "}}\n" + more;
        return Dataset.open(Drawn.text(folder.resolve("data.yaml"), yaml), "val", Optional.empty());
    }
}
