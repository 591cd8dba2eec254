package org.mask2former.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The class names of the published data sets, told apart by their number of classes. */
final class DatasetNames {
    private DatasetNames() {}

    /** The names for a model of so many classes; {@code class_0}, … where no published data set has that many. */
    static List<String> ofClasses(int classes) {
        return switch (classes) {
            case 133 -> names("coco_panoptic_133.json", false);
            case 80 -> names("coco_instance_80.json", false);
            case 150 -> names("ade20k_150.json", false);
            case 100 -> names("ade20k_150.json", true);
            case 19 -> names("cityscapes_19.json", false);
            case 8 -> names("cityscapes_19.json", true);
            case 65 -> names("mapillary_vistas_65.json", false);
            default -> IntStream.range(0, classes).mapToObj(id -> "class_" + id).toList();
        };
    }

    /** @param thingsOnly whether the model was trained for instances, whose classes are the things in their order */
    private static List<String> names(String resource, boolean thingsOnly) {
        try (@Nullable InputStream in = DatasetNames.class.getResourceAsStream("/org/mask2former/labels/" + resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks its resource labels/" + resource);
            }
            List<String> names = new ArrayList<>();
            for (JsonNode label : new JsonMapper().readTree(in)) {
                if (!thingsOnly || label.path("isthing").asInt() == 1) {
                    names.add(label.path("name").asText());
                }
            }
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
