package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.HostTensor;

/** A run whose backbone begins with pretrained weights; BackboneFilesTests has the forms that these come in. */
class PretrainedBackboneTests {
    private static final String ENCODER = "model.pixel_level_module.encoder.";
    private static final String SWIN = "model.backbone_config={model_type: swin, embed_dim: 2, depths: [1, 1, 2, 1],"
            + " num_heads: [1, 1, 1, 2], window_size: 2, mlp_ratio: 2}";
    private static final String RESNET = "model.backbone_config={model_type: resnet, embedding_size: 4,"
            + " hidden_sizes: [8, 8, 12, 16], depths: [1, 2, 1, 1]}";

    @TempDir
    private Path folder;

    private StartingPoint start(String... changes) {
        return StartingPoint.of(new SmallRun(folder).config(changes), List.of("car", "person"), Path::of);
    }

    private static String backbone(String file) {
        return "backbone=" + Fixtures.path("backbones/" + file);
    }

    @Test
    void aResNetBeginsWithTheFilesWeightsAndTheRestAtRandom() {
        StartingPoint start = start(RESNET, backbone("resnet-d2.pkl"));
        Weights random = start(RESNET).weights();

        try (Weights theirs = Safetensors.open(Fixtures.path("backbones/resnet/model.safetensors"))) {
            for (String name : start.weights().names()) {
                float[] expected = name.startsWith(ENCODER)
                        ? theirs.tensor(name.replace(ENCODER, "resnet.")).toFloats()
                        : random.tensor(name).toFloats();
                assertThat(start.weights().tensor(name).toFloats()).as(name).isEqualTo(expected);
            }
        }
        assertThat(start.said())
                .containsExactly(
                        "backbone: all 100 weights are from " + Fixtures.path("backbones/resnet-d2.pkl")
                                + " (names of Detectron2's ResNet)",
                        "backbone: left out of it: stem.fc.bias, stem.fc.weight",
                        "all other weights are drawn at random");
    }

