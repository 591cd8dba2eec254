package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.mask2former.ops.Parameter;

/**
 * Whether a checkpoint holds what a network needs. All differences are gathered into one error: weights that are missing,
 * that nobody expects, or that have another shape, grouped by the part of the network they belong to.
 *
 * <p>Some entries of published files are no weights and count for nothing: indices that are computed anew, counters of
 * batches seen, buffers of the training loss, norms that no forward pass uses. Stateless.
 */
public final class CheckpointFit {
    /** Groups of one kind that are listed; the rest is counted. */
    private static final int GROUPS_SHOWN = 8;
    /** Keys of one group that are named. */
    private static final int KEYS_SHOWN = 3;

    private static final Pattern IGNORABLE = Pattern.compile("relative_position_index$"
            + "|num_batches_tracked$"
            + "|attn_mask$"
            + "|^criterion\\."
            + "|^pixel_(mean|std)$"
            + "|^model\\.pixel_level_module\\.encoder\\.swin\\.layernorm\\.");
    /** The part a weight belongs to: its name up to the first number of a layer or stage, at most five parts deep. */
    private static final Pattern GROUP = Pattern.compile("^(?:[^.]+\\.){0,4}?(?=\\d|[^.]+$)|^(?:[^.]+\\.){1,4}");

    private CheckpointFit() {}

    /**
     * Checks that every parameter is there in its shape, and nothing else.
     *
     * @param weights in the hub's dialect
     * @throws CheckpointException otherwise; its first line sums up, further lines list the keys
     */
    public static void check(List<Parameter> expected, Weights weights) {
        Set<String> present = weights.names();
        Set<String> known = new LinkedHashSet<>();
        Map<String, List<String>> missing = new LinkedHashMap<>();
        Map<String, List<String>> misshapen = new LinkedHashMap<>();
        for (Parameter parameter : expected) {
            String name = parameter.name();
            known.add(name);
            if (!present.contains(name)) {
                add(missing, name, name + " " + Arrays.toString(parameter.shape()));
            } else if (!Arrays.equals(weights.shape(name), parameter.shape())) {
                add(
                        misshapen,
                        name,
                        name + " is " + Arrays.toString(weights.shape(name)) + ", expected "
                                + Arrays.toString(parameter.shape()));
            } else if (!weights.dtype(name).isFloating()) {
                add(misshapen, name, name + " is of type " + weights.dtype(name) + ", expected a floating-point type");
            }
        }
        Map<String, List<String>> unexpected = new LinkedHashMap<>();
        for (String name : present) {
            if (!known.contains(name) && !isIgnorable(name)) {
                add(unexpected, name, name);
            }
        }
        if (!missing.isEmpty() || !misshapen.isEmpty() || !unexpected.isEmpty()) {
            throw new CheckpointException(message(expected.size(), weights, missing, misshapen, unexpected));
        }
    }

    /** Whether an entry of a checkpoint may be there without being a weight of the network. */
    static boolean isIgnorable(String name) {
        return IGNORABLE.matcher(name).find();
    }

    private static void add(Map<String, List<String>> groups, String name, String line) {
        Matcher matcher = GROUP.matcher(name);
        String group = matcher.find() ? matcher.group() : "";
        groups.computeIfAbsent(group, g -> new ArrayList<>()).add(line);
    }

    private static String message(
            int expected,
            Weights weights,
            Map<String, List<String>> missing,
            Map<String, List<String>> misshapen,
            Map<String, List<String>> unexpected) {
        List<String> counts = new ArrayList<>();
        count(counts, missing, "missing");
        count(counts, misshapen, "of another shape");
        count(counts, unexpected, "unexpected");
        StringBuilder text =
                new StringBuilder(weights.source() + " does not fit the model: of " + expected + " weights expected, "
                        + String.join(", ", counts) + "; choose another checkpoint, or correct its config.json");
        list(text, "missing", missing);
        list(text, "of another shape", misshapen);
        list(text, "unexpected", unexpected);
        return text.toString();
    }

    private static void count(List<String> counts, Map<String, List<String>> groups, String what) {
        int n = groups.values().stream().mapToInt(List::size).sum();
        if (n > 0) {
            counts.add(n + " " + what);
        }
    }

    private static void list(StringBuilder text, String what, Map<String, List<String>> groups) {
        if (groups.isEmpty()) {
            return;
        }
        text.append("\n  ").append(what).append(':');
        groups.entrySet().stream().limit(GROUPS_SHOWN).forEach(group -> {
            List<String> keys = group.getValue();
            text.append("\n    ");
            if (keys.size() > 1) {
                text.append(group.getKey()).append("… (").append(keys.size()).append("): ");
            }
            text.append(keys.stream().limit(KEYS_SHOWN).collect(Collectors.joining("; ")));
            if (keys.size() > KEYS_SHOWN) {
                text.append("; and ").append(keys.size() - KEYS_SHOWN).append(" more");
            }
        });
        int rest = groups.entrySet().stream()
                .skip(GROUPS_SHOWN)
                .mapToInt(group -> group.getValue().size())
                .sum();
        if (rest > 0) {
            text.append("\n    and ").append(rest).append(" more in other parts");
        }
    }
}
