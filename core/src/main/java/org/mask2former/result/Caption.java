package org.mask2former.result;

import org.mask2former.image.Image;

/** A line of text in the top left corner of a picture, in the overlay's letters. */
public final class Caption {
    private static final int COLOR = 0x202020;
    /** Larger than labels, as it speaks of all of the picture. */
    private static final double SCALE = 1.3;

    private Caption() {}

    /** The picture with the text drawn on it, which stays away where there is no room for it; the picture itself does not change. */
    public static Image draw(Image picture, String text) {
        int capital = Overlay.capital(SCALE, picture.width(), picture.height());
        LabelBox label = LabelBox.of(text, capital, COLOR);
        int margin = Math.max(2, capital / 2);
        if (label.width() + margin > picture.width() || label.height() + margin > picture.height()) {
            return picture;
        }
        byte[] rgb = picture.rgb().clone();
        label.draw(rgb, picture.width(), margin, margin);
        return Image.ofRgb(picture.width(), picture.height(), rgb);
    }
}
