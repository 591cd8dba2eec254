package org.mask2former.data;

import java.util.Locale;

/** What a file or folder of a data set is for; the name in small letters is the key in the data set's YAML. */
public enum FileRole {
    /** The folder of pictures. */
    IMAGES,
    /** The annotation file (JSON). */
    ANNOTATIONS,
    /** The folder of panoptic PNGs that belongs to the annotation file. */
    MASKS,
    /** The folder of label maps or label files, one for each picture. */
    LABELS,
    /** Instances that may overlap: a COCO instances file beside a panoptic one, or a folder of instance maps. */
    INSTANCES,
    /** A text file that lists the pictures of the part, one name without extension on a line. */
    LIST;

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
