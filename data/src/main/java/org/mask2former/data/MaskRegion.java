package org.mask2former.data;

import org.mask2former.result.Box;
import org.mask2former.result.CocoRle;

/**
 * A mask as it is compared with others. Immutable.
 *
 * @param box tight around the mask: masks whose boxes do not touch need no closer look
 * @param rim what is compared besides the mask itself by boundary IoU, else the mask again
 */
public record MaskRegion(CocoRle mask, Box box, CocoRle rim) {
    /** To be compared by its area. */
    public static MaskRegion of(CocoRle mask) {
        return new MaskRegion(mask, mask.box(), mask);
    }

    /** To be compared by its area and its contour. */
    public static MaskRegion withRim(CocoRle mask) {
        return new MaskRegion(mask, mask.box(), Boundaries.rim(mask));
    }

    double iou(MaskRegion truth, boolean crowd) {
        return apart(truth) ? 0 : iou(mask, truth.mask, crowd);
    }

    /** The boundary metric of Cheng et al. 2021: the lesser of mask IoU and boundary IoU. */
    double boundaryIou(MaskRegion truth, boolean crowd) {
        return apart(truth) ? 0 : Math.min(iou(mask, truth.mask, crowd), iou(rim, truth.rim, crowd));
    }

    private static double iou(CocoRle detection, CocoRle truth, boolean crowd) {
        return crowd ? detection.iouWithCrowd(truth) : detection.iou(truth);
    }

    private boolean apart(MaskRegion other) {
        return box.x() >= other.box.x() + other.box.width()
                || other.box.x() >= box.x() + box.width()
                || box.y() >= other.box.y() + other.box.height()
                || other.box.y() >= box.y() + box.height();
    }
}
