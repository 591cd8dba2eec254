package org.mask2former.data;

import org.mask2former.result.Box;
import org.mask2former.result.CocoRle;

/**
 * One annotated segment.
 *
 * @param id as the annotation numbers it
 * @param labelId its class, from 0
 * @param crowd whether it stands for several things that nobody told apart: not trained on, not counted in measures
 * @param mask its pixels; empty if the annotation has none
 * @param area in pixels, as the annotation says, which may differ from the mask's (COCO measures polygons)
 * @param box as the annotation says
 */
public record AnnotatedSegment(long id, int labelId, boolean crowd, CocoRle mask, double area, FloatBox box) {
    /** With the area and the box of the mask. */
    public static AnnotatedSegment of(long id, int labelId, boolean crowd, CocoRle mask) {
        return new AnnotatedSegment(id, labelId, crowd, mask, mask.area(), box(mask));
    }

    static FloatBox box(CocoRle mask) {
        Box box = mask.box();
        return new FloatBox(box.x(), box.y(), box.width(), box.height());
    }
}
