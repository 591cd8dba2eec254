package org.mask2former.data;

/** In pixels, upright. */
public record PictureSize(int width, int height) {
    @Override
    public String toString() {
        return width + "×" + height;
    }
}
