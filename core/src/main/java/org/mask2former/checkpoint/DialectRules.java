package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * The names of the dialects, side by side with the hub's. Sources: Transformers'
 * {@code convert_mask2former_original_pytorch_checkpoint_to_pytorch.py} for Detectron2,
 * {@code conversion_mapping.py} ("swin", "SwinBackbone") for its in-memory names. The first rule that matches counts.
 */
final class DialectRules {
    private static final String ENCODER = "model.pixel_level_module.encoder.";
    private static final String PIXEL_DECODER = "model.pixel_level_module.decoder.";
    private static final String TRANSFORMER = "model.transformer_module.";

    /** Transformers 5 in memory, and the older MaskFormerSwin flavour. Names already in the hub's dialect match none. */
    static final List<RenameRule> TRANSFORMERS = transformers();

    static final List<RenameRule> DETECTRON2 = detectron2();

    private DialectRules() {}

    private static List<RenameRule> transformers() {
        String encoder = "model\\.pixel_level_module\\.encoder\\.";
        String block = encoder + "(?:swin\\.|model\\.)?encoder\\.(layers\\.\\d+\\.blocks\\.\\d+)\\.";
        String hubBlock = ENCODER + "encoder.$1.";
        List<RenameRule> rules = new ArrayList<>();
        rules.add(RenameRule.of(block + "attention\\.q_proj\\.", hubBlock + "attention.self.query."));
        rules.add(RenameRule.of(block + "attention\\.k_proj\\.", hubBlock + "attention.self.key."));
        rules.add(RenameRule.of(block + "attention\\.v_proj\\.", hubBlock + "attention.self.value."));
        rules.add(RenameRule.of(block + "attention\\.o_proj\\.", hubBlock + "attention.output.dense."));
        rules.add(RenameRule.of(
                block + "attention\\.relative_position_bias\\.relative_position_", // _bias_table, _index
                hubBlock + "attention.self.relative_position_"));
        rules.add(RenameRule.of(block + "mlp\\.fc1\\.", hubBlock + "intermediate.dense."));
        rules.add(RenameRule.of(block + "mlp\\.fc2\\.", hubBlock + "output.dense."));
        rules.add(RenameRule.of(encoder + "(?:swin|model)\\.(embeddings|encoder)\\.", ENCODER + "$1."));
        rules.add(RenameRule.of(encoder + "model\\.layernorm\\.", ENCODER + "swin.layernorm."));
        for (int stage = 0; stage < 4; stage++) {
            rules.add(RenameRule.of(
                    encoder + "hidden_states_norms\\." + stage + "\\.",
                    ENCODER + "hidden_states_norms.stage" + (stage + 1) + "."));
        }
        return List.copyOf(rules);
    }

    private static List<RenameRule> detectron2() {
        List<RenameRule> rules = new ArrayList<>();
        swin(rules);
        resnet(rules);
        pixelDecoder(rules);
        transformerDecoder(rules);
        return List.copyOf(rules);
    }

    private static void swin(List<RenameRule> rules) {
        String block = "backbone\\.(layers\\.\\d+\\.blocks\\.\\d+)\\.";
        String hubBlock = ENCODER + "encoder.$1.";
        rules.add(
                RenameRule.of("backbone\\.patch_embed\\.proj\\.", ENCODER + "embeddings.patch_embeddings.projection."));
        rules.add(RenameRule.of("backbone\\.patch_embed\\.norm\\.", ENCODER + "embeddings.norm."));
        rules.add(RenameRule.of(block + "norm1\\.", hubBlock + "layernorm_before."));
        rules.add(RenameRule.of(block + "norm2\\.", hubBlock + "layernorm_after."));
        rules.add(RenameRule.of(
                block + "attn\\.relative_position_", // _bias_table, _index
                hubBlock + "attention.self.relative_position_"));
        rules.add(RenameRule.of(
                block + "attn\\.qkv\\.",
                hubBlock + "attention.self.query.",
                hubBlock + "attention.self.key.",
                hubBlock + "attention.self.value."));
        rules.add(RenameRule.of(block + "attn\\.proj\\.", hubBlock + "attention.output.dense."));
        rules.add(RenameRule.of(block + "mlp\\.fc1\\.", hubBlock + "intermediate.dense."));
        rules.add(RenameRule.of(block + "mlp\\.fc2\\.", hubBlock + "output.dense."));
        rules.add(RenameRule.of(
                "backbone\\.(layers\\.\\d+\\.downsample)\\.(reduction|norm)\\.", ENCODER + "encoder.$1.$2."));
        for (int stage = 0; stage < 4; stage++) {
            rules.add(RenameRule.of(
                    "backbone\\.norm" + stage + "\\.", ENCODER + "hidden_states_norms.stage" + (stage + 1) + "."));
        }
    }

