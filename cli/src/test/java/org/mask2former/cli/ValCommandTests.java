package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;

/** val, with a small checkpoint of random weights: its numbers are low, but they are there. */
class ValCommandTests {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PICTURES = 3;

    @TempDir
    private Path temp;

    private Path yaml;
    private Path output;

    @BeforeEach
    void draw() throws IOException {
        yaml = Streets.draw(temp, PICTURES);
        output = temp.resolve("out");
    }

    @Test
    void allThreeTasksAreMeasuredWhereTheDataSetIsAnnotatedForThem() throws IOException {
        Run run = val("--data", yaml, "--output", output);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith("streets val: 3 pictures")
                .contains("panoptic", "instances", "semantic", "class_1")
                .endsWith("report: " + output.resolve("index.html") + "\n");
        JsonNode report = JSON.readTree(output.resolve("report.json").toFile());
        assertThat(report.get("pictures").asInt()).isEqualTo(PICTURES);
        for (String measure : List.of("pq", "ap", "ap50", "miou")) {
            assertThat(report.get(measure).isNumber()).as(measure).isTrue();
            assertThat(report.get(measure).asDouble()).as(measure).isBetween(0.0, 100.0);
        }
        // Unthresholded: 20 queries of random weights, whose scores are far below any threshold, still give detections.
        int detections = 0;
        for (JsonNode c : report.get("instance").get("masks").get("classes")) {
            detections += c.get("detections").asInt();
        }
        assertThat(detections).isGreaterThan(10 * PICTURES);
        assertThat(output.resolve("confusion.png")).exists();
        assertThat(output.resolve("worst")).isDirectoryContaining("glob:**.png");
    }

    @Test
    void jsonIsOneObjectOnStandardOutputAndNoFileIsWritten() throws IOException {
        List<Path> before = everything();
        Run run = val("--data", yaml, "--json", "--limit", 2, "--task", "semantic");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        JsonNode report = JSON.readTree(run.out());
        assertThat(report.get("miou").isNumber()).isTrue();
        assertThat(report.has("pq") || report.has("ap")).isFalse();
        assertThat(report.get("pictures").asInt()).isEqualTo(2);
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void theRuleBookMakesADifferenceAndTheSameRunGivesTheSameNumbers() throws IOException {
        String[] measures = {"pq", "ap", "miou"};
        List<String> first = values(val("--data", yaml, "--json"), measures);
        assertThat(values(val("--data", yaml, "--json", "--threads", 1), measures))
                .isEqualTo(first);
        assertThat(values(val("--data", yaml, "--json", "--compat", "hf", "--size", "64x64"), measures))
                .isNotEqualTo(first);
    }

    @Test
    void theDataCanBeElsewhere() throws IOException {
        Path moved = Files.createDirectory(temp.resolve("recipes")).resolve("streets.yaml");
        Files.move(yaml, moved);
        assertThat(val("--data", moved, "--data-root", temp, "--json").code()).isZero();
    }

    @Test
    void aBadPictureEndsTheRunUnlessItIsToBeSkipped() throws IOException {
        Path bad = Files.writeString(temp.resolve("pictures/1.png"), "no picture");
        Run failed = val("--data", yaml, "--output", output);
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err().lines()).hasSize(1);
        assertThat(failed.err()).contains(bad.toString(), "--on-bad-sample skip");
        assertThat(failed.out()).isEmpty();
        assertThat(output).doesNotExist();

        Run skipped = val("--data", yaml, "--json", "--on-bad-sample", "skip");
        assertThat(skipped.code()).isEqualTo(3);
        assertThat(skipped.err().lines()).hasSize(1);
        assertThat(skipped.err()).startsWith("error: ").contains(bad.toString());
        JsonNode report = JSON.readTree(skipped.out());
        assertThat(report.get("pictures").asInt()).isEqualTo(PICTURES - 1);
        assertThat(report.get("skipped")).hasSize(1);
    }

    @Test
    void whereNoPictureCanBeUsedThereAreNoNumbers() throws IOException {
        for (int i = 0; i < PICTURES; i++) Files.writeString(temp.resolve("labels/" + i + ".png"), "no picture");
        Run run = val("--data", yaml, "-o", output, "--on-bad-sample", "skip");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(PICTURES + 1);
        assertThat(run.err()).contains("no picture of " + yaml + ", part val, can be used");
        assertThat(run.out()).isEmpty();
        assertThat(output).doesNotExist();
    }

    @Test
    void onRealPicturesClassesAreMatchedByName() throws IOException {
        Optional<Path> data = Fixtures.data("facade");
        assumeThat(data).as("shared/data/facade is not beside this checkout").isPresent();
        Path model = Files.createDirectory(temp.resolve("model"));
        for (String file : List.of("model.safetensors", "preprocessor_config.json")) {
            Files.copy(Fixtures.path("tiny-swin").resolve(file), model.resolve(file));
        }
        String config = Files.readString(Fixtures.path("tiny-swin/config.json"))
                .replace("class_0", "sky")
                .replace("class_1", "Facade")
                .replace("class_2", "window");
        Files.writeString(model.resolve("config.json"), config);
        Path recipe = Fixtures.root().resolve("recipes/data/facade.yaml");
        Run run = Run.of(
                "val",
                "--model=" + model,
                "--data=" + recipe,
                "--data-root=" + data.get().getParent(),
                "--limit=2",
                "--size=128",
                "--output=" + output);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("classes that the data set lacks, left out: sky, class_3")
                .contains("classes that the model lacks, always missed: balcony-fence");
        JsonNode report = JSON.readTree(output.resolve("report.json").toFile());
        assertThat(report.get("pictures").asInt()).isEqualTo(2);
        assertThat(report.get("pq").isNumber() && report.get("ap").isNumber()).isTrue();
        assertThat(report.get("miou").isNumber()).isTrue();
    }

    private static List<String> values(Run run, String... fields) throws IOException {
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode report = JSON.readTree(run.out());
        return Stream.of(fields).map(f -> report.get(f).asText()).toList();
    }

    private static Run val(Object... args) {
        List<String> all = new ArrayList<>(
                List.of("val", "--model", Fixtures.path("tiny-swin").toString()));
        for (Object arg : args) all.add(arg.toString());
        return Run.of(all.toArray(String[]::new));
    }

    private List<Path> everything() throws IOException {
        try (Stream<Path> files = Files.walk(temp)) {
            return files.sorted().toList();
        }
    }
}
