package org.mask2former.result;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.mask2former.Mask2FormerException;

/**
 * COCO's compressed strings ({@code rleToString} and {@code rleFrString} of the COCO API): from the fourth run on the
 * difference to the run two before, in groups of five bits, lowest first, each a character from '0' on; bit 5 says that
 * another group follows, bit 4 of the last one is the sign.
 */
final class RleStrings {
    private static final int FIRST = '0';
    private static final int LAST = FIRST + 0x3f;
    private static final int MORE = 0x20;
    private static final int SIGN = 0x10;
    private static final int BITS = 0x1f;
    /** Groups of a 33-bit difference; more would be no run of any mask. */
    private static final int MAX_GROUPS = 7;

    private RleStrings() {}

    static String format(int[] counts) {
        byte[] text = new byte[Math.max(16, 2 * counts.length)];
        int n = 0;
        for (int i = 0; i < counts.length; i++) {
            long x = i > 2 ? (long) counts[i] - counts[i - 2] : counts[i];
            if (n + MAX_GROUPS > text.length) text = Arrays.copyOf(text, 2 * text.length);
            boolean more = true;
            while (more) {
                int group = (int) (x & BITS);
                x >>= 5;
                more = (group & SIGN) != 0 ? x != -1 : x != 0;
                text[n++] = (byte) (FIRST + (more ? group | MORE : group));
            }
        }
        return new String(text, 0, n, StandardCharsets.US_ASCII);
    }

    static int[] parse(String text) {
        int[] counts = new int[Math.max(1, text.length())];
        int n = 0;
        int at = 0;
        while (at < text.length()) {
            int start = at;
            long x = 0;
            boolean more = true;
            while (more) {
                if (at == text.length()) {
                    throw malformed(text, start, "it ends inside a number");
                }
                char c = text.charAt(at);
                if (c < FIRST || c > LAST) {
                    throw malformed(text, at, "the character '" + c + "' is not one of '0' to 'o'");
                }
                if (at - start == MAX_GROUPS) {
                    throw malformed(text, start, "a number is longer than any run can be");
                }
                int group = c - FIRST;
                int shift = 5 * (at - start);
                x |= (long) (group & BITS) << shift;
                more = (group & MORE) != 0;
                if (!more && (group & SIGN) != 0) x |= -1L << (shift + 5);
                at++;
            }
            if (n > 2) x += counts[n - 2];
            if (x < 0 || x > Integer.MAX_VALUE) {
                throw malformed(text, start, "a run of " + x + " pixels is not possible");
            }
            counts[n++] = (int) x;
        }
        return Arrays.copyOf(counts, n);
    }

    private static Mask2FormerException malformed(String text, int at, String why) {
        String excerpt = text.length() <= 24 ? text : text.substring(0, 24) + "…";
        return new Mask2FormerException(
                "not a compressed COCO RLE: \"" + excerpt + "\", at character " + at + ": " + why);
    }
}
