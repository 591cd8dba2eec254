package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How names of one dialect become the hub's: a pattern, and what it is replaced by. Several replacements cut the tensor
 * into that many equal runs of rows. Replacements may use {@code $1}, {@code $2}, ….
 */
record RenameRule(Pattern pattern, List<String> replacements) {
    /** A rule for names that start with {@code pattern}, a regular expression; the rest of the name stays. */
    static RenameRule of(String pattern, String... replacements) {
        return new RenameRule(Pattern.compile("^" + pattern), List.of(replacements));
    }

    /** The new names, or empty if the rule is not for this name. */
    Optional<List<String>> apply(String name) {
        Matcher matcher = pattern.matcher(name);
        if (!matcher.find()) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        for (String replacement : replacements) {
            names.add(matcher.replaceFirst(replacement));
        }
        return Optional.of(names);
    }
}
