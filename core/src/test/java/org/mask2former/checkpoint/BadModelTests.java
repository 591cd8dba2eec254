package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;
import org.mask2former.ops.HostTensor;

/** Folders, configurations, indices and names that make no model. */
class BadModelTests {
    private static final HostTensor ONE = HostTensor.of(new float[] {1}, 1);

    @TempDir
    Path temporary;

    private Path model;

    @BeforeEach
    void aGoodModel() throws IOException {
        model = Files.createDirectory(temporary.resolve("some-model"));
        for (String file : new String[] {"config.json", "preprocessor_config.json", "model.safetensors"}) {
            Files.copy(Fixtures.path("tiny-resnet").resolve(file), model.resolve(file));
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // what | in the good file | its replacement | the message
                "another model | \"model_type\": \"mask2former\" | \"model_type\": \"oneformer\" | model_type is \"oneformer\"",
                "no model type | \"model_type\": \"mask2former\" | \"a\": 1 | model_type is missing",
                "a number for the model type | \"model_type\": \"mask2former\" | \"model_type\": 2 | must be a string",
                "another backbone | \"model_type\": \"resnet\" | \"model_type\": \"dinov2\" | \"swin\" or \"resnet\"",
                "no backbone type | \"model_type\": \"resnet\" | \"b\": 1 | backbone_config.model_type",
                "a list for the backbone | \"backbone_config\": { | \"backbone_config\": [], \"x\": { | must be an object",
                "basic blocks | \"bottleneck\" | \"basic\" | backbone_config.layer_type is \"basic\", but must be \"bottleneck\"",
                "stride in 1×1 | \"downsample_in_bottleneck\": false | \"downsample_in_bottleneck\": true | downsample_in_bottleneck is true",
                "stride in stage 1 | \"downsample_in_first_stage\": false | \"downsample_in_first_stage\": true | downsample_in_first_stage is true",
                "another activation | \"hidden_act\": \"relu\" | \"hidden_act\": \"gelu\" | hidden_act is \"gelu\"",
                "one more activation | \"activation_function\": \"relu\" | \"activation_function\": \"silu\" | activation_function",
                "grey pictures | \"num_channels\": 3 | \"num_channels\": 1 | num_channels is 1",
                "a size of zero | \"hidden_dim\": 32 | \"hidden_dim\": 0 | hidden_dim 0 is not possible",
                "a size that does not divide | \"hidden_dim\": 32 | \"hidden_dim\": 33 | must be even and a multiple",
                "a negative size | \"num_queries\": 20 | \"num_queries\": -1 | a whole number from 0",
                "a huge size | \"num_queries\": 20 | \"num_queries\": 2000000000 | a whole number from 0 to 65536",
                "a huger size | \"num_queries\": 20 | \"num_queries\": 1e300 | a whole number",
                "half a query | \"num_queries\": 20 | \"num_queries\": 20.5 | num_queries is 20.5",
                "a word for a size | \"num_queries\": 20 | \"num_queries\": \"many\" | num_queries is \"many\"",
                "a word for a flag | \"pre_norm\": false | \"pre_norm\": \"no\" | must be true or false",
                "a word for a weight | \"class_weight\": 2.0 | \"class_weight\": \"2\" | must be a number",
                "strides of others | \"common_stride\": 4 | \"common_stride\": 8 | common_stride is 8",
                "no layers | \"decoder_layers\": 5 | \"decoder_layers\": 1 | at least 2",
                "a hole in the labels | \"3\": \"class_3\" | \"9\": \"class_3\" | none for 3",
                "a number for a label | \"3\": \"class_3\" | \"3\": 3 | id2label.3 is 3",
                "a list for the labels | \"id2label\": { | \"id2label\": [], \"x\": { | must be an object",
                "two stages | \"hidden_sizes\": [ | \"hidden_sizes\": [32, 64], \"x\": [ | four stages",
                "a comma too many | \"pre_norm\": false | ,\"pre_norm\": false | not valid JSON in line",
            })
    void aConfigurationWith(String what, String good, String bad, String message) throws IOException {
        edit("config.json", text -> {
            if (!text.contains(good)) {
                throw new AssertionError("the configuration has no " + good);
            }
            return text.replace(good, bad);
        });
        Refusals.assertRefused(model, message, "config.json");
    }

    @Test
    void anEmptyConfiguration() throws IOException {
        edit("config.json", text -> "");
        Refusals.assertRefused(model, "is empty", "config.json");
    }

    @Test
    void aConfigurationThatIsAList() throws IOException {
        edit("config.json", text -> "[" + text + "]");
        Refusals.assertRefused(model, "is not a JSON object", "config.json");
    }

    @Test
    void noConfiguration() throws IOException {
        Files.delete(model.resolve("config.json"));
        Refusals.assertRefused(model, "is missing", "config.json");
    }

    @Test
    void noWeights() throws IOException {
        Files.delete(model.resolve("model.safetensors"));
        Refusals.assertRefused(model, "no weights: none of model.safetensors", "some-model");
    }

