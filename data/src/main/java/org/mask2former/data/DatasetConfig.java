package org.mask2former.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;

/**
 * The YAML that names a data set:
 *
 * <pre>{@code
 * name: facade
 * description: building fronts, panoptic     # optional, as is licence
 * format: coco-panoptic                      # see DatasetFormat
 * root: /data                                # where the files are unless --data-root says it; else beside the YAML
 * folder: facade                             # below the root; may be left out of the path there
 * parts:
 *   train: {images: images/train, annotations: panoptic_train.json, masks: panoptic/train}
 *   few: {images: images/train, annotations: panoptic_train.json, masks: panoptic/train, pictures: [17, 285]}
 * classes:                                   # a list, a table (ade20k_150), a file; COCO's are in its JSON
 *   - window                                 # a thing; its id in the files is its place in the list, from 0
 *   - {name: sky, thing: false, color: "#4682b4", id: 10}
 * ignore_label: 255                          # values of label maps, colours "#rrggbb", categories to leave out; or a list
 * reduce_labels: false                       # true: 0 is left out too, and the first class is 1
 * }</pre>
 *
 * @param file the YAML
 * @param root where relative files are looked for when the user does not say it
 * @param folder below the root
 * @param classes in the YAML's order; empty if the YAML leaves them to the format
 * @param classFile a table's name or a file, instead of {@code classes}
 * @param ignoreLabels values of label maps, or categories, that are left out
 * @param ignoreColors colours 0xRRGGBB of label maps that are left out
 * @param parts files by part and role, as written
 * @param pictures names of the pictures to use, for parts that do not use all of theirs
 */
