package org.mask2former.train;

/** What happens when a picture or its annotation cannot be used. */
public enum OnBadPicture {
    /** Training ends with a message that names the file. */
    FAIL,
    /** Another picture, drawn at random from the same seed, takes its place. */
    SKIP
}
