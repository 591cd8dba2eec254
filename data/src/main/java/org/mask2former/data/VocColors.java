package org.mask2former.data;

/** The colours of Pascal VOC's label maps ({@code VOClabelcolormap} of the VOC devkit). */
final class VocColors {
    /** Around objects and over what is too hard: left out. */
    static final int VOID = rgb(255);

    private VocColors() {}

    /** The colour of a number from 0 to 255: its bits, lowest first, spread over the high bits of red, green and blue. */
    static int rgb(int number) {
        int rgb = 0;
        for (int bit = 7, rest = number; rest > 0; bit--, rest >>= 3) {
            rgb |= (rest & 1) << 16 + bit | (rest >> 1 & 1) << 8 + bit | (rest >> 2 & 1) << bit;
        }
        return rgb;
    }
}
