package org.mask2former.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one JSON object, read with errors that name the file, the field and what was expected. A field that is
 * absent or null takes its default, as in Transformers.
 */
final class JsonFields {
    private static final long MAX_FILE = 64L << 20;
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Pattern LINE_BREAKS = Pattern.compile("\\s*[\\r\\n]+\\s*");

    private final String source;
    private final String path;
    private final JsonNode node;

    private JsonFields(String source, String path, JsonNode node) {
        this.source = source;
        this.path = path;
        this.node = node;
    }

    /** The one JSON object that a file holds. */
    static JsonFields read(Path file) {
        try {
            long size = Files.size(file);
            if (size == 0) {
                throw new CheckpointException(file + " is empty; download or copy it again");
            }
            if (size > MAX_FILE) {
                throw new CheckpointException(
                        file + " has " + size + " bytes, too many for a JSON file of a model; is it the right file?");
            }
            return parse(file.toString(), Files.readString(file));
        } catch (JsonProcessingException e) {
            throw notJson(file.toString(), e);
        } catch (IOException e) {
            throw Failures.unreadable(file, e);
        }
    }

    static JsonFields parse(String source, String json) {
        try {
            JsonNode node = MAPPER.readTree(json);
            if (!(node instanceof ObjectNode)) {
                throw new CheckpointException(
                        source + " is not a JSON object, which starts with '{'; download or copy it again");
            }
            return new JsonFields(source, "", node);
        } catch (JsonProcessingException e) {
            throw notJson(source, e);
        }
    }

    private static CheckpointException notJson(String source, JsonProcessingException e) {
        String where =
                e.getLocation() == null ? "" : " in line " + e.getLocation().getLineNr();
        String what = LINE_BREAKS.matcher(e.getOriginalMessage()).replaceAll(" ");
        return new CheckpointException(
                source + " is not valid JSON" + where + ": " + what + "; download or copy it again", e);
    }

    /** The fields of a nested object, or empty if there is none. */
    Optional<JsonFields> object(String name) {
        @Nullable JsonNode value = get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isObject()) {
            throw wrong(name, value, "an object");
        }
        return Optional.of(new JsonFields(source, path + name + ".", value));
    }

    boolean has(String name) {
        return get(name) != null;
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** A whole number from 0 to {@code max}. */
    int integer(String name, int fallback, int max) {
        @Nullable JsonNode value = get(name);
        return value == null ? fallback : integer(name, value, max);
    }

    private int integer(String name, JsonNode value, int max) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0 || value.intValue() > max) {
            throw wrong(name, value, "a whole number from 0 to " + max);
        }
        return value.intValue();
    }

    double number(String name, double fallback) {
        @Nullable JsonNode value = get(name);
        if (value == null) {
            return fallback;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(name, value, "a number");
        }
        return value.doubleValue();
    }

    boolean flag(String name, boolean fallback) {
        @Nullable JsonNode value = get(name);
        if (value == null) {
            return fallback;
        }
        if (!value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value.booleanValue();
    }

    String text(String name, String fallback) {
        @Nullable JsonNode value = get(name);
        if (value == null) {
            return fallback;
        }
        if (!value.isTextual()) {
            throw wrong(name, value, "a string");
        }
        return value.textValue();
    }

    /** Whole numbers from 0 to {@code max}; a single number counts as a list of one. */
    List<Integer> integers(String name, List<Integer> fallback, int max) {
        @Nullable JsonNode value = get(name);
        if (value == null) {
            return fallback;
        }
        if (value.isNumber()) {
            return List.of(integer(name, value, max));
        }
        if (!value.isArray()) {
            throw wrong(name, value, "a list of whole numbers");
        }
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode item : value) {
            numbers.add(integer(name, item, max));
        }
        return numbers;
    }

    List<String> texts(String name, List<String> fallback) {
        @Nullable JsonNode value = get(name);
        if (value == null) {
            return fallback;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value) {
            if (!item.isTextual()) {
                throw wrong(name, value, "a list of strings");
            }
            texts.add(item.textValue());
        }
        if (!value.isArray()) {
            throw wrong(name, value, "a list of strings");
        }
        return texts;
    }

    /** A failure that names the field, its value and what was expected instead. */
    CheckpointException unsupported(String name, String expected) {
        @Nullable JsonNode value = get(name);
        return wrong(name, value == null ? node.path(name) : value, expected);
    }

    private CheckpointException wrong(String name, JsonNode value, String expected) {
        String shown = value.toString();
        if (shown.length() > 60) {
            shown = shown.substring(0, 60) + "…";
        }
        return new CheckpointException(
                source + ": " + path + name + " is " + shown + ", but must be " + expected + "; correct the file");
    }

    String source() {
        return source;
    }

    private @Nullable JsonNode get(String name) {
        @Nullable JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }
}
