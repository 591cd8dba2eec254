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
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.model.BackboneConfig;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ResNetConfig;
import org.mask2former.model.SwinConfig;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/** Pretrained backbones in all the forms in which they are handed out; fixtures/backbones has the same weights in each. */
class BackboneFilesTests {
    private static final SwinConfig SWIN =
            new SwinConfig(2, List.of(1, 1, 2, 1), List.of(1, 1, 1, 2), 2, 2, true, 1e-5, 0);
    private static final ResNetConfig RESNET = new ResNetConfig(4, List.of(8, 8, 12, 16), List.of(1, 2, 1, 1));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "swin, swin, Transformers' Swin, classifier.bias classifier.weight swin.layernorm.bias swin.layernorm.weight",
        "swin, swin.pth, the original Swin, head.bias head.weight norm.bias norm.weight",
        "swin, swin-d2.pkl, the original Swin, head.bias head.weight norm.bias norm.weight",
        "resnet, resnet, Transformers' ResNet, classifier.1.bias classifier.1.weight",
        "resnet, resnet.pth, torchvision's ResNet, fc.bias fc.weight",
        "resnet, resnet-d2.pkl, Detectron2's ResNet, stem.fc.bias stem.fc.weight",
    })
    void everyFormHoldsTheSameWeights(String model, String file, String names, String others) {
        try (BackboneFiles files = BackboneFiles.open(Fixtures.path("backbones/" + file));
                Weights theirs = Safetensors.open(Fixtures.path("backbones/" + model + "/model.safetensors"))) {
            assertThat(files.names()).isEqualTo(names);
            assertThat(files.others()).containsExactlyInAnyOrder(others.split(" "));
            assertThat(files.weights().names()).isEqualTo(needed(model.equals("swin") ? SWIN : RESNET));
            for (String name : files.weights().names()) {
                String theirName = name.replace(BackboneDialect.ENCODER, model + ".");
                assertThat(files.weights().shape(name)).as(name).isEqualTo(theirs.shape(theirName));
                assertThat(files.weights().tensor(name).toFloats())
                        .as(name)
                        .isEqualTo(theirs.tensor(theirName).toFloats());
            }
        }
    }

    /** All a network needs for its backbone, but for the norms of a Swin's feature maps, which no classifier has. */
    private static Set<String> needed(BackboneConfig backbone) {
        return new Mask2FormerNetwork(ModelConfig.of(backbone, 1, List.of("thing")))
                .parameters().stream()
                        .map(Parameter::name)
                        .filter(n -> n.startsWith(BackboneDialect.ENCODER) && !n.contains("hidden_states_norms"))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet", "d2-swin-tiny/model_final.pkl", "d2-resnet50/model_final.pkl"})
    void ofAWholeModelItsEncoderIsTaken(String model) {
        try (BackboneFiles files = BackboneFiles.open(Fixtures.path(model));
                ModelFiles whole = ModelFiles.open(Fixtures.path(model))) {
            Set<String> expected = new Mask2FormerNetwork(whole.config())
                    .parameters().stream()
                            .map(Parameter::name)
                            .filter(n -> n.startsWith(BackboneDialect.ENCODER))
                            .collect(Collectors.toSet());
            assertThat(files.weights().names()).isEqualTo(expected);
            assertThat(files.others())
                    .contains("class_predictor.weight", "model.transformer_module.queries_features.weight")
                    .noneMatch(n -> n.startsWith(BackboneDialect.ENCODER));
            assertThat(files.names()).isEqualTo("a whole Mask2Former");
        }
    }

    @Test
    void namesMayStandBehindAPrefixAndTheFolderNeedsNoConfiguration() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        try (BackboneFiles files = BackboneFiles.open(Fixtures.path("backbones/resnet.pth"));
                Weights raw = CheckpointFile.open(Fixtures.path("backbones/resnet.pth"))) {
            raw.names().forEach(n -> tensors.put("module.backbone." + n, raw.tensor(n)));
            Safetensors.write(folder.resolve("model.safetensors"), tensors);
            try (BackboneFiles prefixed = BackboneFiles.open(folder)) {
                assertThat(prefixed.weights().names()).isEqualTo(files.weights().names());
                assertThat(prefixed.others()).contains("module.backbone.fc.weight");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "layers.0.blocks.0.attn.cpb_mlp.0.weight, Swin Transformer V2",
        "res2_0_branch2a_w, ResNet of Caffe2",
        "backbone.stages.0.blocks.0.attn.w_msa.qkv.weight, OpenMMLab",
        "blocks.0.attn.qkv.weight, holds no backbone of a known kind",
    })
    void whatIsNoSuchBackboneIsRefusedInOneLine(String name, String message) {
        Path file = folder.resolve("other.safetensors");
        Safetensors.write(file, Map.of(name, HostTensor.of(new float[] {1}, 1)));
        assertThatThrownBy(() -> BackboneFiles.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aFolderWithoutWeightsIsRefused() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        assertThatThrownBy(() -> BackboneFiles.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("has no weights: none of model.safetensors");
        assertThatThrownBy(() -> BackboneFiles.open(folder.resolve("nowhere")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("does not exist");
    }
}
