package org.mask2former.result;

/**
 * A class.
 *
 * @param id as the model numbers it, from 0
 * @param name for people
 * @param thing whether it is a thing (countable) rather than stuff
 * @param rgb its colour, 0xRRGGBB
 * @param datasetId its number in its data set's own files (COCO's category ids have gaps)
 */
public record Label(int id, String name, boolean thing, int rgb, int datasetId) {}
