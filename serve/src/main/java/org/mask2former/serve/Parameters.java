package org.mask2former.serve;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.mask2former.Suggestions;

/**
 * A request's parameters by name, whether they came in the query, in a form or in JSON. What is asked for is noted, so that
 * a parameter that nobody knows is refused rather than ignored.
 */
final class Parameters {
    private final Map<String, String> values = new LinkedHashMap<>();
    private final TreeSet<String> known = new TreeSet<>();

    /** @throws HttpProblem 422 if it was given before */
    void add(String name, String value) {
        if (values.putIfAbsent(name, value) != null) {
            throw HttpProblem.unprocessable(name + " is given twice");
        }
    }

    Optional<String> text(String name) {
        known.add(name);
        return Optional.ofNullable(values.get(name)).filter(v -> !v.isBlank());
    }

    Optional<Double> number(String name) {
        return parsed(name, Double::valueOf, "a number");
    }

    Optional<Integer> whole(String name) {
        return parsed(name, Integer::valueOf, "a whole number");
    }

    boolean flag(String name, boolean otherwise) {
        return parsed(
                        name,
                        v -> switch (v) {
                            case "true", "1" -> true;
                            case "false", "0" -> false;
                            default -> throw new IllegalArgumentException(v);
                        },
                        "true or false")
                .orElse(otherwise);
    }

    /** Parts separated by commas. */
    List<String> list(String name) {
        List<String> parts = new ArrayList<>();
        for (String part : text(name).orElse("").split(",")) {
            if (!part.isBlank()) parts.add(part.strip());
        }
        return parts;
    }

    /** {@code a=1,b=2} */
    Map<String, Double> numbers(String name) {
        Map<String, Double> all = new LinkedHashMap<>();
        for (String part : list(name)) {
            int at = part.lastIndexOf('=');
            try {
                all.put(part.substring(0, Math.max(0, at)), Double.valueOf(part.substring(at + 1)));
            } catch (NumberFormatException e) {
                throw HttpProblem.unprocessable(name + " must be NAME=NUMBER,…, but has \"" + part + "\"");
            }
        }
        return all;
    }

    private <T> Optional<T> parsed(String name, Function<String, T> parser, String what) {
        return text(name).map(value -> {
            try {
                return parser.apply(value.strip());
            } catch (IllegalArgumentException e) {
                throw HttpProblem.unprocessable(name + " must be " + what + ", but is \"" + value + "\"");
            }
        });
    }

    /** @throws HttpProblem 422 if something was given that nobody asked for */
    void refuseOthers() {
        refuseOthers(values.keySet());
    }

    private void refuseOthers(Collection<String> given) {
        for (String name : given) {
            if (!known.contains(name)) {
                throw HttpProblem.unprocessable(
                        "there is no parameter \"" + name + "\"" + Suggestions.didYouMean(name, known));
            }
        }
    }
}
