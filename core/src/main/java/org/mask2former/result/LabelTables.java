package org.mask2former.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;

/** The tables of the data sets that published checkpoints were trained on, and how a set is recognised by its names. */
final class LabelTables {
    /** Larger before smaller: the first that fits best is taken. */
    static final List<String> NAMES =
            List.of("coco_panoptic_133", "coco_instance_80", "ade20k_150", "cityscapes_19", "mapillary_vistas_65");

    /** The share of classes that must be known by name where the table has them; names on the hub differ in a few. */
    private static final double RECOGNISED = 0.7;

    private static final Map<String, Labels> LOADED = new ConcurrentHashMap<>();
    private static final ObjectMapper JSON = new ObjectMapper();

    private LabelTables() {}

    static Labels get(String name) {
        if (!NAMES.contains(name)) {
            throw new Mask2FormerException("there is no label table \"" + name + "\"; there are " + NAMES);
        }
        return LOADED.computeIfAbsent(name, LabelTables::load);
    }

    private static Labels load(String name) {
        String resource = "/org/mask2former/labels/" + name + ".json";
        try (InputStream in = LabelTables.class.getResourceAsStream(resource)) {
            if (in == null) throw new IllegalStateException("the jar lacks " + resource);
            return fromJson(JSON.readTree(in), resource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Labels forNames(List<String> names) {
        for (String table : NAMES) {
            Labels all = get(table);
            for (List<Label> known : List.of(all.list(), things(all))) {
                if (known.size() == names.size() && recognised(known, names)) {
                    return renamed(known, names);
                }
            }
        }
        List<Label> labels = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            labels.add(new Label(i, names.get(i).strip(), true, LabelColors.spread(i), i));
        }
        return new Labels(labels);
    }

    /** The things alone, as instance checkpoints number them. */
    private static List<Label> things(Labels labels) {
        return labels.list().stream().filter(Label::thing).collect(Collectors.toList());
    }

    private static boolean recognised(List<Label> known, List<String> names) {
        int same = 0;
        for (int i = 0; i < names.size(); i++) {
            Set<String> synonyms = synonyms(known.get(i).name());
            synonyms.retainAll(synonyms(names.get(i)));
            if (!synonyms.isEmpty()) same++;
        }
        return same >= RECOGNISED * names.size();
    }

    private static Labels renamed(List<Label> known, List<String> names) {
        List<Label> labels = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Label label = known.get(i);
            labels.add(new Label(i, names.get(i).strip(), label.thing(), label.rgb(), label.datasetId()));
        }
        return new Labels(labels);
    }

    /** ADE20K's names are lists of synonyms ("road, route"). */
    private static Set<String> synonyms(String name) {
        Set<String> synonyms = new HashSet<>();
        for (String synonym : name.split("[,;]")) {
            if (!synonym.isBlank()) synonyms.add(normal(synonym));
        }
        return synonyms;
    }

    private static String normal(String name) {
        String spaced = name.toLowerCase(Locale.ROOT).replace('_', ' ').replace('-', ' ');
        return spaced.strip().replaceAll("\\s+", " ");
    }

    /** The table whose kinds, colours and own ids these classes have, whatever their names. */
    static Optional<String> tableOf(Labels labels) {
        return NAMES.stream().filter(name -> same(get(name), labels)).findFirst();
    }

    private static boolean same(Labels table, Labels labels) {
        if (table.size() != labels.size()) return false;
        for (int i = 0; i < table.size(); i++) {
            Label label = labels.get(i);
            if (!table.get(i).withName(label.name()).equals(label)) return false;
        }
        return true;
    }

    static Labels read(Path file) {
        try {
            return fromJson(JSON.readTree(Files.readAllBytes(file)), file.toString());
        } catch (JsonProcessingException e) {
            throw new Mask2FormerException(
                    file + " is not JSON from line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + " on; correct or remove it",
                    e);
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read the labels in " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    private static Labels fromJson(JsonNode root, String source) {
        if (!root.isArray() || root.isEmpty()) {
            throw new Mask2FormerException(
                    source + " must be a JSON array of classes, each {\"id\", \"name\", \"isthing\"}");
        }
        List<Label> labels = new ArrayList<>();
        for (JsonNode node : root) {
            JsonNode thing = node.path("isthing");
            if (!node.path("id").isInt()
                    || node.path("id").intValue() != labels.size()
                    || !node.path("name").isTextual()
                    || !(thing.isInt() || thing.isBoolean())) {
                throw new Mask2FormerException(source + ": class " + labels.size() + " must have \"id\": "
                        + labels.size() + ", a \"name\" and \"isthing\": 0 or 1, but is " + excerpt(node));
            }
            int id = labels.size();
            int rgb = node.has("color") ? color(node.get("color"), id, source) : LabelColors.spread(id);
            labels.add(new Label(
                    id,
                    node.get("name").textValue().strip(),
                    thing.asInt() != 0 || thing.asBoolean(),
                    rgb,
                    node.path("dataset_id").asInt(id)));
        }
        return new Labels(labels);
    }

    private static int color(JsonNode color, int id, String source) {
        int rgb = 0;
        for (int i = 0; i < 3; i++) {
            JsonNode channel = color.path(i);
            if (!channel.isInt() || channel.intValue() < 0 || channel.intValue() > 255 || color.size() != 3) {
                throw new Mask2FormerException(source + ": class " + id
                        + " must have a \"color\" of three numbers from 0 to 255, but has " + excerpt(color));
            }
            rgb = rgb << 8 | channel.intValue();
        }
        return rgb;
    }

    private static String excerpt(JsonNode node) {
        String text = node.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    static void write(Labels labels, Path file) throws IOException {
        ArrayNode root = JSON.createArrayNode();
        for (Label label : labels.list()) {
            ObjectNode node = root.addObject();
            node.put("id", label.id()).put("dataset_id", label.datasetId()).put("name", label.name());
            node.put("isthing", label.thing() ? 1 : 0);
            int rgb = label.rgb();
            node.putArray("color").add(rgb >> 16).add(rgb >> 8 & 0xff).add(rgb & 0xff);
        }
        AtomicFile.write(file, out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, root));
    }
}
