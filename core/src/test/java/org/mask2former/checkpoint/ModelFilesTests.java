package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ResNetConfig;
import org.mask2former.model.SwinConfig;
import org.mask2former.ops.HostTensor;

class ModelFilesTests {
    private static final String ENCODER = "model.pixel_level_module.encoder.";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-swin",
                "tiny-swin-odd",
                "tiny-resnet",
                "d2-swin-tiny/model_final.pkl",
                "d2-swin-tiny/model_final_torch.pth",
                "d2-resnet50/model_final.pkl"
            })
    void everyFixtureFitsTheNetworkOfItsConfiguration(String fixture) {
        try (ModelFiles model = ModelFiles.open(Fixtures.path(fixture))) {
            CheckpointFit.check(new Mask2FormerNetwork(model.config()).parameters(), model.weights());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void whatIsInferredFromTheWeightsIsWhatTheConfigurationSays(String fixture) {
        try (ModelFiles model = ModelFiles.open(Fixtures.path(fixture))) {
            ModelConfig inferred = ConfigInference.infer(model.weights());
            ModelConfig said = model.config();
            // Stochastic depth, class names and the loss leave no trace in the weights.
            assertThat(inferred.numClasses()).isEqualTo(said.numClasses());
            assertThat(inferred)
                    .usingRecursiveComparison()
                    .ignoringFields("labels", "loss", "backbone.dropPathRate")
                    .isEqualTo(said);
        }
    }

    @Test
    void theArchitectureOfADetectron2SwinIsInferred() throws IOException {
        JsonNode a = expected("d2-swin-tiny").get("architecture");
        try (ModelFiles model = ModelFiles.open(Fixtures.path("d2-swin-tiny/model_final.pkl"))) {
            ModelConfig c = model.config();
            SwinConfig swin = (SwinConfig) c.backbone();
            assertThat(swin.embedDim()).isEqualTo(a.get("embed_dim").intValue());
            assertThat(swin.depths()).isEqualTo(ints(a.get("depths")));
            assertThat(swin.numHeads()).isEqualTo(ints(a.get("num_heads")));
            assertThat(swin.windowSize()).isEqualTo(a.get("window_size").intValue());
            assertThat(swin.mlpRatio()).isEqualTo(a.get("mlp_ratio").doubleValue());
            assertThat(swin.qkvBias()).isEqualTo(a.get("qkv_bias").booleanValue());
            checkHeads(c, a);
        }
    }

    @Test
    void theArchitectureOfADetectron2ResNetIsInferred() throws IOException {
        JsonNode a = expected("d2-resnet50").get("architecture");
        try (ModelFiles model = ModelFiles.open(Fixtures.path("d2-resnet50/model_final.pkl"))) {
            ModelConfig c = model.config();
            int first = a.get("res2_out_channels").intValue();
            assertThat(c.backbone())
                    .isEqualTo(new ResNetConfig(
                            a.get("stem_out_channels").intValue(),
                            List.of(first, 2 * first, 4 * first, 8 * first),
                            ints(a.get("blocks_per_stage"))));
            assertThat(c.backbone().displayName()).isEqualTo("ResNet-50");
            checkHeads(c, a);
        }
    }

    private static void checkHeads(ModelConfig c, JsonNode a) {
        assertThat(c.featureSize()).isEqualTo(a.get("conv_dim").intValue());
        assertThat(c.maskFeatureSize()).isEqualTo(a.get("mask_dim").intValue());
        assertThat(c.hiddenDim()).isEqualTo(a.get("hidden_dim").intValue());
        assertThat(c.numAttentionHeads()).isEqualTo(a.get("nheads").intValue());
        assertThat(c.encoderLayers()).isEqualTo(a.get("pixel_decoder_layers").intValue());
        assertThat(c.encoderFeedforwardDim())
                .isEqualTo(a.get("pixel_decoder_feedforward").intValue());
        assertThat(c.decoderPredictions()).isEqualTo(a.get("config_DEC_LAYERS").intValue());
        assertThat(c.dimFeedforward()).isEqualTo(a.get("decoder_feedforward").intValue());
        assertThat(c.numQueries()).isEqualTo(a.get("num_queries").intValue());
        assertThat(c.labels()).containsExactly("class_0", "class_1", "class_2", "class_3", "class_4", "class_5");
        assertThat(c.preNorm()).isFalse();
        assertThat(c.enforceInputProjection()).isFalse();
    }

    @Test
    void aDetectron2PickleHoldsWhatItsDescriptionSays() throws IOException {
        for (String fixture : List.of("d2-swin-tiny", "d2-resnet50")) {
            try (Weights raw = CheckpointFile.open(Fixtures.path(fixture + "/model_final.pkl"))) {
                JsonNode stateDict = expected(fixture).get("state_dict");
                assertThat(raw.names()).hasSize(stateDict.size());
                for (JsonNode e : stateDict) {
                    assertThat(raw.shape(e.get("name").textValue()))
                            .containsExactly(ints(e.get("shape")).stream()
                                    .mapToInt(i -> i)
                                    .toArray());
                }
            }
        }
    }

    @Test
    void thePickleAndTheTorchFileOfOneModelAreEqual() {
        try (ModelFiles pickle = ModelFiles.open(Fixtures.path("d2-swin-tiny/model_final.pkl"));
                ModelFiles torch = ModelFiles.open(Fixtures.path("d2-swin-tiny/model_final_torch.pth"))) {
            // The newer file calls the query features by their newer name.
            assertThat(torch.weights().names())
                    .containsAll(pickle.weights().names().stream().toList());
            for (String name : pickle.weights().names()) {
                assertThat(torch.weights().tensor(name).data())
                        .as(name)
                        .isEqualTo(pickle.weights().tensor(name).data());
            }
        }
    }

    @Test
    void aFileTooLargeForOneMappingIsReadTheSame() {
        for (String file : List.of("model_final.pkl", "model_final_torch.pth")) {
            Path path = Fixtures.path("d2-swin-tiny/" + file);
            try (Weights whole = CheckpointFile.open(path);
                    MappedFile pieces = MappedFile.open(path, 10_000)) {
                Map<String, LazyTensor> tensors = file.endsWith(".pth")
                        ? TorchFile.zip(pieces)
                        : StateDicts.find(path, Unpickler.load(new PickleInput(pieces)));
                assertThat(tensors.keySet()).containsExactlyElementsOf(whole.names());
                tensors.forEach((name, tensor) -> assertThat(tensor.read().data())
                        .isEqualTo(whole.tensor(name).data()));
            }
        }
    }

    @Test
    void qkvIsCutIntoQueryKeyAndValue() {
        try (Weights raw = CheckpointFile.open(Fixtures.path("d2-swin-tiny/model_final.pkl"))) {
            Weights hub = HubDialect.of(raw);
            float[] qkv =
                    raw.tensor("backbone.layers.1.blocks.0.attn.qkv.weight").toFloats();
            String block = ENCODER + "encoder.layers.1.blocks.0.attention.self.";
            int third = qkv.length / 3;
            int part = 0;
            for (String name : List.of("query", "key", "value")) {
                HostTensor tensor = hub.tensor(block + name + ".weight");
                assertThat(tensor.shape()).containsExactly(16, 16);
                assertThat(tensor.toFloats()).containsExactly(Arrays.copyOfRange(qkv, part * third, ++part * third));
            }
        }
    }

    @Test
    void transformersNamesInMemoryBecomeTheHubs() throws IOException {
        JsonNode norms = expected("tiny-swin").get("gradient_norms");
        try (Weights hub = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            Map<String, HostTensor> inMemory = new LinkedHashMap<>();
            norms.fieldNames().forEachRemaining(n -> inMemory.put(n, HostTensor.of(new float[] {1}, 1)));
            Weights renamed = HubDialect.of(Weights.of("in memory", inMemory));
            assertThat(hub.names()).containsAll(renamed.names());
            assertThat(renamed.names())
                    .containsExactlyInAnyOrderElementsOf(hub.names().stream()
                            .filter(n -> !CheckpointFit.isIgnorable(n))
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "module.", "model.", "module.model.", "student."})
    void prefixesOfWrappersAreRemoved(String prefix) {
        try (Weights hub = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            Map<String, HostTensor> wrapped = new LinkedHashMap<>();
            hub.names().forEach(n -> wrapped.put(prefix + n, hub.tensor(n)));
            assertThat(HubDialect.of(Weights.of("wrapped", wrapped)).names()).containsExactlyElementsOf(hub.names());
        }
    }

    @Test
    void theMaskFormerSwinFlavourIsUnderstood() {
        Map<String, HostTensor> flavour = new LinkedHashMap<>();
        HostTensor one = HostTensor.of(new float[] {1}, 1);
        flavour.put(ENCODER + "model.embeddings.norm.weight", one);
        flavour.put(ENCODER + "model.encoder.layers.0.blocks.1.attention.self.query.weight", one);
        flavour.put(ENCODER + "model.layernorm.weight", one);
        flavour.put(ENCODER + "hidden_states_norms.0.weight", one);
        flavour.put(ENCODER + "hidden_states_norms.3.bias", one);
        assertThat(HubDialect.of(Weights.of("flavour", flavour)).names())
                .containsExactly(
                        ENCODER + "embeddings.norm.weight",
                        ENCODER + "encoder.layers.0.blocks.1.attention.self.query.weight",
                        ENCODER + "swin.layernorm.weight",
                        ENCODER + "hidden_states_norms.stage1.weight",
                        ENCODER + "hidden_states_norms.stage4.bias");
    }

    @Test
    void namesWithoutPixelDecoderOfOldDetectron2CheckpointsAreUnderstood() {
        try (Weights raw = CheckpointFile.open(Fixtures.path("d2-swin-tiny/model_final.pkl"))) {
            Map<String, HostTensor> old = new LinkedHashMap<>();
            raw.names().forEach(n -> old.put(n.replace("sem_seg_head.pixel_decoder.", "sem_seg_head."), raw.tensor(n)));
            assertThat(HubDialect.of(Weights.of("old", old)).names())
                    .containsExactlyElementsOf(HubDialect.of(raw).names());
        }
    }

    @Test
    void aShardedFolderIsReadAsOne() throws IOException {
        Path tiny = Fixtures.path("tiny-swin");
        Files.copy(tiny.resolve("config.json"), folder.resolve("config.json"));
        StringBuilder map = new StringBuilder();
        try (Weights all = Safetensors.open(tiny.resolve("model.safetensors"))) {
            Map<String, HostTensor> even = new LinkedHashMap<>();
            Map<String, HostTensor> odd = new LinkedHashMap<>();
            int i = 0;
            for (String name : all.names()) {
                (i % 2 == 0 ? even : odd).put(name, all.tensor(name));
                map.append(i == 0 ? "" : ",")
                        .append('"')
                        .append(name)
                        .append("\":\"model-0000")
                        .append(1 + i % 2)
                        .append("-of-00002.safetensors\"");
                i++;
            }
            Safetensors.write(folder.resolve("model-00001-of-00002.safetensors"), even);
            Safetensors.write(folder.resolve("model-00002-of-00002.safetensors"), odd);
            Files.writeString(
                    folder.resolve("model.safetensors.index.json"), "{\"metadata\":{},\"weight_map\":{" + map + "}}");
            try (ModelFiles model = ModelFiles.open(folder)) {
                CheckpointFit.check(new Mask2FormerNetwork(model.config()).parameters(), model.weights());
                for (String name : all.names()) {
                    assertThat(model.weights().tensor(name).data())
                            .isEqualTo(all.tensor(name).data());
                }
            }
        }
    }

    @Test
    void aWeightFileUsesTheConfigurationAndPreprocessorBesideIt() {
        Path file = Fixtures.path("tiny-resnet/model.safetensors");
        try (ModelFiles model = ModelFiles.open(file)) {
            assertThat(model.config().loss().trainNumPoints()).isEqualTo(128);
            assertThat(model.preprocessorJson()).contains(file.resolveSibling("preprocessor_config.json"));
            assertThat(model.source()).isEqualTo(file);
        }
    }

    @Test
    void aClosedModelGivesNoMoreTensors() {
        ModelFiles model = ModelFiles.open(Fixtures.path("d2-swin-tiny/model_final_torch.pth"));
        model.close();
        model.close();
        assertThatThrownBy(() -> model.weights().tensor("class_predictor.bias"))
                .isInstanceOf(IllegalStateException.class);
    }

    private static JsonNode expected(String fixture) throws IOException {
        return new JsonMapper()
                .readTree(Fixtures.path(fixture + "/expected.json").toFile());
    }

    private static List<Integer> ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::intValue)
                .toList();
    }
}
