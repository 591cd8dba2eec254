package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Mask2FormerException;

class LabelsTests {
    @ParameterizedTest
    @CsvSource({
        "coco_panoptic_133, 133, 80",
        "coco_instance_80, 80, 80",
        "ade20k_150, 150, 100",
        "cityscapes_19, 19, 8",
        "mapillary_vistas_65, 65, 37"
    })
    void theTablesHaveTheDataSetsClasses(String table, int classes, int things) {
        Labels labels = Labels.table(table);
        assertThat(labels.size()).isEqualTo(classes);
        assertThat(labels.list().stream().filter(Label::thing).count()).isEqualTo(things);
        assertThat(colors(labels)).hasSize(classes);
        assertThat(Labels.tables()).contains(table);
    }

    @Test
    void aTableGivesNameColourKindAndTheDataSetsOwnId() {
        assertThat(Labels.table("coco_panoptic_133").get(0)).isEqualTo(new Label(0, "person", true, 0xdc143c, 1));
        assertThat(Labels.table("coco_panoptic_133").get(80).thing()).isFalse();
        assertThat(Labels.table("cityscapes_19").get(0)).isEqualTo(new Label(0, "road", false, 0x804080, 7));
        assertThat(Labels.table("ade20k_150").get(8).name()).isEqualTo("window");
    }

    @Test
    void ade20ksSkyscraperDoesNotLookLikeItsRoad() {
        Labels labels = Labels.table("ade20k_150");
        assertThat(labels.get(6).rgb()).isEqualTo(0x8c8c8c);
        assertThat(labels.get(48).name()).isEqualTo("skyscraper");
        assertThat(labels.get(48).rgb()).isNotEqualTo(0x8c8c8c);
    }

    @Test
    void aKnownDataSetIsRecognisedByItsNames() {
        for (String table : Labels.tables()) {
            Labels labels = Labels.table(table);
            assertThat(Labels.forNames(names(labels))).as(table).isEqualTo(labels);
            assertThat(labels.dataset()).contains(table);
        }
    }

    @Test
    void theCheckpointsSpellingWinsForNames() {
        List<String> names = new ArrayList<>(names(Labels.table("coco_panoptic_133")));
        names.set(0, "Human");
        names.set(57, " COUCH ");
        names.set(106, "door stuff");
        Labels labels = Labels.forNames(names);
        assertThat(labels.get(0)).isEqualTo(new Label(0, "Human", true, 0xdc143c, 1));
        assertThat(labels.get(57).name()).isEqualTo("COUCH");
        assertThat(labels.get(106).datasetId())
                .isEqualTo(Labels.table("coco_panoptic_133").get(106).datasetId());
    }

    @Test
    void oneOfSeveralSynonymsIsEnough() {
        List<String> names = names(Labels.table("ade20k_150")).stream()
                .map(name -> name.split(",")[0])
                .toList();
        Labels labels = Labels.forNames(names);
        assertThat(labels.get(6).name()).isEqualTo("road");
        assertThat(labels.get(6).rgb()).isEqualTo(0x8c8c8c);
    }

    @Test
    void anInstanceCheckpointsThingsAreRecognised() {
        List<Label> things = Labels.table("cityscapes_19").list().stream()
                .filter(Label::thing)
                .toList();
        Labels labels = Labels.forNames(things.stream().map(Label::name).toList());
        assertThat(labels.size()).isEqualTo(8);
        assertThat(labels.list()).allMatch(Label::thing);
        assertThat(labels.get(2)).isEqualTo(new Label(2, "car", true, 0x00008e, 26));
    }

