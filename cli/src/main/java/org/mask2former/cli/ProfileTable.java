package org.mask2former.cli;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.mask2former.Mask2Former;
import org.mask2former.image.PixelValues;
import org.mask2former.model.Profile;

/** Prints where the time of a pass goes: by stage, by operation, and both together. */
final class ProfileTable {
    private static final int STAGE_DEPTH = 3;

    private static final int PASSES = 3;

    private ProfileTable() {}

    /** Of the quickest of some passes, in which the least of what else the machine does is seen. */
    static String quickest(Mask2Former model, PixelValues pixels) {
        return of(Stream.generate(() -> model.profile(pixels))
                .limit(PASSES)
                .min(Comparator.comparingDouble(Profile::seconds))
                .orElseThrow());
    }

    private static String of(Profile profile) {
        StringBuilder text = new StringBuilder();
        table(text, "part", profile, row -> stage(row.part()), false);
        table(text, "operation", profile, Profile.Row::operation, true);
        table(text, "part and operation", profile, row -> row.part() + " " + row.operation(), true);
        return text.toString();
    }

    /** The first steps of a part's path, so that the blocks of a stage make one line. */
    private static String stage(String part) {
        String[] steps = part.split("/");
        return part.isEmpty()
                ? "(outside)"
                : String.join("/", java.util.Arrays.asList(steps).subList(0, Math.min(STAGE_DEPTH, steps.length)));
    }

    private static void table(
            StringBuilder text,
            String title,
            Profile profile,
            Function<Profile.Row, String> key,
            boolean longestFirst) {
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (Profile.Row row : profile.rows()) {
            double[] sum = sums.computeIfAbsent(key.apply(row), k -> new double[2]);
            sum[0] += row.seconds();
            sum[1] += row.calls();
        }
        Comparator<Map.Entry<String, double[]>> order = Comparator.comparingDouble(
                        (Map.Entry<String, double[]> e) -> e.getValue()[0])
                .reversed();
        text.append(String.format(Locale.ROOT, "%n%10s %6s %7s  %s%n", "ms", "%", "calls", title));
        (longestFirst ? sums.entrySet().stream().sorted(order) : sums.entrySet().stream())
                .forEach(e -> text.append(String.format(
                        Locale.ROOT,
                        "%10.2f %6.1f %7.0f  %s%n",
                        1e3 * e.getValue()[0],
                        100 * e.getValue()[0] / profile.seconds(),
                        e.getValue()[1],
                        e.getKey())));
    }
}
