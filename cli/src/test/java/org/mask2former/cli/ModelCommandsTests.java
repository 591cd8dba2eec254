package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** The commands info, preprocess, logits and benchmark, on the small checkpoints. */
class ModelCommandsTests {
    @TempDir
    private Path temp;

    @Test
    void infoTellsWhatAModelIsAndWhatItCosts() {
        Run run = Run.of("info", "--model", fixture("tiny-swin"), "--size", "160x96");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("classes     7: class_0", "queries     20", "input       160×96", "licence     not known")
                .containsPattern("parameters  \\d")
                .containsPattern("FLOPs       \\d");
    }

    @Test
    void infoCountsEveryWeightOfTheCheckpoint() throws IOException {
        Run run = Run.of("info", "--model", fixture("tiny-swin"), "--size", "160x96", "--json");
        JsonNode info = new ObjectMapper().readTree(run.out());
        long stored = 0;
        try (Weights weights = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            for (String name : weights.names()) {
                if (!name.startsWith("criterion.") && !name.contains("swin.layernorm")) {
                    stored += HostTensor.elements(weights.shape(name));
                }
            }
        }
        assertThat(info.get("parameters").asLong()).isEqualTo(stored);
        assertThat(info.get("weight_bytes").asLong()).isEqualTo(4 * stored);
        assertThat(info.get("input_width").asInt()).isEqualTo(160);
        assertThat(info.get("flops").asLong()).isPositive();
        assertThat(info.get("labels")).hasSize(7);
    }

    @Test
    void infoListsTheWeightsIfAsked() throws IOException {
        String[] command = {"info", "--model", fixture("tiny-resnet"), "--size", "160x96", "--weights"};
        Run text = Run.of(command);
        assertThat(text.code()).as(text.err()).isZero();
        assertThat(text.out())
                .contains("backbone    ResNet")
                .containsPattern("(?m)^class_predictor\\.weight +\\[8, 32]$")
                .containsPattern(
                        "(?m)^model\\.pixel_level_module\\.encoder\\.embedder\\.embedder\\.convolution\\.weight"
                                + " +\\[16, 3, 7, 7]$");

        JsonNode json = new ObjectMapper()
                .readTree(Run.of("info", "--model", fixture("tiny-resnet"), "--weights", "--json")
                        .out());
        long count = 0;
        for (Map.Entry<String, JsonNode> weight : json.get("weights").properties()) {
            long elements = 1;
            for (JsonNode side : weight.getValue()) {
                elements *= side.asLong();
            }
            count += weight.getKey().contains(".running_") ? 0 : elements; // statistics are no parameters
        }
        assertThat(count).isEqualTo(json.get("parameters").asLong());
    }

    @Test
    void infoOfALargerInputCostsMore() throws IOException {
        ObjectMapper json = new ObjectMapper();
        String[] sizes = {"160x96", "320x192"};
        long[] flops = new long[2];
        for (int i = 0; i < 2; i++) {
            Run run = Run.of("info", "--model", fixture("tiny-resnet"), "--size", sizes[i], "--json");
            flops[i] = json.readTree(run.out()).get("flops").asLong();
        }
        assertThat(flops[1] / (double) flops[0]).isBetween(3.0, 4.2);
    }

