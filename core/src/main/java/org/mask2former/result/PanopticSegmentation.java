package org.mask2former.result;

import java.util.List;
import org.mask2former.image.Image;

/**
 * Things one by one and stuff as a whole; every pixel belongs to one segment, or to none (void).
 *
 * @param idMap {@code [height, width]} segment ids, row-major, 0 for void. Not a copy: read only
 * @param segments with unique ids; their masks do not overlap
 */
public record PanopticSegmentation(Image picture, Labels labels, int[] idMap, List<Segment> segments)
        implements Segmentation {
    public static final int VOID = 0;

    public PanopticSegmentation {
        if (idMap.length != picture.width() * picture.height()) {
            throw new IllegalArgumentException("a map of " + idMap.length + " pixels does not fit a picture of "
                    + picture.width() + "×" + picture.height());
        }
        segments = List.copyOf(segments);
    }
}
