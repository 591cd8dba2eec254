package org.mask2former.data;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;

/**
 * A mapping inside a YAML file, asked key by key. Every error names the file, the key, what was expected, and for a mistyped
 * key the one that was meant. Immutable.
 */
public final class ConfigNode {
    private static final ObjectMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private final Path file;
    private final String path;
    private final JsonNode node;

    private ConfigNode(Path file, String path, JsonNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
    }

    /**
     * Reads a whole file.
     *
     * @throws Mask2FormerException if it cannot be read, is no YAML, or is not a mapping
     */
    public static ConfigNode read(Path file) {
        JsonNode root;
        try {
            root = YAML.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String where = at == null ? "" : " line " + at.getLineNr() + ", column " + at.getColumnNr() + ":";
            throw new Mask2FormerException(
                    file + ":" + where + " this is not YAML: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        } catch (IOException e) {
            throw new Mask2FormerException(
                    "cannot read " + file + (Files.exists(file) ? ": " + e.getMessage() : ": there is no such file"),
                    e);
        }
        ConfigNode node = new ConfigNode(file, "", root);
        if (!root.isObject()) {
            throw node.error("a mapping of keys to values is expected");
        }
        return node;
    }

    /**
     * Reads a whole file and then sets values in it.
     *
     * @param changes values as YAML by the keys that lead to them, joined by dots: {@code "augmentation.flip"} to {@code
     *     "false"}
     * @throws Mask2FormerException as {@link #read(Path)}, or if a key leads through something that is no mapping
     */
    public static ConfigNode read(Path file, Map<String, String> changes) {
        ConfigNode root = read(file);
        changes.forEach((key, value) -> root.set(key, value));
        return root;
    }

    private void set(String key, String value) {
        ObjectNode at = (ObjectNode) node;
        String[] names = key.split("\\.");
        for (int i = 0; i < names.length - 1; i++) {
            JsonNode next = at.path(names[i]);
            if (next.isMissingNode() || next.isNull()) {
                next = at.putObject(names[i]);
            }
            if (!next.isObject()) {
                throw error("cannot set " + key + ": " + names[i] + " is no mapping");
            }
            at = (ObjectNode) next;
        }
        try {
            at.set(names[names.length - 1], YAML.readTree(value));
        } catch (JsonProcessingException e) {
            throw new Mask2FormerException("cannot set " + key + ": '" + value + "' is not YAML", e);
        }
    }

    /** The file it came from. */
    public Path file() {
        return file;
    }

    /** Refuses every key that is not one of these. */
    public ConfigNode knows(String... keys) {
        node.fieldNames().forEachRemaining(name -> {
            if (!List.of(keys).contains(name)) {
                throw error("unknown key '" + name + "'" + Suggestions.didYouMeanQuoted(name, List.of(keys))
                        + "; known here: " + String.join(", ", new TreeSet<>(List.of(keys))));
            }
        });
        return this;
    }

    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    public String text(String key) {
        return optionalText(key).orElseThrow(() -> error("the key '" + key + "' is missing"));
    }

    public Optional<String> optionalText(String key) {
        JsonNode value = present(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isValueNode() || value.asText().isBlank()) {
            throw at(key, value).error("a text is expected");
        }
        return Optional.of(value.asText());
    }

    public boolean flag(String key, boolean otherwise) {
        JsonNode value = present(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw at(key, value).error("true or false is expected, not " + value);
        }
        return value.booleanValue();
    }

    public int integer(String key, int otherwise) {
        JsonNode value = present(key);
        return value == null ? otherwise : at(key, value).asInteger();
    }

    public double decimal(String key, double otherwise) {
        JsonNode value = present(key);
        return value == null ? otherwise : at(key, value).asDecimal();
    }

    /** The value of a key, whatever it is; {@link #isEmpty()} if it is not there. */
    public ConfigNode value(String key) {
        return at(key, node.path(key));
    }

    /** The items of a list, or the one value that is there in its place, or nothing. */
    public List<ConfigNode> oneOrMore(String key) {
        JsonNode value = present(key);
        if (value == null) {
            return List.of();
        }
        return value.isArray() ? at(key, value).items() : List.of(at(key, value));
    }

    public ConfigNode mapping(String key) {
        JsonNode value = present(key);
        if (value == null || !value.isObject()) {
            throw at(key, node).error("a mapping of keys to values is expected");
        }
        return at(key, value);
    }

    public List<ConfigNode> list(String key) {
        JsonNode value = present(key);
        if (value == null || !value.isArray()) {
            throw at(key, node).error("a list is expected");
        }
        return at(key, value).items();
    }

    /** The items of this list. */
    public List<ConfigNode> items() {
        List<ConfigNode> items = new ArrayList<>();
        String name = path.isEmpty() ? "" : path.substring(0, path.length() - 1);
        for (JsonNode item : node) {
            items.add(new ConfigNode(file, name + "[" + items.size() + "].", item));
        }
        return items;
    }

    /** All keys with their values, in the file's order. */
    public Map<String, ConfigNode> entries() {
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        node.properties().forEach(e -> entries.put(e.getKey(), at(e.getKey(), e.getValue())));
        return entries;
    }

    public boolean isMapping() {
        return node.isObject();
    }

    public boolean isText() {
        return node.isTextual();
    }

    public boolean isList() {
        return node.isArray();
    }

    public boolean isEmpty() {
        return node.isNull() || node.isMissingNode();
    }

    /** This value itself, where it is a text or a number. */
    public String asText() {
        if (!node.isValueNode()) {
            throw error("a text is expected");
        }
        return node.asText();
    }

    /** This value itself, where it is a whole number. */
    public int asInteger() {
        if (!node.canConvertToExactIntegral() || !node.canConvertToInt()) {
            throw error("a whole number is expected, not " + node);
        }
        return node.intValue();
    }

    /** This value itself, where it is a number. */
    public double asDecimal() {
        if (!node.isNumber()) {
            throw error("a number is expected, not " + node);
        }
        return node.doubleValue();
    }

    /** This part of the file as JSON, a copy. */
    public JsonNode toJson() {
        return node.deepCopy();
    }

    /** What is wrong with this part of the file, as an exception to throw. */
    public Mask2FormerException error(String message) {
        String where = path.isEmpty() ? "" : path.substring(0, path.length() - 1) + ": ";
        return new Mask2FormerException(file + ": " + where + message);
    }

    /** As {@link #error(String)}, about one of its keys. */
    public Mask2FormerException error(String key, String message) {
        return at(key, node).error(message);
    }

    private @Nullable JsonNode present(String key) {
        return node.hasNonNull(key) ? node.get(key) : null;
    }

    private ConfigNode at(String key, JsonNode value) {
        return new ConfigNode(file, path + key + ".", value);
    }
}
