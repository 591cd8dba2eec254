package org.mask2former;

/** What is asked of a picture. */
public enum Task {
    /** A class for every pixel. */
    SEMANTIC,
    /** Things one by one; masks may overlap. */
    INSTANCE,
    /** Things one by one and stuff as a whole, every pixel at most once. */
    PANOPTIC
}
