package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.SwinConfig;

class ConfigJsonTests {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void writingAndReadingKeepsEverything(String fixture) {
        ModelConfig config = ConfigJson.read(Fixtures.path(fixture + "/config.json"));
        Path copy = folder.resolve("config.json");
        ConfigJson.write(copy, config);
        assertThat(ConfigJson.read(copy)).isEqualTo(config);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void whatIsWrittenAgreesWithTransformersInEveryFieldBoth(String fixture) throws IOException {
        JsonMapper mapper = new JsonMapper();
        Path file = Fixtures.path(fixture + "/config.json");
        JsonNode theirs = mapper.readTree(file.toFile());
        JsonNode ours = mapper.readTree(ConfigJson.toJson(ConfigJson.read(file)));
        ours.fieldNames().forEachRemaining(name -> {
            if (!name.equals("backbone_config") && !name.equals("label2id")) {
                assertThat(ours.get(name)).as(name).isEqualTo(theirs.get(name));
            }
        });
        JsonNode backbone = theirs.get("backbone_config");
        ours.get("backbone_config").fieldNames().forEachRemaining(name -> {
            if (!name.equals("image_size")) { // the fixtures' is not a pretraining size
                assertThat(ours.get("backbone_config").get(name)).as(name).isEqualTo(backbone.get(name));
            }
        });
    }

    @Test
    void decoderLayersCountsPredictions() {
        ModelConfig config = ConfigJson.read(Fixtures.path("tiny-swin/config.json"));
        assertThat(config.decoderPredictions()).isEqualTo(5);
        assertThat(config.decoderLayers()).isEqualTo(4);
    }

    @Test
    void whatIsNotSaidIsAsInTransformers() {
        ModelConfig config = ConfigJson.parse("a test", "{\"model_type\": \"mask2former\"}");
        SwinConfig small = SwinConfig.of(96, List.of(2, 2, 18, 2), List.of(3, 6, 12, 24), 7);
        assertThat(config).isEqualTo(ModelConfig.of(small, 100, List.of("LABEL_0", "LABEL_1")));
    }

    @Test
    void strayKeysAndNullsOfPublishedFilesAreTolerated() {
        ModelConfig config = ConfigJson.parse("a test", """
                {"model_type": "mask2former", "enforce_input_proj": true, "_name_or_path": "x", "torch_dtype": "float32",
                 "hidden_size": 256, "num_hidden_layers": 10, "backbone": null, "backbone_kwargs": null,
                 "use_timm_backbone": false, "use_pretrained_backbone": false, "output_auxiliary_logits": null,
                 "id2label": {"1": "b", "0": "a"}, "label2id": {"a": "nonsense"}, "num_labels": 7,
                 "backbone_config": {"model_type": "swin", "path_norm": true, "encoder_stride": 32, "num_layers": 4}}
                """);
        assertThat(config.labels()).containsExactly("a", "b");
        assertThat(config.enforceInputProjection()).isFalse();
        assertThat(((SwinConfig) config.backbone()).depths()).containsExactly(2, 2, 6, 2);
        assertThat(((SwinConfig) config.backbone()).dropPathRate()).isEqualTo(0.1);
        assertThat(config.loss()).isEqualTo(LossConfig.DEFAULT);
    }
}
