package org.mask2former.serve;

import java.io.ByteArrayOutputStream;
import org.mask2former.result.CocoRle;

/**
 * Masks as Label Studio's brush has them: the RGBA bytes of an image, each 0 or 255, row by row, packed by thi.ng's
 * rle-pack. That is a stream of bits: the number of values (32), the bits of a value less one (5), four lengths of run
 * counters less one (4 each); then runs: a bit that is 1 for equal values, which counter (2), the run's length less one,
 * the value.
 */
final class LabelStudioRle {
    private static final int[] COUNTERS = {3, 4, 8, 16};
    private static final int VALUE_BITS = 8;
    private static final int LONGEST = 1 << 16;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int pending;
    private int pendingBits;

    private LabelStudioRle() {}

    /** The packed bytes, each 0 to 255, as the JSON lists them. */
    static int[] encode(CocoRle mask) {
        LabelStudioRle rle = new LabelStudioRle();
        byte[] pixels = mask.decode();
        rle.bits(4L * pixels.length, 32);
        rle.bits(VALUE_BITS - 1, 5);
        for (int counter : COUNTERS) rle.bits(counter - 1, 4);
        int begin = 0;
        for (int i = 1; i <= pixels.length; i++) {
            if (i == pixels.length || pixels[i] != pixels[begin]) {
                rle.run(4L * (i - begin), pixels[begin] == 0 ? 0 : 255);
                begin = i;
            }
        }
        return rle.finish();
    }

    private void run(long length, int value) {
        for (long left = length; left > 0; left -= LONGEST) {
            int part = (int) Math.min(left, LONGEST);
            int counter = 0;
            while (part > 1 << COUNTERS[counter]) counter++;
            bits(1, 1);
            bits(counter, 2);
            bits(part - 1, COUNTERS[counter]);
            bits(value, VALUE_BITS);
        }
    }

    private void bits(long value, int count) {
        for (int i = count - 1; i >= 0; i--) {
            pending = pending << 1 | (int) (value >> i & 1);
            if (++pendingBits == 8) {
                out.write(pending);
                pending = 0;
                pendingBits = 0;
            }
        }
    }

    private int[] finish() {
        while (pendingBits != 0) bits(0, 1);
        byte[] bytes = out.toByteArray();
        int[] values = new int[bytes.length];
        for (int i = 0; i < values.length; i++) values[i] = bytes[i] & 0xff;
        return values;
    }
}
