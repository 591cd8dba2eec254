package org.mask2former.result;

import java.util.List;
import org.mask2former.image.Image;

/**
 * Things, one by one.
 *
 * @param segments one for each instance, best score first; their masks may overlap
 */
public record InstanceSegmentation(Image picture, Labels labels, List<Segment> segments) implements Segmentation {
    public InstanceSegmentation {
        segments = List.copyOf(segments);
    }
}
