package org.mask2former.video;

import java.util.Map;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;

/**
 * A frame's result in which a thing has the same id as in the frames before.
 *
 * @param result with those ids
 * @param variations which variation of its class's colour a thing keeps, by its id; see {@link
 *     org.mask2former.result.Overlay#draw(Segmentation, java.util.function.ToIntFunction)}
 */
public record Tracked(Segmentation result, Map<Integer, Integer> variations) {
    public Tracked {
        variations = Map.copyOf(variations);
    }

    /** Which variation of its class's colour a segment is drawn in. */
    public int variation(Segment segment) {
        return variations.getOrDefault(segment.id(), 0);
    }
}
