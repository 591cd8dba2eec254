package org.mask2former.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.Labels;

/** Where the classes of a data set come from: its YAML, a table or file named there, the annotation file, or the format. */
final class ClassTables {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Cityscapes numbers its labels to 33; those outside the 19 are left out of every measure. */
    private static final int CITYSCAPES_LABELS = 34;

    private static final int MAPILLARY_UNLABELED = 65;

    private static final List<String> VOC = List.of(
            "background",
            "aeroplane",
            "bicycle",
            "bird",
            "boat",
            "bottle",
            "bus",
            "car",
            "cat",
            "chair",
            "cow",
            "diningtable",
            "dog",
            "horse",
            "motorbike",
            "person",
            "pottedplant",
            "sheep",
            "sofa",
            "train",
            "tvmonitor");

    private ClassTables() {}

    /**
     * @param base where the data set's files are
     * @param inFile the classes in the annotation file itself, empty where the format has none
     */
    static ClassTable of(DatasetConfig config, Path base, List<DatasetClass> inFile) {
        Set<Integer> ignored = new HashSet<>(config.ignoreLabels());
        int offset = config.reduceLabels() ? 1 : 0;
        if (config.reduceLabels()) {
            ignored.add(0);
        }
        if (config.format() == DatasetFormat.CITYSCAPES) {
            IntStream.range(0, CITYSCAPES_LABELS).forEach(ignored::add);
        }
        if (!config.classes().isEmpty()) {
            return table(config, config.classes(), ignored);
        }
        if (config.classFile().isPresent()) {
            String name = config.classFile().get();
            return Labels.tables().contains(name)
                    ? table(config, name, offset, ignored)
                    : table(config, read(base.resolve(name), config, ignored), ignored);
        }
        if (!inFile.isEmpty()) {
            return table(config, inFile, ignored);
        }
        return switch (config.format()) {
            case CITYSCAPES -> table(config, "cityscapes_19", 0, ignored);
            case ADE20K -> table(config, "ade20k_150", offset, ignored);
            case MAPILLARY -> {
                ignored.add(MAPILLARY_UNLABELED);
                yield table(config, "mapillary_vistas_65", 0, ignored);
            }
            case VOC -> voc(config, ignored);
            default ->
                throw new Mask2FormerException(config.file() + ": the format "
                        + config.format().key()
                        + " does not say what its classes are: list them under 'classes', or name a file or one of "
                        + String.join(", ", Labels.tables()));
        };
    }

    private static ClassTable table(DatasetConfig config, String name, int offset, Set<Integer> ignored) {
        Labels labels = Labels.table(name);
        boolean ownIds = switch (config.format()) {
            case COCO_INSTANCES, COCO_PANOPTIC, CITYSCAPES -> true;
            default -> false;
        };
        return table(
                config,
                labels.list().stream()
                        .map(l -> new DatasetClass(
                                ownIds ? l.datasetId() : l.id() + offset, l.name(), l.thing(), Optional.of(l.rgb())))
                        .toList(),
                ignored);
    }

    private static ClassTable table(DatasetConfig config, List<DatasetClass> classes, Set<Integer> ignored) {
        Set<Integer> colors = new HashSet<>(config.ignoreColors());
        if (config.format() == DatasetFormat.VOC) {
            colors.add(VocColors.VOID);
        }
        return new ClassTable(classes, ignored, colors);
    }

    private static ClassTable voc(DatasetConfig config, Set<Integer> ignored) {
        List<DatasetClass> classes = new ArrayList<>();
        for (String name : VOC) {
            int id = classes.size();
            classes.add(new DatasetClass(id, name, id > 0, Optional.of(VocColors.rgb(id))));
        }
        return table(config, classes, ignored);
    }

    private static List<DatasetClass> read(Path file, DatasetConfig config, Set<Integer> ignored) {
        int offset = config.reduceLabels() ? 1 : 0;
        try {
            List<DatasetClass> classes = file.toString().endsWith(".json")
                    ? fromJson(file, JSON.readTree(Files.readAllBytes(file)), offset, ignored)
                    : fromLines(file, Files.readAllLines(file), offset, config.format());
            if (classes.isEmpty()) {
                throw new Mask2FormerException(file + ": there are no classes in it");
            }
            return classes;
        } catch (IOException e) {
            throw new Mask2FormerException(
                    config.file() + ": cannot read the classes from " + file
                            + (Files.exists(file)
                                    ? ": " + e.getMessage()
                                    : ": there is no such file and no such table"),
                    e);
        }
    }

    /** Mapillary's {@code config_v*.json}, COCO's {@code categories}, or this library's {@code labels.json}. */
    private static List<DatasetClass> fromJson(Path file, JsonNode root, int offset, Set<Integer> ignored) {
        List<DatasetClass> classes = new ArrayList<>();
        if (root.path("labels").isArray()) {
            int id = offset;
            for (JsonNode label : root.get("labels")) {
                if (label.path("evaluate").asBoolean(true)) {
                    String name =
                            label.path("readable").asText(label.path("name").asText());
                    classes.add(
                            new DatasetClass(id, name, label.path("instances").asBoolean(), rgb(label)));
                } else {
                    ignored.add(id);
                }
                id++;
            }
        } else if (root.path("categories").isArray()) {
            classes.addAll(categories(root.get("categories")));
        } else if (root.isArray()) {
            Labels.read(file)
                    .list()
                    .forEach(l ->
                            classes.add(new DatasetClass(l.datasetId(), l.name(), l.thing(), Optional.of(l.rgb()))));
        }
        return classes;
    }

    /** COCO's {@code categories}, by id. */
    static List<DatasetClass> categories(JsonNode categories) {
        List<DatasetClass> classes = new ArrayList<>();
        for (JsonNode category : categories) {
            classes.add(new DatasetClass(
                    category.path("id").asInt(),
                    category.path("name").asText(),
                    category.path("isthing").asInt(1) == 1,
                    rgb(category)));
        }
        classes.sort(Comparator.comparingInt(DatasetClass::id));
        return classes;
    }

    private static Optional<Integer> rgb(JsonNode node) {
        JsonNode c = node.path("color");
        return c.isArray() && c.size() == 3
                ? Optional.of((c.get(0).asInt() & 255) << 16
                        | (c.get(1).asInt() & 255) << 8
                        | c.get(2).asInt() & 255)
                : Optional.empty();
    }

    /** A name on each line, as in YOLO's {@code classes.txt}, or {@code name:r,g,b:…} as in VOC's {@code labelmap.txt}. */
    private static List<DatasetClass> fromLines(Path file, List<String> lines, int offset, DatasetFormat format) {
        List<DatasetClass> classes = new ArrayList<>();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] fields = line.strip().split(":");
            Optional<Integer> rgb = Optional.empty();
            if (fields.length > 1) {
                String[] values = fields[1].split(",");
                try {
                    rgb = Optional.of(Integer.parseInt(values[0].strip()) << 16
                            | Integer.parseInt(values[1].strip()) << 8
                            | Integer.parseInt(values[2].strip()));
                } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                    throw new Mask2FormerException(
                            file + ": \"" + line + "\" is not a class; name:red,green,blue is expected", e);
                }
            }
            int id = classes.size() + offset;
            boolean background = format == DatasetFormat.VOC && id == 0;
            classes.add(new DatasetClass(id, fields[0].strip(), !background, rgb));
        }
        return classes;
    }
}
