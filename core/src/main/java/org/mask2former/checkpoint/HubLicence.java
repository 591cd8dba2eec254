package org.mask2former.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The licence that a model's page states: in the YAML at the top of its README.md, from which the hub takes it too, or in
 * the hub's description of the model.
 */
final class HubLicence {
    /** MODEL_ZOO.md of the original repository, section License. */
    static final String ORIGINAL =
            "not stated on the hub; the original's authors publish these weights under CC-BY-NC-4.0 (Mask2Former, MODEL_ZOO.md)";

    private static final Pattern FIELD = Pattern.compile("(license|license_name|license_link)\\s*:(.*)");
    private static final Pattern ITEM = Pattern.compile("\\s*-\\s+(.*)");

    private HubLicence() {}

    /** What a README.md states. */
    static Optional<String> ofReadme(String readme) {
        List<String> lines = readme.lines().toList();
        if (lines.isEmpty() || !lines.get(0).strip().replace("\uFEFF", "").equals("---")) {
            return Optional.empty();
        }
        List<String> licences = new ArrayList<>();
        String name = "";
        String link = "";
        String open = "";
        for (String line : lines.subList(1, lines.size())) {
            if (line.strip().equals("---")) {
                break;
            }
            Matcher field = FIELD.matcher(line);
            Matcher item = ITEM.matcher(line);
            if (field.matches()) {
                open = field.group(1);
                String value = scalar(field.group(2));
                switch (open) {
                    case "license_name" -> name = value;
                    case "license_link" -> link = value;
                    default -> addAll(licences, value);
                }
            } else if (item.matches() && open.equals("license")) {
                addAll(licences, scalar(item.group(1)));
            } else if (!line.isBlank() && !line.startsWith(" ")) {
                open = "";
            }
        }
        return stated(licences, name, link);
    }

    /** What the hub's description of the model states, {@code /api/models/ID}. */
    static Optional<String> ofApi(JsonNode model) {
        JsonNode card = model.path("cardData");
        List<String> licences = new ArrayList<>();
        JsonNode stated = card.path("license");
        if (stated.isArray()) {
            stated.forEach(licence -> addAll(licences, licence.asText("")));
        } else {
            addAll(licences, stated.asText(""));
        }
        if (licences.isEmpty()) {
            for (JsonNode tag : model.path("tags")) {
                if (tag.asText("").startsWith("license:")) {
                    addAll(licences, tag.asText().substring("license:".length()));
                }
            }
        }
        return stated(
                licences,
                card.path("license_name").asText(""),
                card.path("license_link").asText(""));
    }

    /** The one case in which the hub's silence can be filled: the original authors' own uploads. */
    static Optional<String> ofOwner(HubId id) {
        return id.owner().equals("facebook") && id.name().startsWith("mask2former")
                ? Optional.of(ORIGINAL)
                : Optional.empty();
    }

    /** "other" alone states nothing. */
    private static Optional<String> stated(List<String> licences, String name, String link) {
        String licence = String.join(", ", licences);
        boolean other = licence.isEmpty() || licence.equals("other") || licence.equals("unknown");
        if (other && name.isEmpty() && link.isEmpty()) {
            return Optional.empty();
        }
        String shown = other && !name.isEmpty() ? name : licence;
        return Optional.of(
                link.isEmpty() ? shown : shown.isEmpty() || shown.equals("other") ? link : shown + " (" + link + ")");
    }

    private static void addAll(List<String> licences, String value) {
        String list = value.startsWith("[") && value.endsWith("]") ? value.substring(1, value.length() - 1) : value;
        for (String one : list.split(",", -1)) {
            String licence = scalar(one);
            if (!licence.isEmpty() && !licences.contains(licence)) {
                licences.add(licence);
            }
        }
    }

    /** A YAML scalar of one line: without comment, quotes and control characters. */
    private static String scalar(String text) {
        String value = text.replaceFirst("(^|\\s)#.*$", "").strip();
        if (value.length() >= 2
                && (value.charAt(0) == '"' || value.charAt(0) == '\'')
                && value.charAt(value.length() - 1) == value.charAt(0)) {
            value = value.substring(1, value.length() - 1);
        }
        return value.replaceAll("\\p{Cntrl}", "").strip();
    }
}
