package org.mask2former.image;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mask2former.image.TestSize.ShortestEdge;

/**
 * The test sizes of the original repository's configurations, by data set. A data set is known by its number of classes
 * and the names of the first few, which are the same in every form of the checkpoints (ADE20K's names have longer and
 * shorter forms: "road, route" and "road").
 */
final class PublishedSizes {
    private static final TestSize COCO = new ShortestEdge(800, 1333);
    private static final TestSize CITYSCAPES = new ShortestEdge(1024, 2048);
    private static final TestSize MAPILLARY_VISTAS = new ShortestEdge(2048, 2048);
    private static final TestSize ADE20K_512 = new ShortestEdge(512, 2048);
    private static final TestSize ADE20K_640 = new ShortestEdge(640, 2560);

    private PublishedSizes() {}

    static Optional<TestSize> of(List<String> labels, String backbone) {
        return switch (labels.size()) {
            case 133, 80 -> when(begin(labels, "person", "bicycle", "car", "motorcycle", "airplane"), COCO);
            case 19 -> when(begin(labels, "road", "sidewalk", "building", "wall", "fence"), CITYSCAPES);
            case 8 -> when(begin(labels, "person", "rider", "car", "truck", "bus"), CITYSCAPES);
            case 65 -> when(begin(labels, "bird", "ground animal", "curb", "fence"), MAPILLARY_VISTAS);
            case 150 -> when(begin(labels, "wall", "building", "sky", "floor", "tree"), ade20k(labels, backbone));
            case 100 -> when(begin(labels, "bed") && begin(labels.subList(2, 4), "cabinet", "person"), ADE20K_640);
            default -> Optional.empty();
        };
    }

    /**
     * Semantic checkpoints of the smaller backbones were measured at 512, everything else at 640. Panoptic checkpoints,
     * which have as many classes, were published with ResNet-50 and Swin-L only; of ResNet-50 there are both, which only
     * their name for class 8 tells apart.
     */
    private static TestSize ade20k(List<String> labels, String backbone) {
        return switch (backbone) {
            case "Swin-B", "Swin-L" -> ADE20K_640;
            case "Swin-T", "Swin-S", "ResNet-101" -> ADE20K_512;
            default -> first(labels.get(8)).equals("windowpane") ? ADE20K_512 : ADE20K_640;
        };
    }

    private static Optional<TestSize> when(boolean recognised, TestSize size) {
        return recognised ? Optional.of(size) : Optional.empty();
    }

    private static boolean begin(List<String> labels, String... names) {
        for (int i = 0; i < names.length; i++) {
            if (!first(labels.get(i)).equals(names[i])) {
                return false;
            }
        }
        return true;
    }

    /** "road, route" → "road". */
    private static String first(String label) {
        int comma = label.indexOf(',');
        return (comma < 0 ? label : label.substring(0, comma)).strip().toLowerCase(Locale.ROOT);
    }
}
