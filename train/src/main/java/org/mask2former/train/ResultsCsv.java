package org.mask2former.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;

/** The table of a run: a line for each interval, measures where there are some. For one thread. */
final class ResultsCsv {
    static final List<String> COLUMNS = List.of(
            "step",
            "seconds",
            "learning_rate",
            "loss",
            "class",
            "mask",
            "dice",
            "gradient_norm",
            "seconds_per_step",
            "waiting",
            "resident_mb",
            "pq",
            "ap",
            "ap50",
            "miou",
            "teacher",
            "separation");

    private final Path file;

    /** Goes on with a table that is there, without the lines after a step: they will be written again. */
    ResultsCsv(Path file, long step) {
        this.file = file;
        List<String> kept = new ArrayList<>();
        kept.add(String.join(",", COLUMNS));
        for (Map<String, Double> row : rows()) {
            if (row.getOrDefault("step", Double.POSITIVE_INFINITY) <= step) {
                kept.add(line(row));
            }
        }
        RunFolder.writeText(file, String.join("\n", kept) + "\n");
    }

    /** Appends a line; columns that are not given stay empty. */
    void add(Map<String, Double> row) {
        try {
            Files.writeString(file, line(row) + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new Mask2FormerException("cannot write " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    private static String line(Map<String, Double> row) {
        return COLUMNS.stream()
                .map(c -> row.containsKey(c) ? number(row.get(c)) : "")
                .collect(Collectors.joining(","));
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.6g", value);
    }

    /** All lines, by column; without the columns that are empty. */
    List<Map<String, Double>> rows() {
        List<Map<String, Double>> rows = new ArrayList<>();
        if (!Files.exists(file)) {
            return rows;
        }
        try {
            for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
                String[] cells = line.split(",", -1);
                Map<String, Double> row = new LinkedHashMap<>();
                for (int c = 0; c < Math.min(cells.length, COLUMNS.size()); c++) {
                    if (!cells[c].isEmpty()) {
                        row.put(COLUMNS.get(c), Double.parseDouble(cells[c]));
                    }
                }
                if (row.containsKey("step")) { // else cut off when the run was killed
                    rows.add(row);
                }
            }
            return rows;
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read " + file + ": " + AtomicFile.reason(e), e);
        } catch (NumberFormatException e) {
            throw new Mask2FormerException(file + " is no table of results: " + e.getMessage() + "; remove it", e);
        }
    }
}
