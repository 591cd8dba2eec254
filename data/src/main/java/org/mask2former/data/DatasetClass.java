package org.mask2former.data;

import java.util.Optional;

/**
 * A class as a data set describes it.
 *
 * @param id its number in the data set's files
 * @param rgb its colour, 0xRRGGBB, if it says one
 */
public record DatasetClass(int id, String name, boolean thing, Optional<Integer> rgb) {}
