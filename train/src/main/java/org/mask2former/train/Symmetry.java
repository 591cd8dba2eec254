package org.mask2former.train;

/**
 * One of the eight ways to lay a picture down: first mirrored at its diagonal, which makes its columns rows, or not; then
 * left and right, top and bottom exchanged, or not. A quarter turn clockwise is {@code (true, true, false)}.
 */
record Symmetry(boolean transpose, boolean flipX, boolean flipY) {
    static final Symmetry IDENTITY = new Symmetry(false, false, false);

    /** This one, then another. */
    Symmetry then(Symmetry next) {
        // Mirrored at the diagonal, what was left and right is top and bottom.
        boolean x = next.transpose ? flipY : flipX;
        boolean y = next.transpose ? flipX : flipY;
        return new Symmetry(transpose != next.transpose, x != next.flipX, y != next.flipY);
    }

    /** Turned clockwise. */
    static Symmetry quarterTurns(int turns) {
        return switch (turns & 3) {
            case 1 -> new Symmetry(true, true, false);
            case 2 -> new Symmetry(false, true, true);
            case 3 -> new Symmetry(true, false, true);
            default -> IDENTITY;
        };
    }

    /**
     * Where the pixels of a patch of this size go in rows of {@code stride} pixels, when it lies in their top left corner.
     */
    Steps steps(int patchWidth, int patchHeight, int stride) {
        int width = transpose ? patchHeight : patchWidth;
        int height = transpose ? patchWidth : patchHeight;
        int start = (flipY ? height - 1 : 0) * stride + (flipX ? width - 1 : 0);
        int right = flipX ? -1 : 1;
        int down = flipY ? -stride : stride;
        return transpose ? new Steps(start, down, right) : new Steps(start, right, down);
    }

    /** The pixel (x, y) of the patch goes to {@code start + x · stepX + y · stepY}. */
    record Steps(int start, int stepX, int stepY) {}
}
