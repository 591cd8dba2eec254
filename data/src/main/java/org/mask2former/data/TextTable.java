package org.mask2former.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A table for the terminal: plain text, columns aligned, no colours. Not thread-safe. */
public final class TextTable {
    private static final String GAP = "  ";

    private final List<String[]> rows = new ArrayList<>();
    private final String[] headings;

    /** @param headings of the columns; the first column is aligned left, the others right */
    public TextTable(String... headings) {
        this.headings = headings;
    }

    /** Adds a row; missing cells at its end stay empty. */
    public TextTable row(String... cells) {
        if (cells.length > headings.length) {
            throw new IllegalArgumentException(cells.length + " cells do not fit into " + headings.length + " columns");
        }
        rows.add(cells);
        return this;
    }

    /** In percent with one decimal, {@code -} where there is nothing. */
    public static String percent(OptionalDouble part) {
        return part.isPresent() ? percent(part.getAsDouble()) : "-";
    }

    /** In percent with one decimal. */
    public static String percent(double part) {
        return String.format(Locale.ROOT, "%.1f", 100 * part);
    }

    /** A number with its thousands apart: 28,986. */
    public static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** All lines, each with its line break. */
    @Override
    public String toString() {
        int[] widths = new int[headings.length];
        measure(headings, widths);
        rows.forEach(row -> measure(row, widths));
        StringBuilder text = new StringBuilder();
        append(headings, widths, text);
        rows.forEach(row -> append(row, widths, text));
        return text.toString();
    }

    private static void measure(String[] row, int[] widths) {
        for (int i = 0; i < row.length; i++) {
            widths[i] = Math.max(widths[i], width(row[i]));
        }
    }

    private static void append(String[] row, int[] widths, StringBuilder text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            String space = " ".repeat(widths[i] - width(row[i]));
            line.append(i == 0 ? row[i] + space : GAP + space + row[i]);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
