package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.HostTensor;

class ConverterTests {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void aModelInTheHubsLayoutStaysAsItIs(String fixture) throws IOException {
        Path out = folder.resolve("deeper/out");
        Converter.convert(Fixtures.path(fixture), out, false);
        for (String file : new String[] {"model.safetensors", "preprocessor_config.json"}) {
            assertThat(Files.mismatch(Fixtures.path(fixture).resolve(file), out.resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
        }
        assertThat(ConfigJson.read(out.resolve("config.json")))
                .isEqualTo(ConfigJson.read(Fixtures.path(fixture).resolve("config.json")));
        assertThat(files(out)).hasSize(3);
        assertThat(files(out.getParent())).containsExactly(out);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "d2-swin-tiny/model_final.pkl",
                "d2-swin-tiny/model_final_torch.pth",
                "d2-resnet50/model_final.pkl"
            })
    void aDetectron2CheckpointKeepsItsWeights(String fixture) {
        Path out = folder.resolve("out");
        Converter.convert(Fixtures.path(fixture), out, false);
        try (ModelFiles before = ModelFiles.open(Fixtures.path(fixture));
                ModelFiles after = ModelFiles.open(out)) {
            assertThat(after.config()).isEqualTo(before.config());
            for (String name : after.weights().names()) {
                if (before.weights().names().contains(name)) {
                    assertThat(after.weights().tensor(name).data())
                            .as(name)
                            .isEqualTo(before.weights().tensor(name).data());
                } else {
                    assertThat(CheckpointFit.isIgnorable(name)).as(name).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"d2-swin-tiny/model_final.pkl", "d2-resnet50/model_final.pkl"})
    void theNamesAreThoseThatTransformersSaves(String fixture) throws IOException {
        Path out = folder.resolve("out");
        Converter.convert(Fixtures.path(fixture), out, false);
        String like = fixture.contains("swin") ? "tiny-swin" : "tiny-resnet";
        try (Weights converted = Safetensors.open(out.resolve("model.safetensors"));
                Weights theirs = Safetensors.open(Fixtures.path(like + "/model.safetensors"))) {
            // The models differ in depth; the kinds of names do not.
            assertThat(kinds(converted)).isEqualTo(kinds(theirs));
        }
    }

    private static Set<String> kinds(Weights weights) {
        Set<String> kinds = new TreeSet<>();
        weights.names()
                .forEach(name -> kinds.add(name.replaceAll("\\.\\d+\\.", ".N.").replaceAll("\\.\\d+\\.", ".N.")));
        return kinds;
    }

    @Test
    void aCheckpointOfCocoGetsItsNamesAndItsTestSize() throws IOException {
        Path source = Fixtures.path("tiny-swin/model.safetensors");
        Path lonely = folder.resolve("lonely.safetensors");
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        try (Weights weights = Safetensors.open(source)) {
            weights.names().forEach(n -> tensors.put(n, weights.tensor(n)));
            tensors.put("class_predictor.weight", HostTensor.of(new float[134 * 32], 134, 32));
            tensors.put("class_predictor.bias", HostTensor.of(new float[134], 134));
            tensors.remove("criterion.empty_weight");
            Safetensors.write(lonely, tensors);
        }
        Path out = folder.resolve("out");
        Converter.convert(lonely, out, false);
        ModelConfig config = ConfigJson.read(out.resolve("config.json"));
        assertThat(config.labels()).hasSize(133).startsWith("person", "bicycle");
        PreprocessorConfig preprocessor = PreprocessorConfig.read(out.resolve("preprocessor_config.json"));
        assertThat(preprocessor.size()).hasToString("800/1333");
        assertThat(preprocessor.numLabels()).hasValue(133);
        try (Weights weights = Safetensors.open(out.resolve("model.safetensors"))) {
            float[] empty = weights.tensor("criterion.empty_weight").toFloats();
            assertThat(empty).hasSize(134).startsWith(1f).endsWith(1f, 0.1f);
        }
    }

    @Test
    void nothingIsOverwrittenUnasked() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.writeString(out.resolve("config.json"), "mine");
        assertThatThrownBy(() -> Converter.convert(Fixtures.path("tiny-swin"), out, false))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("config.json exists already");
        assertThat(out.resolve("config.json")).hasContent("mine");
        assertThat(files(out)).hasSize(1);
    }

    @Test
    void whenAskedTheThreeFilesAreReplacedAndOthersStay() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.writeString(out.resolve("config.json"), "old");
        Files.writeString(out.resolve("README.md"), "mine");
        Converter.convert(Fixtures.path("tiny-swin"), out, true);
        assertThat(out.resolve("README.md")).hasContent("mine");
        try (ModelFiles model = ModelFiles.open(out)) {
            assertThat(model.config().numQueries()).isEqualTo(20);
        }
        assertThat(files(folder)).containsExactly(out);
    }

    @Test
    void aModelMayBeConvertedInItsPlace() throws IOException {
        Path out = folder.resolve("out");
        Converter.convert(Fixtures.path("d2-swin-tiny/model_final.pkl"), out, false);
        byte[] before = Files.readAllBytes(out.resolve("model.safetensors"));
        Converter.convert(out, out, true);
        assertThat(out.resolve("model.safetensors")).hasBinaryContent(before);
    }

    @Test
    void aCheckpointThatDoesNotFitItsConfigurationIsRefused() throws IOException {
        Path bad = Files.createDirectory(folder.resolve("bad"));
        Files.copy(Fixtures.path("tiny-swin/config.json"), bad.resolve("config.json"));
        Files.copy(Fixtures.path("tiny-resnet/model.safetensors"), bad.resolve("model.safetensors"));
        assertThatThrownBy(() -> Converter.convert(bad, folder.resolve("out"), false))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("does not fit the model")
                .hasMessageContaining("missing")
                .hasMessageContaining("unexpected");
        assertThat(files(folder)).containsExactly(bad);
    }

    @Test
    void aTargetThatIsAFileIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> Converter.convert(Fixtures.path("tiny-swin"), file, true))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("is a file; name a folder");
        assertThatThrownBy(() -> Converter.convert(Fixtures.path("tiny-swin"), file.resolve("out"), true))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("cannot write");
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