    @Test
    void unknownSetsGetDistinctColoursAndAreThingsUnlessSaidOtherwise() {
        Labels labels = Labels.forNames(List.of("widget", "sky", "gadget", "grass"));
        assertThat(labels.list()).extracting(Label::thing).containsExactly(true, true, true, true);
        assertThat(labels.dataset()).isEmpty();
        assertThat(labels.list()).extracting(Label::datasetId).containsExactly(0, 1, 2, 3);
        assertThat(labels).isEqualTo(Labels.forNames(List.of("widget", "sky", "gadget", "grass")));
        assertThat(labels.withThings(Set.of(1)).list())
                .extracting(Label::thing)
                .containsExactly(false, true, false, false);

        Labels many = Labels.forNames(
                IntStream.range(0, 1000).mapToObj(i -> "class_" + i).toList());
        assertThat(colors(many)).hasSize(1000);
        List<Integer> first =
                many.list().subList(0, 20).stream().map(Label::rgb).toList();
        for (int i = 0; i < first.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertThat(distance(first.get(i), first.get(j)))
                        .as(i + " and " + j)
                        .isGreaterThan(24);
            }
        }
    }

    @Test
    void equalColoursAreSeparatedHoweverMany() {
        List<Label> same = new ArrayList<>();
        for (int i = 0; i < 500; i++) same.add(new Label(i, "c" + i, true, 0x202020, i));
        Labels labels = Labels.of(same);
        assertThat(colors(labels)).hasSize(500);
        assertThat(labels.get(0).rgb()).isEqualTo(0x202020);
    }

    @Test
    void whatIsWrittenIsRead(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("labels.json");
        Labels labels = Labels.table("cityscapes_19");
        labels.write(file);
        assertThat(Labels.read(file)).isEqualTo(labels);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void coloursAndDataSetIdsMayBeLeftOut(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("labels.json"),
                "[{\"id\":0,\"name\":\"a\",\"isthing\":1},{\"id\":1,\"name\":\"b\",\"isthing\":false}]");
        Labels labels = Labels.read(file);
        assertThat(labels.list()).extracting(Label::thing).containsExactly(true, false);
        assertThat(labels.get(1).datasetId()).isEqualTo(1);
        assertThat(colors(labels)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                          | must be a JSON array",
                "[]                                          | must be a JSON array",
                "[{                                          | is not JSON from line 1",
                "[{\"id\":1,\"name\":\"a\",\"isthing\":1}]   | class 0 must have \"id\": 0",
                "[{\"id\":0,\"isthing\":1}]                  | a \"name\"",
                "[{\"id\":0,\"name\":\"a\"}]                 | \"isthing\": 0 or 1",
                "[{\"id\":0,\"name\":\"a\",\"isthing\":1,\"color\":[1,2,300]}] | three numbers from 0 to 255",
                "[{\"id\":0,\"name\":\"a\",\"isthing\":1,\"color\":[1,2]}]     | three numbers from 0 to 255"
            })
    void aWrongFileGivesOneClearError(String content, String message, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("labels.json"), content);
        assertThatThrownBy(() -> Labels.read(file))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aClassThatDoesNotExistGivesOneClearError() {
        Labels labels = Labels.table("cityscapes_19");
        assertThatThrownBy(() -> labels.get(19)).hasMessageContaining("there is no class 19");
        assertThatThrownBy(() -> labels.withThings(Set.of(-1))).hasMessageContaining("there is no class -1");
        assertThatThrownBy(() -> Labels.table("coco")).hasMessageContaining("coco_panoptic_133");
        assertThatThrownBy(() -> Labels.of(List.of(new Label(1, "a", true, 0, 1))))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("number 0");
    }

    private static List<String> names(Labels labels) {
        return labels.list().stream().map(Label::name).toList();
    }

    private static Set<Integer> colors(Labels labels) {
        Set<Integer> colors = new HashSet<>();
        labels.list().forEach(label -> colors.add(label.rgb()));
        return colors;
    }

    private static int distance(int a, int b) {
        return Math.abs((a >> 16) - (b >> 16))
                + Math.abs((a >> 8 & 255) - (b >> 8 & 255))
                + Math.abs((a & 255) - (b & 255));
    }
}