    @Test
    void benchmarkTimesTrainingSteps() throws IOException {
        Run run = Run.of("benchmark --train --checkpointing --size 96x64 --batch 2 --runs 2 --warm-up 0 --json --model "
                .concat(fixture("tiny-swin"))
                .split(" "));
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("engine").asText()).contains("training step");
        assertThat(result.get("batch").asInt()).isEqualTo(2);
        assertThat(result.get("runs").asInt()).isEqualTo(2);
        assertThat(result.get("median_seconds").asDouble()).isPositive();
        assertThat(result.get("times_bound").asDouble()).isGreaterThan(1);
    }

    @Test
    void benchmarkTimesTheStagesOfAPicture() throws IOException {
        Path picture = Pictures.write(temp.resolve("street.png"));
        Run run = Run.of(
                "benchmark",
                "--source",
                picture.toString(),
                "--size",
                "96x64",
                "--runs",
                "3",
                "--warm-up",
                "0",
                "--json",
                "--model",
                fixture("tiny-swin"));
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("input").asText()).isEqualTo("96x64");
        JsonNode stages = result.get("stages");
        assertThat(stages.fieldNames())
                .toIterable()
                .containsExactly("read", "prepare", "network", "semantic", "instance", "panoptic");
        for (JsonNode stage : stages) {
            double median = stage.get("median_seconds").asDouble();
            assertThat(median)
                    .isPositive()
                    .isBetween(
                            stage.get("min_seconds").asDouble(),
                            stage.get("max_seconds").asDouble());
        }
    }

    @Test
    void benchmarkOfAPictureRefusesWhatIsOfPassesAlone() {
        Run run = Run.of("benchmark", "--source", "a.png", "--batch", "2", "--model", fixture("tiny-swin"));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--source times one picture by stages").contains("--batch");
    }

    @Test
    void benchmarkTakesNoTrainingStepToPieces() {
        Run run = Run.of("benchmark", "--train", "--profile", "--model", fixture("tiny-swin"));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("leave out --train");
    }

    @ParameterizedTest
    @CsvSource({"coco,1", "square,3", "ade,0", "no_divisor,2"})
    void preprocessWritesWhatTransformersWouldSee(String processor, int picture) throws IOException {
        Path model = Files.createDirectory(temp.resolve("model"));
        for (String file : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(Fixtures.path("tiny-swin").resolve(file), model.resolve(file));
        }
        Files.copy(
                Fixtures.path("processor/" + processor + "/preprocessor_config.json"),
                model.resolve("preprocessor_config.json"));
        Path output = temp.resolve("out.safetensors");
        Run run = Run.of(
                "preprocess",
                "--model",
                model.toString(),
                "--source",
                fixture("processor/picture" + picture + ".png"),
                "--compat",
                "hf",
                "--output",
                output.toString());
        assertThat(run.code()).as(run.err()).isZero();
        String name = processor + "." + picture;
        try (Weights ours = Safetensors.open(output);
                Weights theirs = Safetensors.open(Fixtures.path("processor/expected.safetensors"))) {
            assertThat(ours.names()).containsExactlyInAnyOrder("pixel_values", "pixel_mask");
            int[] shape = theirs.shape(name + ".pixel_values");
            assertThat(ours.shape("pixel_values")).containsExactly(1, 3, shape[1], shape[2]);
            assertThat(ours.shape("pixel_mask")).containsExactly(1, shape[1], shape[2]);
            assertThat(ours.dtype("pixel_mask")).isEqualTo(DType.U8);
            assertThat(ours.tensor("pixel_mask").toFloats())
                    .isEqualTo(theirs.tensor(name + ".pixel_mask").toFloats());
            float[] expected = theirs.tensor(name + ".pixel_values").toFloats();
            float[] actual = ours.tensor("pixel_values").toFloats();
            int apart = 0;
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(0.0176f)); // one grey level
                if (Math.abs(actual[i] - expected[i]) > 1e-6) apart++;
            }
            assertThat(apart).isLessThanOrEqualTo(expected.length / 1000);
        }
    }

    @Test
    void preprocessMarksThePaddingOfThePapersRules() {
        Path output = temp.resolve("out.safetensors");
        Run run = Run.of(
                "preprocess",
                "--model",
                fixture("tiny-swin"),
                "--source",
                fixture("processor/picture0.png"),
                "--size",
                "50/100",
                "--output",
                output.toString());
        assertThat(run.code()).as(run.err()).isZero();
        try (Weights tensors = Safetensors.open(output)) {
            // 131×97 becomes 68×50, padded to 96×64
            assertThat(tensors.shape("pixel_values")).containsExactly(1, 3, 64, 96);
            float[] mask = tensors.tensor("pixel_mask").toFloats();
            int inside = 0;
            for (float m : mask) inside += (int) m;
            assertThat(inside).isEqualTo(68 * 50);
            assertThat(mask[49 * 96 + 67]).isEqualTo(1);
            assertThat(mask[50 * 96]).isZero();
            assertThat(mask[68]).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-swin,''", "tiny-resnet,''", "d2-swin-tiny,model_final.pkl", "d2-swin-tiny,model_final_torch.pth"})
    void logitsAreTheReferencesAfterEveryLayer(String fixture, String file) {
        Path input = temp.resolve("in.safetensors");
        Path output = temp.resolve("out.safetensors");
        try (Weights expected = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"))) {
            Safetensors.write(input, Map.of("pixel_values", expected.tensor("input.pixel_values")));
            Run run = Run.of(
                    "logits",
                    "--model",
                    Fixtures.path(fixture).resolve(file).toString(),
                    "--pixel-values",
                    input.toString(),
                    "--output",
                    output.toString(),
                    "--all-layers");
            assertThat(run.code()).as(run.err()).isZero();
            try (Weights actual = Safetensors.open(output)) {
                assertThat(actual.names()).hasSize(12);
                for (String name : actual.names()) {
                    String golden = "decoder." + (name.startsWith("layer") ? name : "layer4." + name);
                    assertThat(actual.shape(name)).isEqualTo(expected.shape(golden));
                    assertClose(name, actual.tensor(name), expected.tensor(golden));
                }
            }
        }
    }

    @Test
    void logitsOfTheLastLayerAloneAreTheSame() {
        Path input = temp.resolve("in.safetensors");
        Path output = temp.resolve("out.safetensors");
        try (Weights expected = Safetensors.open(Fixtures.path("tiny-swin-odd/expected.safetensors"))) {
            Safetensors.write(input, Map.of("pixel_values", expected.tensor("input.pixel_values")));
            Run run = Run.of(
                    "logits",
                    "-m",
                    fixture("tiny-swin-odd"),
                    "--pixel-values",
                    input.toString(),
                    "-o",
                    output.toString());
            assertThat(run.code()).as(run.err()).isZero();
            String last = expected.names().stream()
                    .filter(n -> n.matches("decoder\\.layer\\d+\\.class_logits"))
                    .max(String::compareTo)
                    .orElseThrow();
            try (Weights actual = Safetensors.open(output)) {
                assertThat(actual.names()).containsExactlyInAnyOrder("class_logits", "mask_logits");
                assertClose("class_logits", actual.tensor("class_logits"), expected.tensor(last));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"d2-swin-tiny/model_final.pkl", "tiny-resnet"})
    void aConvertedCheckpointSaysTheSame(String source) throws IOException {
        Path converted = temp.resolve("converted");
        Run run = Run.of("convert", "-m", fixture(source), "-o", converted.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().strip()).isEqualTo(converted.toString());
        Path pixels = temp.resolve("in.safetensors");
        Run.of(
                "preprocess",
                "-m",
                converted.toString(),
                "-s",
                fixture("processor/picture0.png"),
                "--size",
                "96x64",
                "-o",
                pixels.toString());
        Path first = temp.resolve("first.safetensors");
        Path second = temp.resolve("second.safetensors");
        Run.of("logits", "-m", fixture(source), "--pixel-values", pixels.toString(), "-o", first.toString());
        Run.of("logits", "-m", converted.toString(), "--pixel-values", pixels.toString(), "-o", second.toString());
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);

        Run again = Run.of("convert", "-m", fixture(source), "-o", converted.toString());
        assertThat(again.code()).isEqualTo(1);
        assertThat(Run.of("convert", "-m", fixture(source), "-o", converted.toString(), "--overwrite")
                        .code())
                .isZero();
    }

    /** The bar: 1e-4 of the tensor's standard deviation, plus 1e-5. */
    private static void assertClose(String name, HostTensor actual, HostTensor expected) {
        float[] a = actual.toFloats();
        float[] e = expected.toFloats();
        double mean = 0;
        double squares = 0;
        double worst = 0;
        for (int i = 0; i < e.length; i++) {
            mean += e[i];
            squares += (double) e[i] * e[i];
            worst = Math.max(worst, Math.abs(a[i] - e[i]));
        }
        mean /= e.length;
        double deviation = Math.sqrt(Math.max(0, squares / e.length - mean * mean));
        assertThat(worst).as(name).isLessThanOrEqualTo(1e-4 * deviation + 1e-5);
    }

    private static String fixture(String name) {
        return Fixtures.path(name).toString();
    }
}
