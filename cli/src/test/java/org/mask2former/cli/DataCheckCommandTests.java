package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCheckCommandTests {
    private static final int PICTURES = 3;

    @TempDir
    private Path temp;

    private String yaml;
    private Path output;

    @BeforeEach
    void draw() throws IOException {
        yaml = Streets.draw(temp, PICTURES).toString();
        output = temp.resolve("out");
    }

    @Test
    void aSoundDataSetIsCountedAndDrawn() throws IOException {
        Run run = Run.of("data", "check", yaml, "--output", output.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith("streets val: 3 pictures, 12 segments, 0 crowds")
                .contains("class_1", "nothing to complain about")
                .endsWith("page: " + output.resolve("index.html") + "\n");
        BufferedImage sheet = ImageIO.read(output.resolve("val-1.png").toFile());
        assertThat(sheet.getWidth()).isGreaterThan(400);
        assertThat(output.resolve("report.json")).exists();
    }

    @Test
    void whatMustBeMendedIsToldAndTheExitCodeIs3OrIfNothingIsSound1() throws IOException {
        Path bad = Files.writeString(temp.resolve("pictures/1.png"), "no picture");
        Run some = Run.of("data", "check", yaml, "--json");
        assertThat(some.code()).isEqualTo(3);
        assertThat(some.err()).isEmpty();
        JsonNode reports = new ObjectMapper().readTree(some.out());
        assertThat(reports).hasSize(1);
        assertThat(reports.get(0).get("part").asText()).isEqualTo("val");
        assertThat(reports.get(0).get("errors").asInt()).isEqualTo(1);
        assertThat(some.out()).contains("unreadable_picture", bad.toString());

        Streets.yaml(temp, "[class_0]");
        Run all = Run.of("data", "check", yaml, "-o", output.toString());
        assertThat(all.code()).isEqualTo(1);
        assertThat(all.out()).contains("error: annotations that cannot be used");
        assertThat(output.resolve("val-1.png")).exists();
    }

    @Test
    void theConfigFileHasASectionForTheCommandsAboutData() throws IOException {
        Path config = Files.writeString(temp.resolve("my.yaml"), "data: {part: vla}\nval: {part: val}");
        Run run = Run.of("data", "check", yaml, "--json", "--config", config.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("there is no part 'vla'; did you mean 'val'?");
    }
}
