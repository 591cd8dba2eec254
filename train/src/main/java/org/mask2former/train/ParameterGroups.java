package org.mask2former.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.mask2former.Mask2FormerException;

/**
 * How fast each weight learns and decays, as the reference's recipe has it ({@code train_net.py}, {@code build_optimizer}): the
 * backbone slower than the rest; norms, embeddings and relative position biases without decay. Immutable.
 */
final class ParameterGroups {
    private static final String BACKBONE = "model.pixel_level_module.encoder.";
    /** Embeddings: of queries and of the levels. */
    private static final List<String> EMBEDDINGS = List.of(
            "queries_embedder.weight",
            "queries_features.weight",
            "transformer_module.level_embed.weight",
            "relative_position_bias_table");
    /** Group, layer and batch norms, in all the names they have in the hub's checkpoints. */
    private static final Pattern NORM = Pattern.compile(".*("
            + "layernorm|layer_norm|layernorm_before|layernorm_after|normalization|\\.norm|hidden_states_norms\\.stage\\d"
            + "|input_projections\\.\\d\\.1|adapter_1\\.1|layer_1\\.1)\\.(weight|bias)");

    private final Map<String, Group> groups;

    /** What a weight is told by. */
    record Group(double learningRate, double weightDecay) {}

    private ParameterGroups(Map<String, Group> groups) {
        this.groups = groups;
    }

    /**
     * @param trainable names of weights that have gradients
     * @param frozen regular expressions; a weight whose whole name matches one of them is in no group
     */
    static ParameterGroups of(Set<String> trainable, OptimizerConfig config, List<String> frozen) {
        List<Pattern> patterns = new ArrayList<>();
        for (String text : frozen) {
            patterns.add(compiled(text));
        }
        for (Pattern pattern : patterns) {
            if (trainable.stream().noneMatch(name -> pattern.matcher(name).matches())) {
                throw new Mask2FormerException("freeze: no weight's name matches '" + pattern
                        + "'; the names are those of the checkpoint (mask2former info --model MODEL --weights lists them), such as "
                        + trainable.iterator().next());
            }
        }
        Map<String, Group> groups = new LinkedHashMap<>();
        for (String name : trainable) {
            if (patterns.stream().noneMatch(p -> p.matcher(name).matches())) {
                double rate = config.learningRate() * (name.startsWith(BACKBONE) ? config.backboneMultiplier() : 1);
                groups.put(name, new Group(rate, decays(name) ? config.weightDecay() : 0));
            }
        }
        if (groups.isEmpty()) {
            throw new Mask2FormerException("freeze: nothing is left to train; remove a pattern of " + frozen);
        }
        return new ParameterGroups(groups);
    }

    private static Pattern compiled(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new Mask2FormerException("freeze: '" + text + "' is no regular expression: " + e.getDescription(), e);
        }
    }

    static boolean decays(String name) {
        return !NORM.matcher(name).matches() && EMBEDDINGS.stream().noneMatch(name::endsWith);
    }

    /** Of all weights that learn, in the network's order. */
    Set<String> names() {
        return groups.keySet();
    }

    Group of(String name) {
        Group group = groups.get(name);
        if (group == null) {
            throw new IllegalArgumentException(name + " is frozen, or no weight of this model");
        }
        return group;
    }
}
