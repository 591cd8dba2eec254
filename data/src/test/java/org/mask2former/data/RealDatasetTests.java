package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.Task;
import org.mask2former.data.PanopticMap.Entry;
import org.mask2former.image.Image;
import org.mask2former.image.PictureSize;

/** Data sets that others made. They do not travel with the project: skipped where they are not beside it. */
class RealDatasetTests {
    @TempDir
    private Path folder;

    @Test
    void facadeIsWhatItsDescriptionSays() {
        Path root = data("facade").getParent();
        for (Path given : List.of(root, root.resolve("facade"))) {
            Dataset val = Dataset.open(recipe("facade"), "val", Optional.of(given));
            assertThat(val.size()).isEqualTo(47);
            assertThat(val.tasks()).isEqualTo(Set.of(Task.values()));
            assertThat(val.labels().list())
                    .hasSize(10)
                    .filteredOn(l -> l.thing())
                    .hasSize(5);
        }
        Dataset val = Dataset.open(recipe("facade"), "val", Optional.of(root));
        long panoptic = 0;
        long instances = 0;
        for (int i = 0; i < val.size(); i++) {
            Annotation.Panoptic annotation = val.get(i).panoptic();
            assertAreasAreCounted(annotation);
            panoptic += annotation.segments().size();
            instances += val.get(i).instances().segments().size();
        }
        assertThat(panoptic).isEqualTo(1153);
        assertThat(instances).isEqualTo(1119);
        assertThat(Dataset.open(recipe("facade"), "train", Optional.of(root)).size())
                .isEqualTo(479);
    }

    @Test
    void nucleiIsWhatItsDescriptionSays() {
        Path root = data("nuclei").getParent();
        Dataset val = Dataset.open(recipe("nuclei"), "val", Optional.of(root));
        Dataset train = Dataset.open(recipe("nuclei"), "train", Optional.of(root));
        assertThat(val.size()).isEqualTo(80);
        assertThat(train.size()).isEqualTo(584);
        long nuclei = 0;
        for (Dataset part : List.of(val, train)) {
            for (int i = 0; i < part.size(); i++) {
                for (AnnotatedSegment nucleus : part.get(i).instances().segments()) {
                    assertThat(nucleus.area()).isEqualTo(nucleus.mask().area());
                    nuclei++;
                }
            }
        }
        assertThat(nuclei).isEqualTo(28_986);
    }

    @Test
    void coco128IsWhatItsDescriptionSays() {
        Dataset val = Dataset.open(
                recipe("coco128"), "val", Optional.of(data("coco128").getParent()));
        assertThat(val.size()).isEqualTo(100);
        assertThat(val.labels().size()).isEqualTo(133);
        assertThat(val.get(0).id()).isEqualTo("139");
        long segments = 0;
        long crowds = 0;
        for (int i = 0; i < val.size(); i++) {
            Annotation.Panoptic annotation = val.get(i).panoptic();
            assertAreasAreCounted(annotation);
            assertThat(Image.size(val.get(i).image())).isEqualTo(val.get(i).size());
            segments += annotation.segments().size();
            crowds += annotation.segments().stream()
                    .filter(AnnotatedSegment::crowd)
                    .count();
        }
        assertThat(segments).isEqualTo(1078);
        assertThat(crowds).isEqualTo(5);
    }

    private static void assertAreasAreCounted(Annotation.Panoptic annotation) {
        assertThat(annotation.segments())
                .allSatisfy(s -> assertThat(s.area()).isEqualTo(s.mask().area()));
    }

    @Test
    void theCityscapesLayoutIsRead() {
        // Written by datumaro with its own class numbers: 3 is no measured class, 24 person, 27 truck, 31 train, 12
        // wall.
        Path root = data("formats/datumaro_cityscapes_dataset/train_dataset");
        Dataset test = open(root, "cityscapes", "test", "");
        assertThat(test.size()).isEqualTo(2);
        Annotation.Panoptic first = test.get(0).panoptic();
        assertThat(first.segments())
                .extracting(s -> test.labels().get(s.labelId()).name())
                .containsExactly("truck", "truck");
        Annotation.Panoptic second = test.get(1).panoptic();
        assertThat(second.segments())
                .extracting(s -> test.labels().get(s.labelId()).name())
                .containsExactlyInAnyOrder("wall", "train");
        assertThat(open(root, "cityscapes", "train", "").get(0).instances().segments())
                .hasSize(1);
    }