    private static void resnet(List<RenameRule> rules) {
        convolution(rules, "backbone\\.stem\\.conv1\\.", ENCODER + "embedder.embedder.");
        for (int stage = 0; stage < 4; stage++) {
            String block = "backbone\\.res" + (stage + 2) + "\\.(\\d+)\\.";
            String hubBlock = ENCODER + "encoder.stages." + stage + ".layers.$1.";
            convolution(rules, block + "shortcut\\.", hubBlock + "shortcut.");
            for (int conv = 0; conv < 3; conv++) {
                convolution(rules, block + "conv" + (conv + 1) + "\\.", hubBlock + "layer." + conv + ".");
            }
        }
    }

    /** A convolution without bias, and the batch norm that Detectron2 keeps inside it. */
    private static void convolution(List<RenameRule> rules, String detectron2, String hub) {
        rules.add(RenameRule.of(detectron2 + "weight$", hub + "convolution.weight"));
        rules.add(RenameRule.of(detectron2 + "norm\\.", hub + "normalization."));
    }

    private static void pixelDecoder(List<RenameRule> rules) {
        // Checkpoints older than version 2 of MaskFormerHead have no "pixel_decoder" in these names.
        String head = "sem_seg_head\\.(?:pixel_decoder\\.)?";
        String layer = head + "transformer\\.encoder\\.(layers\\.\\d+)\\.";
        String hubLayer = PIXEL_DECODER + "encoder.$1.";
        for (String conv : List.of("adapter_1", "layer_1")) {
            rules.add(RenameRule.of(head + conv + "\\.weight$", PIXEL_DECODER + conv + ".0.weight"));
            rules.add(RenameRule.of(head + conv + "\\.norm\\.", PIXEL_DECODER + conv + ".1."));
        }
        rules.add(RenameRule.of(head + "input_proj\\.", PIXEL_DECODER + "input_projections."));
        rules.add(RenameRule.of(head + "mask_features\\.", PIXEL_DECODER + "mask_projection."));
        rules.add(RenameRule.of(head + "transformer\\.level_embed$", PIXEL_DECODER + "level_embed"));
        rules.add(RenameRule.of(layer + "self_attn\\.", hubLayer + "self_attn."));
        rules.add(RenameRule.of(layer + "norm1\\.", hubLayer + "self_attn_layer_norm."));
        rules.add(RenameRule.of(layer + "norm2\\.", hubLayer + "final_layer_norm."));
        rules.add(RenameRule.of(layer + "linear1\\.", hubLayer + "fc1."));
        rules.add(RenameRule.of(layer + "linear2\\.", hubLayer + "fc2."));
    }

    private static void transformerDecoder(List<RenameRule> rules) {
        String predictor = "sem_seg_head\\.predictor\\.";
        String self = predictor + "transformer_self_attention_layers\\.(\\d+)\\.";
        String cross = predictor + "transformer_cross_attention_layers\\.(\\d+)\\.";
        String ffn = predictor + "transformer_ffn_layers\\.(\\d+)\\.";
        String hubLayer = TRANSFORMER + "decoder.layers.$1.";
        // static_query is the name before version 2 of the predictor.
        rules.add(RenameRule.of(predictor + "(?:query_feat|static_query)\\.", TRANSFORMER + "queries_features."));
        rules.add(RenameRule.of(predictor + "query_embed\\.", TRANSFORMER + "queries_embedder."));
        rules.add(RenameRule.of(predictor + "level_embed\\.", TRANSFORMER + "level_embed."));
        rules.add(RenameRule.of(predictor + "input_proj\\.", TRANSFORMER + "input_projections."));
        rules.add(RenameRule.of(predictor + "class_embed\\.", "class_predictor."));
        rules.add(RenameRule.of(
                predictor + "mask_embed\\.layers\\.(\\d+)\\.",
                TRANSFORMER + "decoder.mask_predictor.mask_embedder.$1.0."));
        rules.add(RenameRule.of(predictor + "decoder_norm\\.", TRANSFORMER + "decoder.layernorm."));
        rules.add(RenameRule.of(
                self + "self_attn\\.in_proj_(weight|bias)$",
                hubLayer + "self_attn.q_proj.$2",
                hubLayer + "self_attn.k_proj.$2",
                hubLayer + "self_attn.v_proj.$2"));
        rules.add(RenameRule.of(self + "self_attn\\.out_proj\\.", hubLayer + "self_attn.out_proj."));
        rules.add(RenameRule.of(self + "norm\\.", hubLayer + "self_attn_layer_norm."));
        rules.add(RenameRule.of(cross + "multihead_attn\\.", hubLayer + "cross_attn."));
        rules.add(RenameRule.of(cross + "norm\\.", hubLayer + "cross_attn_layer_norm."));
        rules.add(RenameRule.of(ffn + "linear1\\.", hubLayer + "fc1."));
        rules.add(RenameRule.of(ffn + "linear2\\.", hubLayer + "fc2."));
        rules.add(RenameRule.of(ffn + "norm\\.", hubLayer + "final_layer_norm."));
    }
}
