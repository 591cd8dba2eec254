package org.mask2former.checkpoint;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.BackboneConfig;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ResNetConfig;
import org.mask2former.model.SwinConfig;

/**
 * The hub's {@code config.json}, read and written. What it does not say is as in Transformers'
 * {@code configuration_mask2former.py}; keys it says beyond that are passed over, since published files have stray ones;
 * an architecture that the network has no code for is refused. The written file loads in Transformers. Stateless.
 */
public final class ConfigJson {
    /** No size in a configuration is larger, so that nonsense is refused before a network is built from it. */
    private static final int MAX_SIZE = 65_536;

    private static final int MAX_POINTS = 100_000_000;
    private static final List<String> STAGES = List.of("stage1", "stage2", "stage3", "stage4");
    /** Transformers' default, Swin-S, for configurations that name no backbone. */
    private static final SwinConfig DEFAULT_BACKBONE =
            SwinConfig.of(96, List.of(2, 2, 18, 2), List.of(3, 6, 12, 24), 7);
    /** Transformers' own default of {@code drop_path_rate} inside a backbone_config. */
    private static final double SWIN_DROP_PATH_RATE = 0.1;

    private static final JsonMapper MAPPER = new JsonMapper();

    /** What {@code quantization_config} calls the form that {@link QuantizedWeights} describes. */
    private static final String QUANTIZATION = "mask2former-int8";

    private ConfigJson() {}

    /**
     * Reads a file.
     *
     * @throws CheckpointException if it cannot be read, is not JSON, has a value that makes no sense, or describes
     *     another architecture
     */
    public static ModelConfig read(Path file) {
        return read(JsonFields.read(file));
    }

    /**
     * Reads a text that came from {@code source}.
     *
     * @throws CheckpointException as {@link #read(Path)}
     */
    public static ModelConfig parse(String source, String json) {
        return read(JsonFields.parse(source, json));
    }

    private static ModelConfig read(JsonFields c) {
        String type = c.text("model_type", "");
        if (!type.equals("mask2former")) {
            throw new CheckpointException(c.source() + ": model_type is "
                    + (type.isEmpty() ? "missing" : "\"" + type + "\"")
                    + "; supported is \"mask2former\" with a swin or resnet backbone; choose such a checkpoint");
        }
        require(c, "activation_function", c.text("activation_function", "relu").equals("relu"), "\"relu\"");
        require(c, "common_stride", c.integer("common_stride", 4, MAX_SIZE) == 4, "4");
        List<Integer> strides = List.of(4, 8, 16, 32);
        require(
                c,
                "feature_strides",
                c.integers("feature_strides", strides, MAX_SIZE).equals(strides),
                "[4,8,16,32]");
        c.object("quantization_config").ifPresent(ConfigJson::requireOwnQuantization);
        LossConfig l = LossConfig.DEFAULT;
        try {
            return new ModelConfig(
                    backbone(c),
                    c.integer("feature_size", 256, MAX_SIZE),
                    c.integer("mask_feature_size", 256, MAX_SIZE),
                    c.integer("hidden_dim", 256, MAX_SIZE),
                    c.integer("encoder_layers", 6, MAX_SIZE),
                    c.integer("encoder_feedforward_dim", 1024, MAX_SIZE),
                    c.integer("decoder_layers", 10, MAX_SIZE),
                    c.integer("dim_feedforward", 2048, MAX_SIZE),
                    c.integer("num_attention_heads", 8, MAX_SIZE),
                    c.integer("num_queries", 100, MAX_SIZE),
                    c.flag("pre_norm", false),
                    c.flag("enforce_input_projection", false),
                    labels(c),
                    new LossConfig(
                            c.number("no_object_weight", l.noObjectWeight()),
                            c.number("class_weight", l.classWeight()),
                            c.number("mask_weight", l.maskWeight()),
                            c.number("dice_weight", l.diceWeight()),
                            c.integer("train_num_points", l.trainNumPoints(), MAX_POINTS),
                            c.number("oversample_ratio", l.oversampleRatio()),
                            c.number("importance_sample_ratio", l.importanceSampleRatio())));
        } catch (CheckpointException e) {
            throw e;
        } catch (Mask2FormerException e) {
            throw new CheckpointException(c.source() + ": " + e.getMessage() + "; correct the file", e);
        }
    }

