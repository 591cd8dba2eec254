package org.mask2former.train;

import java.util.List;
import org.mask2former.data.ConfigNode;

/**
 * Reads the part {@code augmentation} of a training run's YAML:
 *
 * <pre>{@code
 * size: 512                       # of the window, or [height, width]
 * jitter: [0.1, 2.0]              # large-scale jitter; or:
 * shortest_edge: [256, 320, 384]
 * longest_edge: 2048
 * aspect: 1.2
 * most_of_one_class: 0.75
 * mirror: 0.5
 * flip: 0.5
 * turns: true
 * rotate: 10
 * color: ssd                      # or none, or {probability: …, brightness: …, contrast: …, saturation: …, hue: …}
 * min_pixels: 1
 * }</pre>
 */
final class AugmentationFile {
    /** The window of the paper's recipe for COCO. */
    private static final int DEFAULT_SIZE = 1024;

    private AugmentationFile() {}

    /** What applies where a run says nothing of it: the paper's recipe for COCO. */
    static Augmentation byDefault() {
        return Augmentation.largeScaleJitter(DEFAULT_SIZE, DEFAULT_SIZE);
    }

    static Augmentation read(ConfigNode node) {
        node.knows(
                "size",
                "jitter",
                "shortest_edge",
                "longest_edge",
                "aspect",
                "most_of_one_class",
                "mirror",
                "flip",
                "turns",
                "rotate",
                "color",
                "min_pixels");
        try {
            List<ConfigNode> size = node.oneOrMore("size");
            int height = size.isEmpty() ? DEFAULT_SIZE : size.get(0).asInteger();
            int width =
                    size.isEmpty() ? DEFAULT_SIZE : size.get(size.size() - 1).asInteger();
            if (size.size() > 2) {
                throw node.error("size", "one number or [height, width] is expected");
            }
            Augmentation paper = Augmentation.largeScaleJitter(height, width);
            return paper.withScaling(scaling(node, paper.scaling()))
                    .withAspect(node.decimal("aspect", paper.aspect()))
                    .withMostOfOneClass(node.decimal("most_of_one_class", paper.mostOfOneClass()))
                    .withMirror(node.decimal("mirror", paper.mirror()))
                    .withFlip(node.decimal("flip", paper.flip()))
                    .withTurns(node.flag("turns", paper.turns()))
                    .withRotate(node.decimal("rotate", paper.rotate()))
                    .withColor(color(node.value("color")))
                    .withMinPixels(node.integer("min_pixels", paper.minPixels()));
        } catch (IllegalArgumentException e) {
            throw node.error(String.valueOf(e.getMessage()));
        }
    }

    private static Scaling scaling(ConfigNode node, Scaling otherwise) {
        if (node.has("jitter") && node.has("shortest_edge")) {
            throw node.error("either jitter or shortest_edge is expected, not both");
        }
        if (node.has("jitter")) {
            List<ConfigNode> range = node.list("jitter");
            if (range.size() != 2) {
                throw node.error("jitter", "two numbers are expected, the least and the largest scale");
            }
            return new Scaling.LargeScaleJitter(
                    range.get(0).asDecimal(), range.get(1).asDecimal());
        }
        if (node.has("shortest_edge")) {
            return new Scaling.ShortestEdge(
                    node.oneOrMore("shortest_edge").stream()
                            .map(ConfigNode::asInteger)
                            .toList(),
                    node.integer("longest_edge", Scaling.LARGEST));
        }
        return otherwise;
    }

    private static ColorJitter color(ConfigNode node) {
        if (node.isEmpty()) {
            return ColorJitter.NONE;
        }
        if (node.isMapping()) {
            node.knows("probability", "brightness", "contrast", "saturation", "hue");
            ColorJitter d = ColorJitter.SSD;
            return new ColorJitter(
                    node.decimal("probability", d.probability()),
                    node.decimal("brightness", d.brightness()),
                    node.decimal("contrast", d.contrast()),
                    node.decimal("saturation", d.saturation()),
                    node.decimal("hue", d.hue()));
        }
        return switch (node.asText()) {
            case "none" -> ColorJitter.NONE;
            case "ssd" -> ColorJitter.SSD;
            default -> throw node.error("none, ssd or a mapping is expected, not '" + node.asText() + "'");
        };
    }
}
