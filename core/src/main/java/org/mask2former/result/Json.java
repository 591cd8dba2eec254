package org.mask2former.result;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** What the JSON writers share: UTF-8, numbers of at most six decimals, and how boxes and masks are written. */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int DECIMALS = 6;

    private Json() {}

    /** A generator that leaves the stream open when it is closed. */
    static JsonGenerator generator(OutputStream out, boolean indent) throws IOException {
        JsonGenerator json = FACTORY.createGenerator(out, JsonEncoding.UTF8);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        if (indent) {
            Separators separators =
                    Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER);
            json.setPrettyPrinter(
                    new DefaultPrettyPrinter(separators).withObjectIndenter(new DefaultIndenter("  ", "\n")));
        }
        return json;
    }

    static void text(JsonGenerator json, String field, String value) throws IOException {
        // A file's name may hold half a surrogate pair, which UTF-8 cannot express: it becomes a question mark.
        json.writeStringField(field, new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }

    static void number(JsonGenerator json, String field, double value) throws IOException {
        json.writeFieldName(field);
        number(json, value);
    }

    static void number(JsonGenerator json, double value) throws IOException {
        if (value == (int) value) {
            json.writeNumber((int) value);
            return;
        }
        json.writeNumber(BigDecimal.valueOf(value)
                .setScale(DECIMALS, RoundingMode.HALF_EVEN)
                .stripTrailingZeros()
                .toPlainString());
    }

    /** The fields that say what a segment is; the classes of a semantic result have no score. */
    static void segment(JsonGenerator json, Segmentation result, Segment segment) throws IOException {
        json.writeNumberField("id", segment.id());
        json.writeNumberField("label_id", segment.labelId());
        text(json, "label", segment.label());
        json.writeBooleanField("thing", segment.thing());
        if (!(result instanceof SemanticSegmentation)) {
            number(json, "score", segment.score());
        }
        json.writeNumberField("area", segment.area());
    }

    /** {@code [x, y, width, height]}. */
    static void box(JsonGenerator json, String field, Box box) throws IOException {
        json.writeFieldName(field);
        json.writeArray(new int[] {box.x(), box.y(), box.width(), box.height()}, 0, 4);
    }

    /** {@code {"size": [height, width], "counts": "…"}}, as pycocotools reads it. */
    static void mask(JsonGenerator json, String field, CocoRle mask) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeFieldName("size");
        json.writeArray(new int[] {mask.height(), mask.width()}, 0, 2);
        json.writeStringField("counts", mask.toCountsString());
        json.writeEndObject();
    }
}
