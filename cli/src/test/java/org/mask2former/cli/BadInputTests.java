package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Fixtures;

/**
 * What a user can get wrong on the command line: each ends with the right exit code, an error of one line that names the
 * culprit, nothing on standard output, and no file that was not there before.
 */
class BadInputTests {

    @TempDir
    private Path temp;

    @BeforeEach
    void prepare() throws IOException {
        Pictures.write(temp.resolve("good.png"));
        Files.createDirectory(temp.resolve("empty"));
        Files.writeString(temp.resolve("file"), "");
        Files.writeString(temp.resolve("text.png"), "this is no picture");
        Files.write(temp.resolve("cut.png"), Arrays.copyOf(Pictures.png(80, 60), 200));
        Files.writeString(temp.resolve("page.jpg"), "<!DOCTYPE html><html>not found</html>");
        Files.writeString(temp.resolve("bad.safetensors"), "nonsense");
        Files.writeString(temp.resolve("zero.pkl"), "");
        Files.createDirectories(temp.resolve("no-weights"));
        Files.copy(Fixtures.path("tiny-swin/config.json"), temp.resolve("no-weights/config.json"));
        Files.createDirectories(temp.resolve("full"));
        Files.writeString(temp.resolve("full/config.json"), "mine");
        Files.createDirectories(temp.resolve("other"));
        Files.copy(Fixtures.path("tiny-resnet/config.json"), temp.resolve("other/config.json"));
        Files.copy(Fixtures.path("tiny-swin/model.safetensors"), temp.resolve("other/model.safetensors"));
        Files.writeString(temp.resolve("bad.yaml"), "treshold: 0.5");
        String streets = Files.readString(Streets.draw(temp.resolve("set"), 1));
        Files.writeString(temp.resolve("set/pixels.yaml"), streets.replace(", instances: numbers", ""));
        Files.writeString(
                temp.resolve("set/others.yaml"), streets.replaceAll("classes: .*", "classes: [sky, car, road]"));
    }

