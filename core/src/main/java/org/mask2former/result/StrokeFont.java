package org.mask2former.result;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The overlay's own font: letters as pen strokes, drawn at any size by the distance of a pixel to the pen's path. It
 * needs no font of the system, which a server may not have, and gives the same pixels on every machine. It has ASCII,
 * the accented Latin letters and some punctuation. Immutable and safe to share between threads.
 */
final class StrokeFont {
    /** The units of {@code label-font.txt}. */
    private static final double CAPITAL = 14;

    private static final double X_HEIGHT = 10;
    private static final double HIGHEST = 22;
    private static final double LOWEST = -5.5;
    /** Between the strokes of neighbouring letters, and before the first and after the last one. */
    private static final double GAP = 4.2;

    private static final double MARK_LIFT_OVER_CAPITALS = 4;
    /** Pen width, in capitals' heights, and in pixels at least, so that small letters stay dark. */
    private static final double PEN = 0.15;

    private static final double MIN_PEN = 1.35;
    /** How round a quarter of an ellipse is: a circle has 0.5523; a little more is easier to read when small. */
    private static final double ROUNDNESS = 0.6;

    private static final int CURVE_STEPS = 6;

    /** The letters of one pen path: x0, y0, x1, y1 of each straight piece. */
    private record Glyph(double width, double[] pieces) {}

    private static final Map<Integer, Glyph> GLYPHS = read();
    private static final Glyph UNKNOWN = Objects.requireNonNull(GLYPHS.get((int) '?'));

    private StrokeFont() {}

