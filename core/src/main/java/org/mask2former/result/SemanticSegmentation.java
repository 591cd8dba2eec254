package org.mask2former.result;

import java.util.List;
import org.mask2former.image.Image;

/**
 * A class for every pixel.
 *
 * @param classMap {@code [height, width]} class ids, row-major. Not a copy: read only
 * @param segments one for each class that has pixels, largest first
 */
public record SemanticSegmentation(Image picture, Labels labels, short[] classMap, List<Segment> segments)
        implements Segmentation {
    public SemanticSegmentation {
        segments = List.copyOf(segments);
    }
}
