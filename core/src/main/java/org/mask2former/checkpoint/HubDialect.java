package org.mask2former.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows the weights of any supported dialect under the hub's names, the ones Transformers saves: the hub's own,
 * Transformers' names in memory, Detectron2's, each behind any prefix that wrappers add ({@code module.}, …). Names that
 * belong to no dialect pass through unchanged, for {@link CheckpointFit} to complain about.
 */
final class HubDialect {
    private static final String HUB = "pixel_level_module.";
    private static final String DETECTRON2 = "sem_seg_head.predictor.";
    private static final Pattern PREFIXED = Pattern.compile("backbone|sem_seg_head|criterion");

    private HubDialect() {}

    /** @throws CheckpointException if the weights are no Mask2Former's, or of a dialect that is not supported */
    static Weights of(Weights weights) {
        Set<String> names = weights.names();
        Optional<String> before = prefix(names, HUB);
        if (before.isPresent()) {
            refuseRelatives(weights);
            return rename(weights, stripTransformers(names, before.get()), DialectRules.TRANSFORMERS);
        }
        before = prefix(names, DETECTRON2);
        if (before.isPresent()) {
            refuseMaskFormer(weights, before.get());
            refuseTao(weights, before.get());
            return rename(weights, stripDetectron2(names, before.get()), DialectRules.DETECTRON2);
        }
        throw unknown(weights);
    }

    /** Whether the names are those of a whole network, in a dialect that is known. */
    static boolean isWhole(Weights weights) {
        return prefix(weights.names(), HUB).isPresent()
                || prefix(weights.names(), DETECTRON2).isPresent();
    }

    /** What stands before {@code anchor} in the first name that has it, at a border between parts of a name. */
    private static Optional<String> prefix(Set<String> names, String anchor) {
        return names.stream()
                .filter(n -> n.startsWith(anchor) || n.contains("." + anchor))
                .map(n -> n.substring(0, n.indexOf(anchor)))
                .findFirst();
    }

    /**
     * The source name of every name without its wrapper's prefix. {@code before} is what precedes "pixel_level_module":
     * "model." for the whole network, nothing for the part without the class predictor, either behind a prefix.
     */
    private static Map<String, String> stripTransformers(Set<String> names, String before) {
        String outer = before.endsWith("model.") ? before.substring(0, before.length() - "model.".length()) : before;
        Map<String, String> sources = new LinkedHashMap<>();
        for (String name : names) {
            String stripped = name;
            if (name.startsWith(before + HUB) || name.startsWith(before + "transformer_module.")) {
                stripped = "model." + name.substring(before.length());
            } else if (name.startsWith(outer + "class_predictor.") || name.startsWith(outer + "criterion.")) {
                stripped = name.substring(outer.length());
            }
            sources.put(stripped, name);
        }
        return sources;
    }

    private static Map<String, String> stripDetectron2(Set<String> names, String before) {
        Map<String, String> sources = new LinkedHashMap<>();
        for (String name : names) {
            boolean ours = name.startsWith(before)
                    && PREFIXED.matcher(name)
                            .region(before.length(), name.length())
                            .lookingAt();
            sources.put(ours ? name.substring(before.length()) : name, name);
        }
        return sources;
    }

    private static Weights rename(Weights weights, Map<String, String> sources, List<RenameRule> rules) {
        Map<String, RenamedWeights.Origin> origins = new LinkedHashMap<>();
        sources.forEach((stripped, source) -> {
            List<String> renamed = rules.stream()
                    .map(rule -> rule.apply(stripped))
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElse(List.of(stripped));
            for (int part = 0; part < renamed.size(); part++) {
                RenamedWeights.Origin origin = new RenamedWeights.Origin(source, part, renamed.size());
                RenamedWeights.@Nullable Origin other = origins.put(renamed.get(part), origin);
                if (other != null) {
                    throw new CheckpointException(weights.source() + ": " + other.name() + " and " + source
                            + " are two names of the same weight, " + renamed.get(part) + "; remove one of them");
                }
            }
        });
        return new RenamedWeights(weights, origins);
    }

    /** Models that share names with Mask2Former on the hub but have another network. */
    private static void refuseRelatives(Weights weights) {
        if (any(weights, n -> n.contains("task_encoder."))) {
            throw refusal(weights, "a OneFormer checkpoint");
        }
        if (any(weights, n -> n.endsWith("transformer_module.queries_embedder.weight"))
                && any(weights, n -> n.endsWith("mask_embedder.0.0.weight") && !n.contains("mask_predictor."))) {
            throw refusal(weights, "a checkpoint of MaskFormer, Mask2Former's predecessor");
        }
    }

    private static void refuseMaskFormer(Weights weights, String before) {
        if (any(weights, n -> n.startsWith(before + DETECTRON2 + "transformer.decoder."))) {
            throw refusal(weights, "a checkpoint of MaskFormer, Mask2Former's predecessor");
        }
    }

    /** TAO trains the original network inside a Lightning module called "model". */
    private static void refuseTao(Weights weights, String before) {
        if (before.equals("model.")) {
            throw new CheckpointException(weights.source() + " looks like an NVIDIA TAO checkpoint (Detectron2's names"
                    + " behind 'model.'), which is not supported, because there 'no object' is the first class, not the"
                    + " last; if TAO did not write it, remove 'model.' from its names");
        }
    }

    private static CheckpointException unknown(Weights weights) {
        if (any(weights, n -> n.contains("panoptic_head.") || n.contains("decode_head.") || n.contains("w_msa."))) {
            return refusal(weights, "an OpenMMLab (mmdetection or mmsegmentation) checkpoint");
        }
        if (any(
                weights,
                n -> n.endsWith("patch_embed.proj.weight")
                        || n.endsWith("stem.conv1.weight")
                        || n.endsWith("layer1.0.conv1.weight")
                        || n.endsWith("embeddings.patch_embeddings.projection.weight"))) {
            return new CheckpointException(weights.source() + " holds a backbone only, which cannot segment anything;"
                    + " choose a checkpoint of the whole network");
        }
        String some = weights.names().stream().limit(3).collect(Collectors.joining(", "));
        return new CheckpointException(weights.source() + " holds no Mask2Former: "
                + (some.isEmpty()
                        ? "it has no tensors"
                        : "of its " + weights.names().size() + " tensors, such as " + some + ", none is named like one")
                + "; choose a checkpoint of Transformers or of the original repository");
    }

    private static CheckpointException refusal(Weights weights, String what) {
        return new CheckpointException(weights.source() + " is " + what
                + ", which is not supported; choose one in the format of Transformers or of the original repository");
    }

    private static boolean any(Weights weights, Predicate<String> test) {
        return weights.names().stream().anyMatch(test);
    }
}
