package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;

class DatasetConfigTests {
    private static final String GOOD = """
            name: streets
            format: folder
            parts:
              train: {images: pictures, labels: labels}
            classes:
              - road
              - {name: sky, thing: false, color: "#0102ff", id: 7}
              - {name: car, color: [1, 2, 3]}
            """;

    @TempDir
    private Path folder;

    @Test
    void saysWhatItWasTold() {
        DatasetConfig config = read(GOOD);
        assertThat(config.name()).isEqualTo("streets");
        assertThat(config.format()).isEqualTo(DatasetFormat.FOLDER);
        assertThat(config.classes())
                .containsExactly(
                        new DatasetClass(0, "road", true, Optional.empty()),
                        new DatasetClass(7, "sky", false, Optional.of(0x0102ff)),
                        new DatasetClass(2, "car", true, Optional.of(0x010203)));
        assertThat(config.ignoreLabels()).containsExactly(255);
        assertThat(config.part("train"))
                .containsEntry(FileRole.IMAGES, "pictures")
                .containsEntry(FileRole.LABELS, "labels")
                .hasSize(2);
    }

    @Test
    void reducedLabelsBeginAtOne() {
        DatasetConfig config = read(GOOD + "reduce_labels: true\n");
        assertThat(config.classes().get(0).id()).isEqualTo(1);
        ClassTable classes = ClassTables.of(config, folder, java.util.List.of());
        assertThat(classes.labelOf(1)).hasValue(0);
        assertThat(classes.labelOf(0)).hasValue(ClassMap.IGNORE);
        assertThat(classes.labelOf(255)).hasValue(ClassMap.IGNORE);
        assertThat(classes.labelOf(9)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name: streets            | nmae: streets         | unknown key 'nmae'; did you mean 'name'?",
                "labels: labels           | lables: labels        | parts.train: unknown key 'lables'; did you mean 'labels'?",
                ", labels: labels         |                       | parts.train: the format folder needs the key 'labels'",
                "format: folder           | format: foldr         | format: there is no format 'foldr'; did you mean 'folder'?",
                "format: folder           | frm: 1                | unknown key 'frm'",
                "thing: false             | thing: no way         | classes[1].thing: true or false is expected, not \"no way\"",
                "thing: false             | stuff: true           | classes[1]: unknown key 'stuff'; known here: color, id, name, thing",
                "'[1, 2, 3]'              | '[1, 2, 300]'         | classes[2].color: a colour is [red, green, blue]",
                "\"#0102ff\"              | 66303                 | classes[1].color: a colour is",
                "id: 7                    | id: 2                 | classes: 'sky' and 'car' both have the id 2",
                "id: 7                    | id: seven             | classes[1].id: a whole number is expected, not \"seven\"",
                "id: 7                    | id: 7, id: 8          | this is not YAML",
                "format: folder           | 'format: folder\nignore_label: [0, 1]' | ignore_label[0]: 0 is the class 'road'",
                "- road                   | '- [road]'            | classes[0]: a text is expected",
            })
    void whatIsWrongIsNamed(String good, String bad, String message) {
        assertThat(GOOD).contains(strip(good));
        assertThatThrownBy(() -> read(GOOD.replace(strip(good), bad == null ? "" : strip(bad))))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageStartingWith(folder.resolve("data.yaml") + ":")
                .hasMessageContaining(message)
                .extracting(Throwable::getMessage)
                .asString()
                .hasLineCount(1);
    }

    private static String strip(String text) {
        return text.replace("'", "").strip();
    }

    @Test
    void whatIsNoYamlIsNamed() {
        assertThatThrownBy(() -> read("a: [1,\nb"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("not YAML");
        assertThatThrownBy(() -> read("just words")).hasMessageContaining("a mapping of keys to values is expected");
        assertThatThrownBy(() -> read("")).hasMessageContaining("a mapping of keys to values is expected");
        assertThatThrownBy(() -> DatasetConfig.read(folder.resolve("none.yaml")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("cannot read " + folder.resolve("none.yaml") + ": there is no such file");
    }

    @Test
    void anUnknownPartIsNamed() {
        DatasetConfig config = read(GOOD);
        assertThatThrownBy(() -> Dataset.open(config, "trian", Optional.empty()))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("there is no part 'trian'; did you mean 'train'?; there are train");
    }

    @Test
    void theFolderIsFoundBelowTheRootOrIsTheRoot() throws Exception {
        DatasetConfig config = read("folder: streets\n" + GOOD);
        Path below = Files.createDirectories(folder.resolve("data/streets"));
        assertThat(config.base(Optional.of(folder.resolve("data")))).isEqualTo(below);
        assertThat(config.base(Optional.of(below))).isEqualTo(below);
        assertThatThrownBy(() -> config.base(Optional.of(folder.resolve("nowhere"))))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("there is no folder " + folder.resolve("nowhere"));
    }

    @Test
    void theRootIsWhatTheUserSaysElseTheYamlElseItsOwnFolder() throws Exception {
        Files.createDirectories(folder.resolve("a"));
        assertThat(read(GOOD).base(Optional.empty())).isEqualTo(folder);
        assertThat(read("root: a\n" + GOOD).base(Optional.empty())).isEqualTo(folder.resolve("a"));
        assertThat(read("root: nowhere\n" + GOOD).base(Optional.of(folder))).isEqualTo(folder);
    }

    @Test
    void theRecipesOfTheProjectCanBeRead() throws Exception {
        try (var files = Files.list(Fixtures.root().resolve("recipes/data"))) {
            assertThat(files.map(DatasetConfig::read).map(DatasetConfig::name))
                    .containsExactlyInAnyOrder("facade", "nuclei", "coco128", "coco8");
        }
    }

    private DatasetConfig read(String yaml) {
        return DatasetConfig.read(Drawn.text(folder.resolve("data.yaml"), yaml));
    }
}