    @Test
    void theLayoutOfTheFullAde20kIsRead() {
        Path root = data("formats/datumaro_ade20k2017_dataset/dataset");
        String classes = "classes: [{name: sky, thing: false}, person]\n";
        Dataset train = open(root, "ade20k-full", "train", classes);
        assertThat(train.size()).isEqualTo(1);
        Annotation.Panoptic annotation = train.get(0).panoptic();
        assertThat(annotation.segments()).extracting(AnnotatedSegment::labelId).containsExactlyInAnyOrder(0, 1);
        assertThat(open(root, "ade20k-full", "val", classes).get(0).semantic().segments())
                .hasSize(2);
    }

    @Test
    void theLayoutOfPascalVocIsRead() {
        Path root = data("formats/datumaro_voc_dataset/voc_dataset1");
        Dataset train = open(root, "voc", "train", "");
        assertThat(train.size()).isEqualTo(1);
        assertThat(train.get(0).size()).isEqualTo(new PictureSize(20, 10));
        // Colours in place of a palette.
        Annotation.Panoptic annotation = train.get(0).panoptic();
        assertThat(annotation.segments()).singleElement().satisfies(s -> {
            assertThat(train.labels().get(s.labelId()).name()).isEqualTo("bicycle");
            assertThat(s.area()).isEqualTo(200);
        });
        String labelMap = "classes: " + root.resolveSibling("voc_dataset2/labelmap.txt") + "\n";
        Dataset own = open(root, "voc", "train", labelMap);
        assertThat(own.labels().get(2).name()).isEqualTo("bicycle");
        assertThat(own.get(0).semantic().segments()).hasSize(1);
    }

    @Test
    void theLayoutsOfMapillaryVistasAreRead() {
        Path root = data("formats/datumaro_mapillary_vistas_dataset");
        for (String version : List.of("v1.2", "v2.0")) {
            String classes = "classes: config_" + version + ".json\n";
            Dataset val = open(
                    root,
                    "mapillary-vistas",
                    "val: {images: val/images, instances: val/" + version + "/instances}",
                    classes);
            assertThat(val.size()).isEqualTo(2);
            assertThat(val.labels().list()).extracting(l -> l.name()).containsExactly("Bird", "Separator", "Bicycle");
            assertThat(val.get(0).panoptic().segments()).hasSize(2);
            assertThat(val.get(1).panoptic().segments())
                    .extracting(AnnotatedSegment::labelId)
                    .containsExactlyInAnyOrder(1, 2, 2);

            String year = version.equals("v1.2") ? "2018" : "2020";
            Dataset panoptic = open(
                    root,
                    "coco-panoptic",
                    "val: {images: val/images, annotations: val/" + version + "/panoptic/panoptic_" + year
                            + ".json, masks: val/" + version + "/panoptic}",
                    "");
            assertThat(panoptic.get(0).panoptic().map().segments())
                    .containsExactly(new Entry(1, 0, true, 15), new Entry(2, 1, false, 10));
        }
    }

    private Dataset open(Path root, String format, String part, String more) {
        String parts = part.contains(":") ? part : part + ": {}";
        String yaml = "format: " + format + "\nparts: {" + parts + "}\n" + more;
        return Dataset.open(
                Drawn.text(folder.resolve("data.yaml"), yaml),
                parts.substring(0, parts.indexOf(':')),
                Optional.of(root));
    }

    private static Path data(String name) {
        Optional<Path> found = Fixtures.data(name);
        assumeThat(found).as("shared/data/%s beside the project", name).isPresent();
        return found.orElseThrow();
    }

    private static Path recipe(String name) {
        Path recipe = Fixtures.root().resolve("recipes/data/" + name + ".yaml");
        assertThat(Files.exists(recipe)).isTrue();
        return recipe;
    }
}
