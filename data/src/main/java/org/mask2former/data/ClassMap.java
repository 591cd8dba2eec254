package org.mask2former.data;

import org.mask2former.result.SemanticSegmentation;

/**
 * The class of every pixel: the truth of a picture, or what was predicted for it. Immutable.
 *
 * @param labels {@code [height, width]} class ids from 0, row-major; {@link #IGNORE} where nothing is said. Not a copy:
 *     read only
 */
public record ClassMap(int width, int height, short[] labels) {
    /** The pixel has no class: in the truth it is left out of every measure. */
    public static final short IGNORE = -1;

    public ClassMap {
        if (labels.length != (long) width * height) {
            throw new IllegalArgumentException(
                    "a map of " + width + "×" + height + " does not have " + labels.length + " pixels");
        }
    }

    public static ClassMap of(SemanticSegmentation prediction) {
        return new ClassMap(prediction.picture().width(), prediction.picture().height(), prediction.classMap());
    }
}