public record DatasetConfig(
        Path file,
        String name,
        String description,
        String licence,
        DatasetFormat format,
        Optional<Path> root,
        Optional<String> folder,
        List<DatasetClass> classes,
        Optional<String> classFile,
        List<Integer> ignoreLabels,
        List<Integer> ignoreColors,
        boolean reduceLabels,
        Map<String, Map<FileRole, String>> parts,
        Map<String, List<String>> pictures) {
    private static final int IGNORE_LABEL = 255;
    private static final String PICTURES = "pictures";

    public DatasetConfig {
        classes = List.copyOf(classes);
        ignoreLabels = List.copyOf(ignoreLabels);
        ignoreColors = List.copyOf(ignoreColors);
        parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
        pictures = Map.copyOf(pictures);
    }

    /**
     * Reads the YAML; the files it names need not be there yet.
     *
     * @throws Mask2FormerException if it cannot be read, or says something that it may not
     */
    public static DatasetConfig read(Path file) {
        ConfigNode yaml = ConfigNode.read(file)
                .knows(
                        "name",
                        "description",
                        "licence",
                        "format",
                        "root",
                        "folder",
                        "parts",
                        "classes",
                        "ignore_label",
                        "reduce_labels");
        DatasetFormat format = DatasetFormat.of(yaml.text("format"))
                .orElseThrow(() -> yaml.error(
                        "format",
                        "there is no format '" + yaml.text("format") + "'"
                                + Suggestions.didYouMeanQuoted(yaml.text("format"), DatasetFormat.keys())
                                + "; there are " + String.join(", ", DatasetFormat.keys())));
        Map<String, Map<FileRole, String>> parts = new LinkedHashMap<>();
        Map<String, List<String>> pictures = new LinkedHashMap<>();
        yaml.mapping("parts").entries().forEach((part, node) -> {
            parts.put(part, files(format, part, node));
            if (node.has(PICTURES)) {
                pictures.put(
                        part,
                        node.list(PICTURES).stream().map(ConfigNode::asText).toList());
            }
        });
        if (parts.isEmpty()) {
            throw yaml.error("parts", "at least one part (train, val) is expected");
        }
        boolean reduce = yaml.flag("reduce_labels", format == DatasetFormat.ADE20K);
        List<DatasetClass> classes = new ArrayList<>();
        Optional<String> classFile = Optional.empty();
        if (yaml.has("classes")) {
            ConfigNode node = yaml.value("classes");
            if (node.isText()) {
                classFile = Optional.of(node.asText());
            } else {
                yaml.list("classes").forEach(item -> classes.add(classOf(item, classes.size() + (reduce ? 1 : 0))));
                refuseTwins(yaml, classes);
            }
        }
        List<Integer> ignoreLabels = new ArrayList<>();
        List<Integer> ignoreColors = new ArrayList<>();
        for (ConfigNode item : yaml.oneOrMore("ignore_label")) {
            if (item.isText()) {
                ignoreColors.add(rgb(item));
            } else {
                ignoreLabels.add(item.asInteger());
                refuseIgnoredClass(item, classes);
            }
        }
        Path folder = folderOf(file);
        return new DatasetConfig(
                file,
                yaml.optionalText("name").orElse(stem(file)),
                yaml.optionalText("description").orElse(""),
                yaml.optionalText("licence").orElse(""),
                format,
                yaml.optionalText("root").map(folder::resolve),
                yaml.optionalText("folder"),
                classes,
                classFile,
                ignoreLabels.isEmpty() && ignoreColors.isEmpty() && format.hasLabelMaps()
                        ? List.of(IGNORE_LABEL)
                        : ignoreLabels,
                ignoreColors,
                reduce,
                parts,
                pictures);
    }

    private static Map<FileRole, String> files(DatasetFormat format, String part, ConfigNode node) {
        Map<FileRole, String> files = new EnumMap<>(FileRole.class);
        if (!node.isEmpty() && !node.isMapping()) {
            throw node.error("a mapping of " + keys(format) + " to files is expected");
        }
        node.knows(Stream.concat(format.roles().stream().map(FileRole::key), Stream.of(PICTURES))
                .toArray(String[]::new));
        for (FileRole role : format.roles()) {
            Optional<String> written = node.optionalText(role.key());
            if (written.isEmpty() && format.requires(role)) {
                throw node.error("the format " + format.key() + " needs the key '" + role.key() + "'");
            }
            written.or(() -> format.fallback(role, part)).ifPresent(f -> files.put(role, f));
        }
        return files;
    }

    private static String keys(DatasetFormat format) {
        return String.join(", ", format.roles().stream().map(FileRole::key).toList());
    }

    private static DatasetClass classOf(ConfigNode item, int id) {
        if (!item.isMapping()) {
            return new DatasetClass(id, item.asText(), true, Optional.empty());
        }
        item.knows("name", "id", "thing", "color");
        return new DatasetClass(item.integer("id", id), item.text("name"), item.flag("thing", true), color(item));
    }

    private static Optional<Integer> color(ConfigNode item) {
        return item.has("color") ? Optional.of(rgb(item.value("color"))) : Optional.empty();
    }

    private static int rgb(ConfigNode node) {
        if (node.isList()) {
            List<Integer> rgb = node.items().stream().map(ConfigNode::asInteger).toList();
            if (rgb.size() == 3 && rgb.stream().allMatch(v -> v >= 0 && v <= 255)) {
                return rgb.get(0) << 16 | rgb.get(1) << 8 | rgb.get(2);
            }
        } else if (node.asText().matches("#[0-9a-fA-F]{6}")) {
            return Integer.parseInt(node.asText().substring(1), 16);
        }
        throw node.error("a colour is [red, green, blue], each 0 to 255, or \"#rrggbb\" (in quotes)");
    }

    private static void refuseIgnoredClass(ConfigNode label, List<DatasetClass> classes) {
        classes.stream().filter(c -> c.id() == label.asInteger()).findFirst().ifPresent(c -> {
            throw label.error(label.asInteger() + " is the class '" + c.name() + "', which cannot be left out as well");
        });
    }

    private static void refuseTwins(ConfigNode yaml, List<DatasetClass> classes) {
        Map<Integer, String> names = new LinkedHashMap<>();
        for (DatasetClass c : classes) {
            String other = names.put(c.id(), c.name());
            if (other != null) {
                throw yaml.error("classes", "'" + other + "' and '" + c.name() + "' both have the id " + c.id());
            }
        }
        if (classes.isEmpty()) {
            throw yaml.error("classes", "at least one class is expected");
        }
    }

    private static Path folderOf(Path file) {
        return Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file.toAbsolutePath());
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
    }

    /** The files of one part. */
    Map<FileRole, String> part(String part) {
        Map<FileRole, String> files = parts.get(part);
        if (files == null) {
            throw new Mask2FormerException(
                    file + ": there is no part '" + part + "'" + Suggestions.didYouMeanQuoted(part, parts.keySet())
                            + "; there are " + String.join(", ", parts.keySet()));
        }
        return files;
    }

    /**
     * Where the data set's relative files are.
     *
     * @param dataRoot what the user said, before what the YAML says
     */
    Path base(Optional<Path> dataRoot) {
        Path base = dataRoot.or(() -> root).orElseGet(() -> folderOf(file));
        if (!Files.isDirectory(base)) {
            throw new Mask2FormerException(file + ": there is no folder " + base
                    + (dataRoot.isPresent() ? " (--data-root)" : "; say with --data-root where the files are"));
        }
        // "--data-root data" and "--data-root data/facade" both find the folder "facade".
        return folder.map(base::resolve).filter(Files::isDirectory).orElse(base);
    }
}