    @Test
    void anEmptyFolder() throws IOException {
        for (String file : new String[] {"config.json", "preprocessor_config.json", "model.safetensors"}) {
            Files.delete(model.resolve(file));
        }
        Refusals.assertRefused(model, "it is empty, download", "some-model");
    }

    @Test
    void aFolderOfOtherThings() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("pictures"));
        Files.writeString(folder.resolve("a.jpg"), "x");
        Refusals.assertRefused(folder, "it has a.jpg", "pictures");
    }

    @Test
    void nothingAtAll() throws IOException {
        Refusals.assertRefused(temporary.resolve("nobody.pth"), "does not exist", "nobody.pth");
    }

    @Test
    void anIndexWhoseFileIsMissing() throws IOException {
        index("{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}");
        Refusals.assertRefused(model, "does not exist", "model-00001-of-00002.safetensors");
    }

    @Test
    void anIndexThatLeadsOutside() throws IOException {
        for (String file : new String[] {"../secret.safetensors", "/etc/passwd", "..\\\\x", "", "x.index.json"}) {
            index("{\"weight_map\": {\"a\": \"" + file + "\"}}");
            Refusals.assertRefused(model, "may only name weight files beside it", "model.safetensors.index.json");
        }
    }

    @Test
    void anIndexThatNamesATensorItsFileLacks() throws IOException {
        Files.move(model.resolve("model.safetensors"), model.resolve("shard.safetensors"));
        Files.writeString(
                model.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"shard.safetensors\"}}");
        Refusals.assertRefused(model, "expects the tensor a in", "model.safetensors.index.json");
    }

    @Test
    void anIndexWithoutAMap() throws IOException {
        index("{\"metadata\": {}}");
        Refusals.assertRefused(model, "has no weight_map", "model.safetensors.index.json");
    }

    @Test
    void anIndexOfNumbers() throws IOException {
        index("{\"weight_map\": {\"a\": 1}}");
        Refusals.assertRefused(model, "must be a string", "model.safetensors.index.json");
    }

    private void index(String json) throws IOException {
        Files.deleteIfExists(model.resolve("model.safetensors"));
        Files.writeString(model.resolve("model.safetensors.index.json"), json);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "panoptic_head.cls_embed.weight | an OpenMMLab",
                "decode_head.pixel_decoder.input_convs.0.conv.weight | an OpenMMLab",
                "model.sem_seg_head.predictor.query_feat.weight | NVIDIA TAO",
                "backbone.patch_embed.proj.weight | a backbone only",
                "layer1.0.conv1.weight | a backbone only",
                "sem_seg_head.predictor.transformer.decoder.norm.weight | MaskFormer, Mask2Former's predecessor",
                "model.pixel_level_module.encoder.x,model.task_encoder.y | a OneFormer",
                "encoder.weight,decoder.weight | none is named like one",
                "sem_seg_head.predictor.query_feat.weight,sem_seg_head.predictor.static_query.weight | two names of the same",
                "sem_seg_head.predictor.query_feat.weight | cannot be inferred"
            })
    void weightsOfAnotherNetwork(String names, String message) throws IOException {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (String name : names.split(",")) {
            tensors.put(name, ONE);
        }
        Path file = temporary.resolve("other.safetensors");
        Safetensors.write(file, tensors);
        Refusals.assertRefused(file, message);
    }

    @ParameterizedTest(name = "{0} as {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "class_predictor.weight | 32 | must have 2 dimensions",
                "model.pixel_level_module.decoder.encoder.layers.0.self_attn.sampling_offsets.weight | 97,32 | 24 rows a head",
                "model.transformer_module.level_embed.weight | 4,32 | must have 3 rows",
                "model.transformer_module.level_embed.weight | 3,64 | no input_projections",
                "model.pixel_level_module.encoder.embeddings.patch_embeddings.projection.weight | 16,3,2,2 | patch embedding of 4×4",
                "model.pixel_level_module.encoder.encoder.layers.0.blocks.0.attention.self.relative_position_bias_table | 50,1 | rows",
                "model.pixel_level_module.encoder.encoder.layers.1.blocks.0.attention.self.relative_position_bias_table | 49,3 | impossible model",
            })
    void shapesThatNoModelHas(String name, String shape, String message) throws IOException {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        Path file = temporary.resolve("shapes.safetensors");
        try (Weights good = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            good.names().forEach(n -> tensors.put(n, good.tensor(n)));
            int elements = 1;
            String[] parts = shape.split(",");
            int[] dims = new int[parts.length];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = Integer.parseInt(parts[i]);
                elements *= dims[i];
            }
            tensors.put(name, HostTensor.of(new float[elements], dims));
            Safetensors.write(file, tensors);
        }
        Refusals.assertRefused(file, message);
    }

    private void edit(String file, UnaryOperator<String> change) throws IOException {
        Path path = model.resolve(file);
        Files.writeString(path, change.apply(Files.readString(path)));
    }
}