    private static void requireOwnQuantization(JsonFields q) {
        String method = q.text("quant_method", "");
        require(q, "quant_method", method.equals(QUANTIZATION), "\"" + QUANTIZATION + "\"");
    }

    private static BackboneConfig backbone(JsonFields c) {
        if (!c.has("backbone_config")) {
            if (c.has("backbone")) {
                throw c.unsupported("backbone", "absent, with a swin or resnet backbone_config in its place");
            }
            return DEFAULT_BACKBONE;
        }
        JsonFields b = c.object("backbone_config").orElseThrow();
        String type = b.text("model_type", "");
        require(b, "num_channels", b.integer("num_channels", 3, MAX_SIZE) == 3, "3");
        require(b, "out_features", b.texts("out_features", STAGES).equals(STAGES), "all four stages");
        return switch (type) {
            case "swin", "maskformer-swin" -> swin(b);
            case "resnet" -> resnet(b);
            default -> throw b.unsupported("model_type", "\"swin\" or \"resnet\", the supported backbones");
        };
    }

    private static SwinConfig swin(JsonFields b) {
        List<Integer> patch = b.integers("patch_size", List.of(4), MAX_SIZE);
        require(b, "patch_size", !patch.isEmpty() && patch.stream().allMatch(p -> p == 4), "4");
        require(b, "hidden_act", b.text("hidden_act", "gelu").equals("gelu"), "\"gelu\"");
        require(b, "use_absolute_embeddings", !b.flag("use_absolute_embeddings", false), "false");
        return new SwinConfig(
                b.integer("embed_dim", 96, MAX_SIZE),
                b.integers("depths", List.of(2, 2, 6, 2), MAX_SIZE),
                b.integers("num_heads", List.of(3, 6, 12, 24), MAX_SIZE),
                b.integer("window_size", 7, MAX_SIZE),
                b.number("mlp_ratio", SwinConfig.DEFAULT_MLP_RATIO),
                b.flag("qkv_bias", true),
                b.number("layer_norm_eps", SwinConfig.DEFAULT_LAYER_NORM_EPS),
                b.number("drop_path_rate", SWIN_DROP_PATH_RATE));
    }

    private static ResNetConfig resnet(JsonFields b) {
        require(b, "layer_type", b.text("layer_type", "bottleneck").equals("bottleneck"), "\"bottleneck\"");
        require(b, "hidden_act", b.text("hidden_act", "relu").equals("relu"), "\"relu\"");
        for (String flag : List.of("downsample_in_bottleneck", "downsample_in_first_stage")) {
            require(b, flag, !b.flag(flag, false), "false");
        }
        return new ResNetConfig(
                b.integer("embedding_size", 64, MAX_SIZE),
                b.integers("hidden_sizes", List.of(256, 512, 1024, 2048), MAX_SIZE),
                b.integers("depths", List.of(3, 4, 6, 3), MAX_SIZE));
    }

    private static List<String> labels(JsonFields c) {
        List<String> labels = new ArrayList<>();
        if (!c.has("id2label")) {
            int n = c.integer("num_labels", 2, MAX_SIZE);
            for (int id = 0; id < n; id++) {
                labels.add("LABEL_" + id);
            }
            return labels;
        }
        JsonFields names = c.object("id2label").orElseThrow();
        int n = names.names().size();
        for (int id = 0; id < n; id++) {
            String key = String.valueOf(id);
            if (!names.has(key)) {
                throw new CheckpointException(c.source() + ": id2label has " + n + " names but none for " + id
                        + "; number them from 0 to " + (n - 1));
            }
            labels.add(names.text(key, ""));
        }
        return labels;
    }

    private static void require(JsonFields c, String name, boolean holds, String expected) {
        if (!holds) {
            throw c.unsupported(name, expected + ", which is all that is supported");
        }
    }