    @Test
    void theNormsOfASwinsFeatureMapsBeginAnew() {
        StartingPoint start = start(SWIN, backbone("swin.pth"));

        assertThat(start.weights()
                        .tensor(ENCODER + "hidden_states_norms.stage3.weight")
                        .toFloats())
                .hasSize(8)
                .containsOnly(1);
        assertThat(start.said())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("backbone: it has none of these, which begin anew: ")
                        .contains("hidden_states_norms.stage1.weight", "hidden_states_norms.stage4.bias"))
                .contains("backbone: left out of it: head.bias, head.weight, norm.bias, norm.weight");
    }

    @Test
    void positionBiasesOfOtherWindowsAreResizedAsTheOriginalResizesThem() {
        StartingPoint start = start(SWIN.replace("window_size: 2", "window_size: 3"), backbone("swin"));

        try (Weights expected = Safetensors.open(Fixtures.path("backbones/resized.safetensors"))) {
            assertThat(expected.names()).hasSize(5);
            for (String name : expected.names()) {
                float[] theirs = expected.tensor(name).toFloats();
                float[] ours = start.weights()
                        .tensor(name.replaceFirst("^swin\\.", ENCODER))
                        .toFloats();
                assertThat(ours).as(name).hasSameSizeAs(theirs);
                for (int i = 0; i < theirs.length; i++) {
                    assertThat(ours[i]).as(name).isCloseTo(theirs[i], within(1e-6f));
                }
            }
        }
        assertThat(start.said())
                .contains("backbone: position biases are resized from its windows to this model's, in 5 blocks");
    }

    @Test
    void ofAWholeModelTheEncoderIsTakenAndTheRestNamedByPart() {
        StartingPoint start = start(
                "model.backbone_config={model_type: swin, embed_dim: 16, depths: [2, 2, 2, 2],"
                        + " num_heads: [1, 2, 4, 8], window_size: 4}",
                "backbone=" + Fixtures.path("tiny-swin"));

        String norm = ENCODER + "hidden_states_norms.stage2.bias";
        try (Weights theirs = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            assertThat(start.weights().tensor(norm).toFloats())
                    .isEqualTo(theirs.tensor(norm).toFloats());
        }
        assertThat(start.said())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("backbone: left out of it: ")
                        .containsPattern("model\\.pixel_level_module\\.decoder\\.… \\(\\d+\\)")
                        .contains("class_predictor.weight,"));
    }

    @Test
    void anotherBackboneIsRefusedInOneLine() {
        assertThatThrownBy(() -> start(SWIN, backbone("resnet.pth")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("resnet.pth (names of torchvision's ResNet) is not of the backbone")
                .hasMessageContaining("missing (")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> start(SWIN.replace("embed_dim: 2", "embed_dim: 4"), backbone("swin.pth")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("of another shape (")
                .hasMessageContaining(
                        "embeddings.patch_embeddings.projection.weight is [2, 3, 4, 4] instead of [4, 3, 4, 4]");
    }

    @Test
    void aDeeperBackboneIsRefusedInsteadOfCut() {
        assertThatThrownBy(() -> start(RESNET.replace("[1, 2, 1, 1]", "[1, 1, 1, 1]"), backbone("resnet.pth")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("more than it has (15): encoder.stages.1.layers.1.layer.0")
                .hasMessageContaining("correct model.backbone_config");
    }

    @Test
    void itsNormalisationOfPicturesGoesWithIt() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        Files.copy(Fixtures.path("backbones/resnet/model.safetensors"), copy.resolve("model.safetensors"));
        Files.writeString(
                copy.resolve("preprocessor_config.json"),
                "{\"image_processor_type\": \"ConvNextImageProcessor\", \"size\": {\"shortest_edge\": 224},"
                        + " \"resample\": 3, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.25, 0.25, 0.25]}");

        StartingPoint start = start(RESNET, "backbone=" + copy);

        assertThat(start.preprocessing().imageMean()).containsExactly(0.5, 0.5, 0.5);
        assertThat(start.preprocessing().imageStd()).containsExactly(0.25, 0.25, 0.25);
        assertThat(start.preprocessing().size()).hasToString("64/64");
    }

    @Test
    void itsBatchNormsStayAsTheyAreUnlessTheRunSaysOtherwise() {
        SmallRun small = new SmallRun(folder);
        String file = backbone("resnet.pth");
        assertThat(small.config(RESNET).trainBatchNorm()).isTrue();
        assertThat(small.config(RESNET, file).trainBatchNorm()).isFalse();
        assertThat(small.config(RESNET, file, "batch_norm=train").trainBatchNorm())
                .isTrue();
    }

    @Test
    void aRunTrainsFromIt() {
        SmallRun small = new SmallRun(folder);
        Map<String, HostTensor> before = new LinkedHashMap<>();
        try (Weights theirs = Safetensors.open(Fixtures.path("backbones/resnet/model.safetensors"))) {
            theirs.names().forEach(n -> before.put(n.replaceFirst("^resnet\\.", ENCODER), theirs.tensor(n)));
        }

        small.runFor(1, "run", RESNET, backbone("resnet.pth"), "parts.val=none", "optimizer.moving_average=0");

        assertThat(small.heard).anyMatch(line -> line.startsWith("backbone: all 100 weights are from"));
        try (Weights after = Safetensors.open(folder.resolve("run/weights/last.safetensors"))) {
            String learned = ENCODER + "embedder.embedder.convolution.weight";
            String kept = ENCODER + "embedder.embedder.normalization.running_mean";
            assertThat(after.tensor(learned).toFloats())
                    .isNotEqualTo(before.get(learned).toFloats());
            assertThat(after.tensor(kept).toFloats()).isEqualTo(before.get(kept).toFloats());
        }
    }
}
