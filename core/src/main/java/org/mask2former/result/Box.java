package org.mask2former.result;

/** A box in pixels: the top left pixel it holds, and how many pixels wide and high it is. Empty is 0 × 0. */
public record Box(int x, int y, int width, int height) {
    public static final Box EMPTY = new Box(0, 0, 0, 0);
}
