package org.mask2former.data;

import java.util.ArrayList;
import java.util.List;
import org.mask2former.image.Image;
import org.mask2former.result.InstanceSegmentation;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;
import org.mask2former.result.Overlay;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticSegmentation;

/** Draws an annotation over its picture, as a result is drawn, so that the two can be compared. Stateless. */
public final class TruthOverlay {
    private TruthOverlay() {}

    /** The picture with its annotation drawn over it; crowds are marked as such. */
    public static Image draw(Image picture, Annotation annotation, Labels labels, Overlay style) {
        return style.withScores(false).draw(result(picture, annotation, labels));
    }

    /** An annotation as if a model had found it; segments without pixels are left out. */
    static Segmentation result(Image picture, Annotation annotation, Labels labels) {
        List<Segment> segments = new ArrayList<>();
        for (AnnotatedSegment s : annotation.segments()) {
            if (!s.mask().isEmpty()) {
                Label label = labels.get(s.labelId());
                // Instances are numbered anew: their ids are unique in the data set, and may not fit.
                int id = annotation instanceof Annotation.Instances ? segments.size() + 1 : (int) s.id();
                segments.add(new Segment(
                        id,
                        label.id(),
                        s.crowd() ? label.name() + " (crowd)" : label.name(),
                        label.thing(),
                        1,
                        s.mask().area(),
                        s.mask().box(),
                        s.mask()));
            }
        }
        if (annotation instanceof Annotation.Panoptic panoptic) {
            return new PanopticSegmentation(picture, labels, panoptic.map().ids(), segments);
        } else if (annotation instanceof Annotation.Semantic semantic) {
            return new SemanticSegmentation(picture, labels, semantic.map().labels(), segments);
        }
        return new InstanceSegmentation(picture, labels, segments);
    }
}