    /** Whether every character of the text is there. */
    static boolean covers(String text) {
        for (int character : decompose(text)) {
            if (!GLYPHS.containsKey(character)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The text in letters whose capitals are {@code capital} pixels high. What the font lacks becomes a question mark.
     */
    static TextMask draw(String text, int capital) {
        int[] characters = decompose(text);
        double scale = capital / CAPITAL;
        double pen = Math.max(MIN_PEN, PEN * capital);
        int gap = (int) Math.round(GAP * scale);
        int ascent = (int) Math.ceil(HIGHEST * scale) + 1;
        int height = ascent + (int) Math.ceil(-LOWEST * scale) + 1;
        int[] widths = new int[characters.length];
        int width = 1;
        for (int i = 0; i < characters.length; i++) {
            widths[i] = (int) Math.round(glyph(characters[i]).width() * scale);
            width += isMark(characters[i]) ? 0 : widths[i] + gap;
        }
        TextMask mask = new TextMask(width, height, ascent, new byte[width * height]);
        int x = gap / 2;
        int markX = 0;
        double lift = 0;
        for (int i = 0; i < characters.length; i++) {
            if (isMark(characters[i])) {
                stroke(mask, glyph(characters[i]), markX, scale, scale, characters[i] >= 0x327 ? 0 : lift, pen);
                continue;
            }
            boolean marked = i + 1 < characters.length && isMark(characters[i + 1]);
            Glyph glyph = glyph(marked ? withoutDot(characters[i]) : characters[i]);
            // Widths are whole pixels, so that both stems of an n stand on the pixels' grid.
            double scaleX = glyph.width() == 0 ? scale : widths[i] / glyph.width();
            stroke(mask, glyph, x, scaleX, scale, 0, pen);
            markX = x + widths[i] / 2;
            lift = Character.isUpperCase(characters[i]) ? MARK_LIFT_OVER_CAPITALS : 0;
            x += widths[i] + gap;
        }
        return mask;
    }

    private static void stroke(
            TextMask mask, Glyph glyph, double x, double scaleX, double scale, double lift, double pen) {
        double[] p = glyph.pieces();
        for (int i = 0; i < p.length; i += 4) {
            // A pixel's centre is at .5; the baseline is the centre of the row above mask.ascent().
            mask.line(
                    x + p[i] * scaleX + 0.5,
                    mask.ascent() - 0.5 - snap(p[i + 1] + lift, scale),
                    x + p[i + 2] * scaleX + 0.5,
                    mask.ascent() - 0.5 - snap(p[i + 3] + lift, scale),
                    pen);
        }
    }

    /** Heights in pixels, bent so that the x-height and the capitals' height are whole pixels. */
    private static double snap(double y, double scale) {
        double small = Math.round(X_HEIGHT * scale);
        double capital = Math.round(CAPITAL * scale);
        if (y <= 0) {
            return y * scale;
        }
        if (y <= X_HEIGHT) {
            return y * small / X_HEIGHT;
        }
        return y <= CAPITAL
                ? small + (y - X_HEIGHT) * (capital - small) / (CAPITAL - X_HEIGHT)
                : capital + (y - CAPITAL) * scale;
    }

    /** The characters, accents after their letters. */
    private static int[] decompose(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFD).codePoints().toArray();
    }

    private static boolean isMark(int character) {
        return character >= 0x300 && character < 0x370 && GLYPHS.containsKey(character);
    }

    private static int withoutDot(int character) {
        return character == 'i' ? 'ı' : character == 'j' ? 'ȷ' : character;
    }

    private static Glyph glyph(int character) {
        return GLYPHS.getOrDefault(character, UNKNOWN);
    }

    private static Map<Integer, Glyph> read() {
        Map<Integer, Glyph> glyphs = new HashMap<>();
        try (InputStream in = StrokeFont.class.getResourceAsStream("label-font.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (!line.startsWith("#")) {
                    String[] words = line.split(" ");
                    boolean coded = words[0].startsWith("U+");
                    int character = coded ? Integer.parseInt(words[0].substring(2), 16) : words[0].codePointAt(0);
                    glyphs.put(character, new Glyph(Double.parseDouble(words[1]), path(words)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return glyphs;
    }

    private static double[] path(String[] words) {
        Pen pen = new Pen();
        for (int i = 2; i < words.length; ) {
            String command = words[i++];
            double[] n = new double[command.equals("c") ? 6 : 2];
            for (int j = 0; j < n.length; j++) {
                n[j] = Double.parseDouble(words[i++]);
            }
            boolean dot = i == words.length || words[i].equals("m");
            switch (command) {
                case "m" -> pen.down(n[0], n[1], dot);
                case "l" -> pen.line(n[0], n[1]);
                case "h" -> {
                    double dx = (n[0] - pen.x) * ROUNDNESS;
                    double dy = (n[1] - pen.y) * ROUNDNESS;
                    pen.curve(pen.x + dx, pen.y, n[0], n[1] - dy, n[0], n[1]);
                }
                case "v" -> {
                    double dx = (n[0] - pen.x) * ROUNDNESS;
                    double dy = (n[1] - pen.y) * ROUNDNESS;
                    pen.curve(pen.x, pen.y + dy, n[0] - dx, n[1], n[0], n[1]);
                }
                case "c" -> pen.curve(n[0], n[1], n[2], n[3], n[4], n[5]);
                default -> throw new IllegalStateException("label-font.txt has an unknown command " + command);
            }
        }
        return Arrays.copyOf(pen.pieces, pen.length);
    }

    /** Collects the straight pieces of a path. */
    private static final class Pen {
        private double[] pieces = new double[64];
        private int length;
        private double x;
        private double y;

        void down(double toX, double toY, boolean dot) {
            x = toX;
            y = toY;
            if (dot) {
                line(toX, toY);
            }
        }

        void line(double toX, double toY) {
            if (length == pieces.length) {
                pieces = Arrays.copyOf(pieces, 2 * length);
            }
            pieces[length++] = x;
            pieces[length++] = y;
            pieces[length++] = toX;
            pieces[length++] = toY;
            x = toX;
            y = toY;
        }

        void curve(double x1, double y1, double x2, double y2, double x3, double y3) {
            double x0 = x;
            double y0 = y;
            for (int i = 1; i <= CURVE_STEPS; i++) {
                double t = (double) i / CURVE_STEPS;
                double s = 1 - t;
                line(
                        s * s * s * x0 + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t * t * t * x3,
                        s * s * s * y0 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t * t * t * y3);
            }
        }
    }
}
