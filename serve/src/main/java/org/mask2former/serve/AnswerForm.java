package org.mask2former.serve;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.mask2former.Suggestions;

/** The forms of an answer to {@code /v1/segment}, and how a client chooses one. */
enum AnswerForm {
    /** {@code application/json} */
    JSON("application/json"),
    /** {@code image/png}: the picture with its segments drawn over it. */
    OVERLAY("image/png"),
    /** {@code image/png;form=panoptic}: a segment's id in every pixel, as COCO has it. */
    PANOPTIC("image/png"),
    /** {@code image/png;form=semantic}: a class in every pixel. */
    SEMANTIC("image/png"),
    /** {@code application/zip}: several of these and others. */
    ZIP("application/zip");

    private final String type;

    AnswerForm(String type) {
        this.type = type;
    }

    /** For {@code Content-Type}. */
    String type() {
        return type;
    }

    /** @throws HttpProblem 422 if there is no such form */
    static AnswerForm named(String name) {
        for (AnswerForm form : values()) {
            if (form.lower().equals(name)) {
                return form;
            }
        }
        List<String> names = List.of(values()).stream().map(AnswerForm::lower).toList();
        throw HttpProblem.unprocessable(
                "form=" + name + " is none of " + String.join(", ", names) + Suggestions.didYouMean(name, names));
    }

    private String lower() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The best of what a client accepts, by quality and then by order; JSON where it does not care.
     *
     * @throws HttpProblem 406 if it accepts none of them
     */
    static AnswerForm accepted(String header) {
        if (header.isBlank()) {
            return JSON;
        }
        List<MediaRange> ranges = new ArrayList<>();
        for (String part : header.split(",")) {
            ranges.add(MediaRange.parse(part));
        }
        ranges.sort(Comparator.comparingDouble(MediaRange::quality).reversed());
        return ranges.stream()
                .filter(r -> r.quality() > 0)
                .flatMap(r -> r.form().stream())
                .findFirst()
                .orElseThrow(() -> new HttpProblem(
                        406,
                        "not_acceptable",
                        "Accept wants none of application/json, image/png (also with ;form=panoptic or ;form=semantic)"
                                + " and application/zip"));
    }

    private record MediaRange(String type, Map<String, String> parameters) {
        static MediaRange parse(String text) {
            String[] words = text.split(";");
            Map<String, String> parameters = new TreeMap<>();
            for (int i = 1; i < words.length; i++) {
                String[] pair = words[i].strip().split("=", 2);
                parameters.put(
                        pair[0].strip().toLowerCase(Locale.ROOT),
                        pair.length < 2 ? "" : pair[1].strip().replace("\"", ""));
            }
            return new MediaRange(words.length == 0 ? "" : words[0].strip().toLowerCase(Locale.ROOT), parameters);
        }

        double quality() {
            try {
                return Double.parseDouble(parameters.getOrDefault("q", "1"));
            } catch (NumberFormatException e) {
                return 0;
            }
        }

        Optional<AnswerForm> form() {
            return switch (type) {
                case "*/*", "application/*", "application/json" -> Optional.of(JSON);
                case "image/*", "image/png" ->
                    switch (parameters.getOrDefault("form", "overlay")) {
                        case "overlay" -> Optional.of(OVERLAY);
                        case "panoptic" -> Optional.of(PANOPTIC);
                        case "semantic" -> Optional.of(SEMANTIC);
                        default -> Optional.empty();
                    };
                case "application/zip" -> Optional.of(ZIP);
                default -> Optional.empty();
            };
        }
    }
}
