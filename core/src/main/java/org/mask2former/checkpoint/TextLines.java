package org.mask2former.checkpoint;

/** The texts of pickle protocols 0 and 1, whose bytes 0–255 are given as the characters U+0000 to U+00FF. */
final class TextLines {
    private TextLines() {}

    /** Python's raw-unicode-escape: only {@code \\uXXXX} and {@code \\UXXXXXXXX} are escapes. */
    static String rawUnicode(String line) {
        StringBuilder out = new StringBuilder(line.length());
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i++);
            int digits = c == '\\' && i < line.length() ? digits(line.charAt(i)) : 0;
            if (digits > 0 && i + digits < line.length()) {
                int code = hex(line, i + 1, digits);
                if (Character.isValidCodePoint(code)) {
                    out.appendCodePoint(code);
                    i += 1 + digits;
                    continue;
                }
            }
            out.append(c);
        }
        return out.toString();
    }

    private static int digits(char escape) {
        return escape == 'u' ? 4 : escape == 'U' ? 8 : 0;
    }

    private static int hex(String line, int from, int digits) {
        int code = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = Character.digit(line.charAt(i), 16);
            if (digit < 0 || code > 0x10ffff) {
                return -1;
            }
            code = code << 4 | digit;
        }
        return code;
    }

    /** A string literal of Python 2, in quotes, with backslash escapes. */
    static String quoted(PickleInput in, String line) {
        int last = line.length() - 1;
        if (last < 1 || line.charAt(0) != line.charAt(last) || "'\"".indexOf(line.charAt(0)) < 0) {
            throw in.damaged("a string without quotes");
        }
        StringBuilder out = new StringBuilder(line.length());
        for (int i = 1; i < last; i++) {
            char c = line.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = line.charAt(++i);
            switch (escape) {
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case '\\', '\'', '"' -> out.append(escape);
                case 'x' -> {
                    int code = i + 2 < last ? hex(line, i + 1, 2) : -1;
                    if (code < 0) {
                        throw in.damaged("a string with a broken escape");
                    }
                    out.append((char) code);
                    i += 2;
                }
                default -> throw in.damaged("a string with an unknown escape");
            }
        }
        return out.toString();
    }
}
