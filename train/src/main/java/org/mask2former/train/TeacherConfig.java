package org.mask2former.train;

import org.mask2former.Mask2FormerException;

/**
 * A finished model that a run learns from.
 *
 * @param model a folder, file, or name on the hub
 * @param weight of what it teaches against the annotations
 * @param annotations whether the run learns from the annotations, too
 * @param threshold queries of the teacher teach that say with more than this probability that there is something
 */
public record TeacherConfig(String model, double weight, boolean annotations, double threshold) {
    public static final double DEFAULT_WEIGHT = 1;
    public static final double DEFAULT_THRESHOLD = 0.1;

    public TeacherConfig {
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new Mask2FormerException("teacher.weight must be more than 0, but is " + weight);
        }
        if (!(threshold >= 0 && threshold < 1)) {
            throw new Mask2FormerException("teacher.threshold must be at least 0 and less than 1, but is " + threshold);
        }
    }
}
