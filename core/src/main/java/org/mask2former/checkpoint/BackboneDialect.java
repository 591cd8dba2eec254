package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that one kind of checkpoint gives a backbone's weights.
 *
 * @param whose whose names they are, for people
 * @param anchor what one of its names begins with, after the prefix that wrappers add ({@code swin.}, {@code module.}, …)
 * @param before what makes its names, without that prefix, those that {@code rules} expect
 * @param rules how they become the hub's
 */
record BackboneDialect(String whose, Pattern anchor, String before, List<RenameRule> rules) {
    static final String ENCODER = "model.pixel_level_module.encoder.";
    /** What belongs to a backbone, under the hub's names; a classifier's last norm does not. */
    private static final Pattern OF_BACKBONE =
            Pattern.compile(Pattern.quote(ENCODER) + "(embeddings|embedder|encoder|hidden_states_norms)\\..*");

    private static final List<BackboneDialect> ALL = List.of(
            of(
                    "Transformers' Swin",
                    "embeddings\\.patch_embeddings\\.projection\\.",
                    ENCODER,
                    DialectRules.TRANSFORMERS),
            of("Transformers' ResNet", "embedder\\.embedder\\.convolution\\.", ENCODER, List.of()),
            of("the original Swin", "patch_embed\\.proj\\.", "backbone.", DialectRules.DETECTRON2),
            of("Detectron2's ResNet", "stem\\.conv1\\.", "backbone.", DialectRules.DETECTRON2),
            of("torchvision's ResNet", "layer1\\.0\\.conv1\\.", "", torchvision()));

    private static BackboneDialect of(String whose, String anchor, String before, List<RenameRule> rules) {
        return new BackboneDialect(whose, Pattern.compile("(?:^|\\.)(" + anchor + ")"), before, rules);
    }

    /** The dialect of these names, if it is known. */
    static Optional<BackboneDialect> find(Set<String> names) {
        return ALL.stream()
                .filter(d -> names.stream().anyMatch(n -> d.anchor.matcher(n).find()))
                .findFirst();
    }

    /** Whether a name of the hub's is one of a backbone. */
    static boolean isOfBackbone(String name) {
        return OF_BACKBONE.matcher(name).matches();
    }

    /** What wrappers put before every name. */
    String prefix(Set<String> names) {
        for (String name : names) {
            Matcher matcher = anchor.matcher(name);
            if (matcher.find()) {
                return name.substring(0, matcher.start(1));
            }
        }
        return "";
    }

    /** What a name is among the hub's, several if its rows are cut; none if it is not of the backbone. */
    List<String> hubNames(String name, String prefix) {
        if (!name.startsWith(prefix)) {
            return List.of();
        }
        String theirs = before + name.substring(prefix.length());
        List<String> renamed = rules.stream()
                .map(rule -> rule.apply(theirs))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(List.of(theirs));
        return renamed.stream().allMatch(BackboneDialect::isOfBackbone) ? renamed : List.of();
    }

    private static List<RenameRule> torchvision() {
        List<RenameRule> rules = new ArrayList<>();
        rules.add(RenameRule.of("conv1\\.", ENCODER + "embedder.embedder.convolution."));
        rules.add(RenameRule.of("bn1\\.", ENCODER + "embedder.embedder.normalization."));
        for (int stage = 0; stage < 4; stage++) {
            String block = "layer" + (stage + 1) + "\\.(\\d+)\\.";
            String hubBlock = ENCODER + "encoder.stages." + stage + ".layers.$1.";
            rules.add(RenameRule.of(block + "downsample\\.0\\.", hubBlock + "shortcut.convolution."));
            rules.add(RenameRule.of(block + "downsample\\.1\\.", hubBlock + "shortcut.normalization."));
            for (int conv = 0; conv < 3; conv++) {
                String layer = hubBlock + "layer." + conv;
                rules.add(RenameRule.of(block + "conv" + (conv + 1) + "\\.", layer + ".convolution."));
                rules.add(RenameRule.of(block + "bn" + (conv + 1) + "\\.", layer + ".normalization."));
            }
        }
        return List.copyOf(rules);
    }
}
