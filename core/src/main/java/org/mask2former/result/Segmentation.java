package org.mask2former.result;

import java.util.List;
import org.mask2former.Task;
import org.mask2former.image.Image;

/** What was found in a picture, in the picture's own pixels. Immutable. */
public sealed interface Segmentation permits SemanticSegmentation, InstanceSegmentation, PanopticSegmentation {
    /** The picture that was segmented. */
    Image picture();

    /** The classes the model knows. */
    Labels labels();

    /** The segments, most important first: by score where segments have scores of their own, else by area. */
    List<Segment> segments();

    /** What was asked of the picture. */
    default Task task() {
        if (this instanceof SemanticSegmentation) {
            return Task.SEMANTIC;
        }
        return this instanceof InstanceSegmentation ? Task.INSTANCE : Task.PANOPTIC;
    }

    /** The picture with the result drawn over it: see {@link Overlay} for other ways to draw it. */
    default Image overlay() {
        return Overlay.DEFAULT.draw(this);
    }

    /** The result as JSON: see {@link ResultJson} for other forms of it. */
    default String toJson() {
        return ResultJson.DEFAULT.toJson(this, "", "");
    }
}