    static Stream<Arguments> badInput() {
        return Stream.of(
                // sources
                arguments(2, "a picture or film is missing", line("predict -m MODEL -o T/out")),
                arguments(1, "T/missing.jpg", line("predict -m MODEL -o T/out T/missing.jpg")),
                arguments(1, "T/empty: the folder has no pictures", line("predict -m MODEL -o T/out T/empty")),
                arguments(1, "T/*.webp: no file matches", line("predict -m MODEL -o T/out T/*.webp")),
                arguments(1, "as a pattern it is wrong", line("predict -m MODEL -o T/out T/[a.png")),
                arguments(1, "T/text.png", line("predict -m MODEL -o T/out T/text.png")),
                arguments(1, "T/cut.png", line("predict -m MODEL -o T/out T/cut.png")),
                arguments(1, "a web page", line("predict -m MODEL -o T/out T/page.jpg")),
                arguments(1, "T/file", line("predict -m MODEL -o T/out T/file")),
                arguments(1, "standard input", line("predict -m MODEL -o T/out -")),
                arguments(2, "standard input (-) can be named once", line("predict -m MODEL -o T/out - -")),
                arguments(1, "http://127.0.0.1:9/x.jpg", line("predict -m MODEL -o T/out http://127.0.0.1:9/x.jpg")),
                arguments(1, "is no URL", line("predict -m MODEL -o T/out http://a|b/x.jpg")),
                // models
                arguments(
                        1,
                        "nor one that comes with the program (facades, nuclei)",
                        line("predict --model facade -o T/out T/good.png")),
                arguments(1, "there is no model 'nonsense'", line("predict -m nonsense -o T/out T/good.png")),
                arguments(
                        1,
                        "the folder T/empty is not in the hub's layout",
                        line("predict -m T/empty -o T/out T/good.png")),
                arguments(1, "T/no-weights", line("predict -m T/no-weights -o T/out T/good.png")),
                arguments(1, "T/bad.safetensors", line("predict -m T/bad.safetensors -o T/out T/good.png")),
                arguments(1, "T/zero.pkl", line("predict -m T/zero.pkl -o T/out T/good.png")),
                arguments(1, "T/good.png", line("predict -m T/good.png -o T/out T/good.png")),
                arguments(1, "cannot connect to 127.0.0.1:9", line("predict -m owner/name -o T/out T/good.png")),
                arguments(1, "the network", line("download owner/name")),
                arguments(1, "owner", line("info -m owner/name")),
                arguments(1, "not a model of the hub", line("download a/b/c")),
                // places to write to
                arguments(1, "T/file/out", line("predict -m MODEL -o T/file/out T/good.png")),
                arguments(1, "T/file", line("predict -m MODEL -o T/file T/good.png")),
                arguments(1, "T/file/x", line("preprocess -m MODEL -s T/good.png -o T/file/x")),
                arguments(1, "T/empty", line("preprocess -m MODEL -s T/good.png -o T/empty")),
                arguments(1, "exists already", line("convert -m MODEL -o T/full")),
                arguments(1, "T/file is a file", line("convert -m MODEL -o T/file")),
                // quantising
                arguments(1, "mask2former quantize", line("predict -m MODEL --precision int8 -o T/out T/good.png")),
                arguments(1, "T/empty: has no pictures", line("quantize -m MODEL --calibration T/empty -o T/out")),
                arguments(1, "T/missing: is no folder", line("quantize -m MODEL --calibration T/missing -o T/out")),
                arguments(1, "T/file: is no folder", line("quantize -m MODEL --calibration T/file -o T/out")),
                arguments(1, "exists already", line("quantize -m MODEL --calibration T/set -o T/full")),
                arguments(1, "there is no model 'nonsense'", line("quantize -m nonsense --calibration T/set -o T/out")),
                arguments(2, "--calibration", line("quantize -m MODEL -o T/out")),
                arguments(2, "must be 1 or more", line("quantize -m MODEL --calibration T/set --pictures 0 -o T/out")),
                arguments(2, "training computes in fp32 or bf16", line("benchmark -m MODEL --train --precision int8")),
                // options
                arguments(2, "did you mean --threshold?", line("predict -m MODEL --treshold 0.5 T/good.png")),
                arguments(2, "'--threshold'", line("predict -m MODEL --threshold high T/good.png")),
                arguments(2, "from 0 to 1, but is 1.5", line("predict -m MODEL --threshold 1.5 T/good.png")),
                arguments(2, "from 0 to 1, but is -1", line("predict -m MODEL --class-threshold person=-1 T/good.png")),
                arguments(
                        2,
                        "no class \"persn\"",
                        line("predict -m MODEL --class-threshold persn=0.5 -o T/out T/good.png")),
                arguments(
                        2,
                        "no class \"clas_1\"; did you mean class_1?",
                        line("predict -m MODEL --classes clas_1 -o T/out T/good.png")),
                arguments(
                        2,
                        "--top-k does nothing for --task panoptic",
                        line("predict -m MODEL --task panoptic --top-k 5 T/good.png")),
                arguments(
                        2,
                        "--threshold does nothing for --task semantic",
                        line("predict -m MODEL --task semantic --threshold 0.5 T/good.png")),
                arguments(
                        2,
                        "cannot be saved as yolo",
                        line("predict -m MODEL --task semantic --save yolo -o T/out T/good.png")),
                arguments(2, "'--save'", line("predict -m MODEL --save jpeg2000 T/good.png")),
                arguments(2, "'--task'", line("predict -m MODEL --task detect T/good.png")),
                arguments(2, "is not a picture size", line("predict -m MODEL --size big T/good.png")),
                arguments(2, "must be from 1 to", line("predict -m MODEL --size 0x5 T/good.png")),
                arguments(2, "--alpha must be from 0 to 1", line("predict -m MODEL --alpha 2 T/good.png")),
                arguments(2, "--threads must be 0 or more", line("predict -m MODEL --threads -1 T/good.png")),
                arguments(2, "--decoder-layers must be 0", line("predict -m MODEL --decoder-layers -1 T/good.png")),
                arguments(2, "--queries must be 0", line("predict -m MODEL --queries -5 T/good.png")),
                arguments(1, "4 layers", line("predict -m MODEL --decoder-layers 5 -o T/out T/good.png")),
                arguments(1, "20 queries", line("predict -m MODEL --queries 21 -o T/out T/good.png")),
                arguments(1, "device 'tpu'", line("predict -m MODEL --device tpu -o T/out T/good.png")),
                arguments(2, "'--compat'", line("predict -m MODEL --compat detectron T/good.png")),
                arguments(
                        2,
                        "\"treshold\" is no option; did you mean threshold?",
                        line("predict --config T/bad.yaml -m MODEL T/good.png")),
                // data sets
                arguments(2, "'--data=YAML'", line("val -m MODEL -o T/out")),
                arguments(2, "'YAML'", line("data check -o T/out")),
                arguments(2, "a COMMAND is missing: check", line("data")),
                arguments(2, "unknown command chec; did you mean check?", line("data chec")),
                arguments(1, "T/none.yaml: there is no such file", line("val -m MODEL -d T/none.yaml -o T/out")),
                arguments(1, "T/none.yaml: there is no such file", line("data check T/none.yaml -o T/out")),
                arguments(
                        1,
                        "T/set/streets.yaml: there is no part 'vall'; did you mean 'val'?",
                        line("val -m MODEL -d T/set/streets.yaml --part vall -o T/out")),
                arguments(
                        1,
                        "there is no part 'test'; there are val",
                        line("data check T/set/streets.yaml --part val,test -o T/out")),
                arguments(
                        1,
                        "there is no folder T/nowhere (--data-root)",
                        line("val -m MODEL -d T/set/streets.yaml --data-root T/nowhere -o T/out")),
                arguments(1, "T/empty", line("data check T/set/streets.yaml --data-root T/empty -o T/out")),
                arguments(2, "'--task'", line("val -m MODEL -d T/set/streets.yaml --task detect -o T/out")),
                arguments(
                        1,
                        "is not annotated for the task instance; it is for semantic",
                        line("val -m MODEL -d T/set/pixels.yaml --task instance -o T/out")),
                arguments(
                        1,
                        "has no class of the data set (sky, car, road)",
                        line("val -m MODEL -d T/set/others.yaml -o T/out")),
                arguments(1, "there is no model 'nonsense'", line("val -m nonsense -d T/set/streets.yaml -o T/out")),
                arguments(
                        2, "--limit must be 1 or more", line("val -m MODEL -d T/set/streets.yaml --limit 0 -o T/out")),
                arguments(
                        2,
                        "'--on-bad-sample'",
                        line("val -m MODEL -d T/set/streets.yaml --on-bad-sample retry -o T/out")),
                arguments(1, "cannot make the folder T/file", line("val -m MODEL -d T/set/streets.yaml -o T/file/x")),
                arguments(1, "cannot make the folder T/file", line("data check T/set/streets.yaml -o T/file")),
                // tensors
                arguments(
                        1,
                        "T/missing.safetensors",
                        line("logits -m MODEL --pixel-values T/missing.safetensors -o T/out")),
                arguments(1, "T/bad.safetensors", line("logits -m MODEL --pixel-values T/bad.safetensors -o T/out")),
                arguments(
                        1,
                        "has no tensor pixel_values",
                        line("logits -m MODEL --pixel-values MODEL/model.safetensors -o T/out")),
                arguments(1, "names 2 pictures", line("preprocess -m MODEL -s T/pair -o T/out")));
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource
    void badInput(int code, String expected, List<String> line) throws IOException {
        if (line.contains("T/pair")) {
            Pictures.write(temp.resolve("pair/a.png"));
            Pictures.write(temp.resolve("pair/b.png"));
        }
        List<Path> before = everything();
        Map<String, String> environment = Map.of(
                "HF_HOME", temp.resolve("hf").toString(), "HF_ENDPOINT", "http://127.0.0.1:9", "HF_HUB_OFFLINE", "0");
        Run run = Run.with(environment, line.stream().map(this::real).toArray(String[]::new));
        String errors = run.err();
        assertThat(run.code()).as(errors).isEqualTo(code);
        assertThat(errors.lines().filter(l -> l.startsWith("error: ")))
                .as(errors)
                .hasSize(1);
        assertThat(errors.lines().count()).as(errors).isEqualTo(code == 2 && !line.contains("--config") ? 2 : 1);
        assertThat(errors).contains(real(expected)).doesNotContain("Exception", "\tat ");
        assertThat(run.out()).isEmpty();
        assertThat(everything()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource
    void aCheckpointThatDoesNotFitIsListedKeyByKey(List<String> line) throws IOException {
        List<Path> before = everything();
        Run run = Run.of(line.stream().map(this::real).toArray(String[]::new));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines().findFirst().orElseThrow())
                .contains("does not fit the model", "missing", "unexpected");
        assertThat(run.err()).doesNotContain("Exception");
        assertThat(everything()).isEqualTo(before);
    }

    static Stream<List<String>> aCheckpointThatDoesNotFitIsListedKeyByKey() {
        return Stream.of(line("predict -m T/other -o T/out T/good.png"), line("convert -m T/other -o T/out"));
    }

    private static List<String> line(String text) {
        return List.of(text.split(" "));
    }

    private String real(String text) {
        return text.replace("T/", temp + "/")
                .replaceFirst("^MODEL", Fixtures.path("tiny-swin").toString());
    }

    /** Everything below the temporary folder but the hub's cache, whose locks may stay. */
    private List<Path> everything() throws IOException {
        try (Stream<Path> files = Files.walk(temp)) {
            return files.filter(f -> !f.startsWith(temp.resolve("hf"))).sorted().toList();
        }
    }
}
