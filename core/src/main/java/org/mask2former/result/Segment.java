package org.mask2former.result;

/**
 * One segment of a picture.
 *
 * @param id unique in its picture, from 1; the value of its pixels in a panoptic map
 * @param labelId the class, as the model numbers it, from 0
 * @param label the class's name
 * @param thing whether the class is a thing (countable) rather than stuff
 * @param score in [0, 1]; always 1 in a semantic segmentation, which has no scores
 * @param area pixels
 * @param box the tight box around its pixels
 * @param mask its pixels
 */
public record Segment(
        int id, int labelId, String label, boolean thing, double score, long area, Box box, CocoRle mask) {
    /** A segment whose area and box are those of its mask. */
    public static Segment of(int id, Label label, double score, CocoRle mask) {
        return new Segment(id, label.id(), label.name(), label.thing(), score, mask.area(), mask.box(), mask);
    }
}
