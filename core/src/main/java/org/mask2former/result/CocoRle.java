package org.mask2former.result;

/**
 * A binary mask as COCO's run-length encoding: runs down the columns, left to right, alternately outside and inside,
 * beginning outside. Immutable.
 *
 * @param height rows of the mask
 * @param width columns of the mask
 * @param counts run lengths; they sum to {@code height × width}. Not a copy: read only
 */
public record CocoRle(int height, int width, int[] counts) {}
