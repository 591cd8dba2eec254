package org.mask2former.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** "Did you mean …?" */
final class Suggestions {
    private Suggestions() {}

    /**
     * {@code ; did you mean X?} for the candidate closest to a mistyped word, to be appended to an error, or nothing if
     * none is close.
     */
    static String didYouMean(String word, Collection<String> candidates) {
        return candidates.stream()
                .filter(c -> distance(word, c) <= Math.max(1, Math.min(word.length(), c.length()) / 3))
                .min(Comparator.comparingInt((String c) -> distance(word, c)).thenComparing(c -> c))
                .map(c -> "; did you mean " + c + "?")
                .orElse("");
    }

    /** Levenshtein's distance: insertions, deletions and replacements; case does not count. */
    static int distance(String first, String second) {
        String a = first.toLowerCase(Locale.ROOT);
        String b = second.toLowerCase(Locale.ROOT);
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) above[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[b.length()];
    }
}
