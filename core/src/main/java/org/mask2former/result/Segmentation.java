package org.mask2former.result;

import java.util.List;
import org.mask2former.image.Image;

/** What was found in a picture, in the picture's own pixels. Immutable. */
public sealed interface Segmentation permits SemanticSegmentation, InstanceSegmentation, PanopticSegmentation {
    /** The picture that was segmented. */
    Image picture();

    /** The classes the model knows. */
    Labels labels();

    /** The segments, most important first: by score where segments have scores of their own, else by area. */
    List<Segment> segments();
}
