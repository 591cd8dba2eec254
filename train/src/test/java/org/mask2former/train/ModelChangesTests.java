package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.model.LossConfig;
import org.mask2former.model.SwinConfig;

/** What may be changed of a model that a run starts from. */
class ModelChangesTests {
    @TempDir
    private Path folder;

    @Test
    void theLossesOfAModelThatIsFineTunedMayBeOthersAndStayWithIt() {
        SmallRun small = new SmallRun(folder);
        small.runFor(1, "begun", "parts.val=none");
        String start = "start=" + folder.resolve("begun/weights/last.safetensors");

        small.runFor(1, "plain", "parts.val=none", start, "model=null");
        small.runFor(1, "tuned", "parts.val=none", start, "model={mask_weight: 10, train_num_points: 64}");

        LossConfig loss =
                ConfigJson.read(folder.resolve("tuned/weights/config.json")).loss();
        assertThat(loss).isEqualTo(new LossConfig(0.1, 2, 10, 5, 64, 3, 0.75));
        assertThat(folder.resolve("tuned/config.yaml")).content().contains("mask_weight: 10", "train_num_points: 64");
        assertThat(state("tuned")).as("so that it was trained by them").isNotEqualTo(state("plain"));
        assertThatThrownBy(() ->
                        small.run("tuned", "parts.val=none", start, "model={mask_weight: 10, train_num_points: 128}"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("model.train_num_points was 64 and is 128");
        small.run("tuned", "parts.val=none", start, "model={mask_weight: 10, train_num_points: 64}");
        assertThat(small.heard).last().isEqualTo("finished 6");
    }

    @Test
    void layersAreAddedAsCopiesOfThoseThatLookAtTheSameLevel() {
        SmallRun small = new SmallRun(folder);
        small.runFor(1, "begun", "parts.val=none", "model.decoder_layers=5");
        String start = "start=" + folder.resolve("begun/weights/last.safetensors");
        List<String> labels = List.of("car", "person");

        StartingPoint same = StartingPoint.of(small.config(start, "model=null"), labels, Path::of);
        StartingPoint deeper = StartingPoint.of(small.config(start, "model={decoder_layers: 9}"), labels, Path::of);

        assertThat(deeper.config().decoderLayers()).isEqualTo(8);
        assertThat(deeper.said()).contains("its decoder gets 4 layers more, which begin as copies of the last ones");
        String layer = "model.transformer_module.decoder.layers.";
        Map.of("3", "3", "4", "1", "5", "2", "6", "3", "7", "1")
                .forEach((added, source) -> assertThat(values(deeper, layer + added + ".fc1.weight"))
                        .as("layer %s", added)
                        .isEqualTo(values(same, layer + source + ".fc1.weight")));
        assertThat(values(same, layer + "0.fc1.weight")).isNotEqualTo(values(same, layer + "3.fc1.weight"));
        small.runFor(1, "deeper", "parts.val=none", start, "model={decoder_layers: 9}");
        assertThat(folder.resolve("deeper/config.yaml")).content().contains("decoder_layers: 9");
        assertThat(ConfigJson.read(folder.resolve("deeper/weights/config.json")).decoderPredictions())
                .isEqualTo(9);
        assertThatThrownBy(() -> StartingPoint.of(small.config(start, "model={decoder_layers: 4}"), labels, Path::of))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("decoder_layers is 5 in the model of 'start' and can grow, but not become 4");
    }

    private static float[] values(StartingPoint start, String weight) {
        return start.weights().tensor(weight).toFloats();
    }

    private byte[] state(String run) {
        try {
            return Files.readAllBytes(folder.resolve(run).resolve("weights/last.safetensors"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void stochasticDepthIsSwinsAlone() {
        SmallRun small = new SmallRun(folder);
        String rate = "model={backbone_config: {drop_path_rate: 0.25}}";
        List<String> labels = List.of("car", "person");

        StartingPoint swin =
                StartingPoint.of(small.config("start=" + Fixtures.path("tiny-swin"), rate), labels, Path::of);

        assertThat(((SwinConfig) swin.config().backbone()).dropPathRate()).isEqualTo(0.25);
        assertThatThrownBy(() ->
                        StartingPoint.of(small.config("start=" + Fixtures.path("tiny-resnet"), rate), labels, Path::of))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageStartingWith("model: backbone_config.drop_path_rate is of Swin alone");
    }

    @Test
    void weightsOfSegmentsAreKeptAndThoseThatCannotBeAreRefused() {
        SmallRun small = new SmallRun(folder);
        small.runFor(1, "weighted", "parts.val=none", "segment_weights={car: 3}");
        assertThat(folder.resolve("weighted/config.yaml")).content().contains("segment_weights:\n  car: 3.0");
        assertThatThrownBy(() -> small.config("segment_weights={car: 0}"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(small.recipe.toString())
                .hasMessageContaining("segment_weights: that of 'car' must be more than 0, but is 0.0");
        assertThatThrownBy(() -> small.run("bad", "segment_weights={tram: 2}"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("there is no class 'tram'; there are car, person");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "num_queries: 5 | 'num_queries' cannot be changed where 'start' brings the model; what can is no_object_weight,",
                "backbone_config: {depths: [1, 1, 1, 1]} | 'backbone_config.depths' cannot be changed",
                "backbone_config: 1 | 'backbone_config' cannot be changed",
                "train_num_points: 0 | train_num_points is 0, but must be 1 or more",
                "train_num_points: many | model.train_num_points: a whole number is expected",
                "oversample_ratio: 0.5 | oversample_ratio is 0.5, but must be 1 or more",
                "importance_sample_ratio: 1.5 | importance_sample_ratio is 1.5, but must be from 0 to 1",
                "dice_weight: -1 | dice_weight is -1.0, but must be 0 or more"
            })
    void whatCannotBeChangedIsRefusedByName(String change, String message) {
        SmallRun small = new SmallRun(folder);
        assertThatThrownBy(() -> small.config("start=some/model", "model={" + change + "}"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(small.recipe.toString())
                .hasMessageContaining(message);
    }
}
