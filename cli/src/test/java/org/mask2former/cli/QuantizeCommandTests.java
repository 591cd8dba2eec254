package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;

/** quantize, with a small checkpoint of random weights and drawn pictures. */
class QuantizeCommandTests {
    private static final String MODEL = Fixtures.path("tiny-swin").toString();
    private static final String ROW = "\\| %s \\| [0-9.]+ \\| [0-9.]+ \\| [+-][0-9.]+ \\|";

    @TempDir
    private Path temp;

    private Path yaml;
    private Path output;

    @BeforeEach
    void draw() throws IOException {
        yaml = Streets.draw(temp, 3);
        output = temp.resolve("int8");
    }

    private Run quantize(String... more) {
        String[] first = {
            "quantize", "-m", MODEL, "--calibration", temp.resolve("pictures").toString(), "-o", output.toString()
        };
        String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return Run.of(all);
    }

    @Test
    void theModelIsAtMostHalfAsLargeAndSegments() throws IOException {
        Run run = quantize("--pictures", "2");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo(output + "\n");
        assertThat(2 * Files.size(output.resolve("model.safetensors")))
                .isLessThanOrEqualTo(Files.size(Path.of(MODEL, "model.safetensors")));
        assertThat(output.resolve("README.md")).content().contains(MODEL, "2 pictures", "Not measured");

        Run predicted = Run.of(
                "predict",
                "-m",
                output.toString(),
                "-o",
                temp.resolve("out").toString(),
                temp.resolve("pictures/0.png").toString());
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(temp.resolve("out/0.json")).exists();

        Run again = quantize();
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("exists already");
        assertThat(quantize("--overwrite").code()).isZero();
    }

    @Test
    void whatItLostIsPrintedAndPutIntoTheCard() throws IOException {
        Run known = quantize();
        assertThat(known.code()).as(known.err()).isZero();
        Run int8 = Run.of("info", "-m", output.toString());
        assertThat(int8.code()).as(int8.err()).isZero();
        Run runs = Run.of(
                "predict",
                "-m",
                output.toString(),
                "--precision",
                "int8",
                "-o",
                temp.resolve("out").toString(),
                temp.resolve("pictures/0.png").toString());
        assumeThat(runs.code())
                .as("this processor has no 8-bit integer instructions: " + runs.err())
                .isZero();

        Run run = quantize("--overwrite", "--data", yaml.toString(), "--limit", "2");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("PQ ", "AP ", "mIoU ", "in int8").endsWith(output + "\n");
        String card = Files.readString(output.resolve("README.md"));
        assertThat(card).contains("`streets`, part val, 2 pictures").doesNotContain("Not measured");
        for (String measure : new String[] {"PQ", "AP", "mIoU"}) {
            assertThat(card).containsPattern(Pattern.compile(ROW.formatted(measure)));
        }
    }

    @Test
    void theCardOfTheModelIsKeptBelowWithItsLicence() throws IOException {
        Path model = temp.resolve("mine");
        Files.createDirectories(model);
        for (String file : new String[] {"config.json", "model.safetensors", "preprocessor_config.json"}) {
            Files.copy(Path.of(MODEL, file), model.resolve(file));
        }
        Files.writeString(model.resolve("README.md"), "---\nlicense: mit\n---\n# Mine\n\nMade by me.\n");
        Run run = Run.of(
                "quantize",
                "-m",
                model.toString(),
                "--calibration",
                temp.resolve("pictures").toString(),
                "-o",
                output.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(output.resolve("README.md"))
                .content()
                .startsWith("---\nlicense: mit\n---\n# ")
                .endsWith("## The model it was made of\n\n## Mine\n\nMade by me.\n");
    }
}