    /**
     * Writes a file, replacing it if there is one.
     *
     * @throws CheckpointException if it cannot be written
     */
    public static void write(Path file, ModelConfig config) {
        try {
            AtomicFile.write(file, out -> out.write(toJson(config).getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw Failures.unwritable(file, e);
        }
    }

    /** The text of {@code config.json}. */
    public static String toJson(ModelConfig config) {
        return toJson(config, false);
    }

    /** The same, naming the quantisation of a checkpoint that {@link Quantizer} wrote. */
    static String toJson(ModelConfig config, boolean quantized) {
        ObjectNode c = MAPPER.createObjectNode();
        c.putArray("architectures").add("Mask2FormerForUniversalSegmentation");
        c.put("model_type", "mask2former");
        c.set("backbone_config", backbone(config.backbone()));
        c.put("feature_size", config.featureSize());
        c.put("mask_feature_size", config.maskFeatureSize());
        c.put("hidden_dim", config.hiddenDim());
        c.put("encoder_layers", config.encoderLayers());
        c.put("encoder_feedforward_dim", config.encoderFeedforwardDim());
        c.put("decoder_layers", config.decoderPredictions());
        c.put("dim_feedforward", config.dimFeedforward());
        c.put("num_attention_heads", config.numAttentionHeads());
        c.put("num_queries", config.numQueries());
        c.put("pre_norm", config.preNorm());
        c.put("enforce_input_projection", config.enforceInputProjection());
        c.put("activation_function", "relu");
        c.put("dropout", 0.0);
        c.put("common_stride", 4);
        c.set("feature_strides", MAPPER.valueToTree(List.of(4, 8, 16, 32)));
        c.put("no_object_weight", config.loss().noObjectWeight());
        c.put("class_weight", config.loss().classWeight());
        c.put("mask_weight", config.loss().maskWeight());
        c.put("dice_weight", config.loss().diceWeight());
        c.put("train_num_points", config.loss().trainNumPoints());
        c.put("oversample_ratio", config.loss().oversampleRatio());
        c.put("importance_sample_ratio", config.loss().importanceSampleRatio());
        c.put("use_auxiliary_loss", true);
        c.put("ignore_value", 255);
        c.put("init_std", 0.02);
        c.put("init_xavier_std", 1.0);
        ObjectNode names = c.putObject("id2label");
        ObjectNode ids = c.putObject("label2id");
        for (int id = 0; id < config.numClasses(); id++) {
            names.put(String.valueOf(id), config.labels().get(id));
            ids.put(config.labels().get(id), id);
        }
        if (quantized) {
            ObjectNode q = c.putObject("quantization_config");
            q.put("quant_method", QUANTIZATION);
            q.put("weights", "int8, symmetric, a scale for each output channel");
            q.put("activations", "uint8, one static range for each input");
        }
        try {
            DefaultIndenter twoSpaces = new DefaultIndenter("  ", "\n");
            return MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(twoSpaces))
                            .writeValueAsString(c) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode backbone(BackboneConfig backbone) {
        ObjectNode b = MAPPER.createObjectNode();
        if (backbone instanceof SwinConfig swin) {
            b.put("model_type", "swin");
            b.put("embed_dim", swin.embedDim());
            b.set("depths", MAPPER.valueToTree(swin.depths()));
            b.set("num_heads", MAPPER.valueToTree(swin.numHeads()));
            b.put("window_size", swin.windowSize());
            b.put("mlp_ratio", swin.mlpRatio());
            b.put("qkv_bias", swin.qkvBias());
            b.put("layer_norm_eps", swin.layerNormEps());
            b.put("drop_path_rate", swin.dropPathRate());
            b.put("hidden_act", "gelu");
            b.put("hidden_dropout_prob", 0.0);
            b.put("attention_probs_dropout_prob", 0.0);
            b.put("use_absolute_embeddings", false);
            b.put("patch_size", 4);
            // The published checkpoints were pretrained on 32 windows to a side; nothing else depends on it.
            b.put("image_size", 32 * swin.windowSize());
        } else if (backbone instanceof ResNetConfig resnet) {
            b.put("model_type", "resnet");
            b.put("embedding_size", resnet.embeddingSize());
            b.set("hidden_sizes", MAPPER.valueToTree(resnet.hiddenSizes()));
            b.set("depths", MAPPER.valueToTree(resnet.depths()));
            b.put("layer_type", "bottleneck");
            b.put("hidden_act", "relu");
            b.put("downsample_in_first_stage", false);
            b.put("downsample_in_bottleneck", false);
        }
        b.put("num_channels", 3);
        b.set("out_features", MAPPER.valueToTree(STAGES));
        return b;
    }
}
