package org.mask2former.result;

import java.util.List;
import org.mask2former.image.Image;

/**
 * A class for every pixel.
 *
 * @param classMap {@code [height, width]} class ids, row-major. Not a copy: read only
 * @param segments one for each class that has pixels, largest first; its id is the class's plus 1, its score 1
 */
public record SemanticSegmentation(Image picture, Labels labels, short[] classMap, List<Segment> segments)
        implements Segmentation {
    public SemanticSegmentation {
        if (classMap.length != picture.width() * picture.height()) {
            throw new IllegalArgumentException("a map of " + classMap.length + " pixels does not fit a picture of "
                    + picture.width() + "×" + picture.height());
        }
        segments = List.copyOf(segments);
    }
}
