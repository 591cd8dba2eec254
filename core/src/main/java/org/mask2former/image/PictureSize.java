package org.mask2former.image;

/** How large a picture is, upright. */
public record PictureSize(int width, int height) {
    /** As people write it: {@code 640×480}. */
    @Override
    public String toString() {
        return width + "×" + height;
    }
}
