package org.mask2former.checkpoint;

import java.util.List;
import java.util.stream.IntStream;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

/** The class names of the published data sets, told apart by their number of classes. */
final class DatasetNames {
    private DatasetNames() {}

    /** The names for a model of so many classes; {@code class_0}, … where no published data set has that many. */
    static List<String> ofClasses(int classes) {
        return switch (classes) {
            case 133 -> all("coco_panoptic_133");
            case 80 -> all("coco_instance_80");
            case 150 -> all("ade20k_150");
            case 100 -> things("ade20k_150");
            case 19 -> all("cityscapes_19");
            case 8 -> things("cityscapes_19");
            case 65 -> all("mapillary_vistas_65");
            default -> IntStream.range(0, classes).mapToObj(id -> "class_" + id).toList();
        };
    }

    private static List<String> all(String table) {
        return Labels.table(table).list().stream().map(Label::name).toList();
    }

    /** The classes of the models trained for instances: the things, in their order. */
    private static List<String> things(String table) {
        return Labels.table(table).list().stream()
                .filter(Label::thing)
                .map(Label::name)
                .toList();
    }
}
