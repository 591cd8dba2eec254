package org.mask2former.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where the time of a picture went, in milliseconds.
 *
 * @param queue waiting, for its turn and for company
 * @param preprocess reading the picture and making the network's input of it
 * @param inference the forward pass that it shared with {@code batch - 1} others
 * @param postprocess making segments of the prediction
 */
record Timings(double queue, double preprocess, double inference, double postprocess, int batch) {
    private Map<String, Double> byName() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("queue", queue);
        all.put("preprocess", preprocess);
        all.put("inference", inference);
        all.put("postprocess", postprocess);
        return all;
    }

    /** The field {@code timings}. */
    void write(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("timings");
        for (Map.Entry<String, Double> entry : byName().entrySet()) {
            json.writeNumberField(entry.getKey(), Math.round(10 * entry.getValue()) / 10.0);
        }
        json.writeNumberField("batch", batch);
        json.writeEndObject();
    }

    /** As the header {@code Server-Timing} has it, which browsers' tools show. */
    String header() {
        return byName().entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "%s;dur=%.1f", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
    }
}
