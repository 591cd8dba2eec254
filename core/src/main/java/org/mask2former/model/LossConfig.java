package org.mask2former.model;

import org.mask2former.Mask2FormerException;

/**
 * Weights and point sampling of the training losses (paper, section 4.1); they travel with a checkpoint's
 * {@code config.json} and do not touch inference.
 *
 * @param noObjectWeight weight of the "no object" class in the classification loss
 * @param classWeight weight of the classification loss
 * @param maskWeight weight of the mask cross-entropy
 * @param diceWeight weight of the dice loss
 * @param trainNumPoints points sampled per mask (K = 112 × 112)
 * @param oversampleRatio candidates drawn per kept point
 * @param importanceSampleRatio share of the points kept for their uncertainty; the rest is uniform
 */
public record LossConfig(
        double noObjectWeight,
        double classWeight,
        double maskWeight,
        double diceWeight,
        int trainNumPoints,
        double oversampleRatio,
        double importanceSampleRatio) {
    public static final LossConfig DEFAULT = new LossConfig(0.1, 2.0, 5.0, 5.0, 12544, 3.0, 0.75);

    public LossConfig {
        requireWeight("no_object_weight", noObjectWeight);
        requireWeight("class_weight", classWeight);
        requireWeight("mask_weight", maskWeight);
        requireWeight("dice_weight", diceWeight);
        require(trainNumPoints >= 1, "train_num_points", trainNumPoints, "1 or more");
        require(oversampleRatio >= 1, "oversample_ratio", oversampleRatio, "1 or more");
        require(
                importanceSampleRatio >= 0 && importanceSampleRatio <= 1,
                "importance_sample_ratio",
                importanceSampleRatio,
                "from 0 to 1");
    }

    private static void requireWeight(String name, double value) {
        require(value >= 0 && Double.isFinite(value), name, value, "0 or more");
    }

    private static void require(boolean holds, String name, Number value, String expected) {
        if (!holds) {
            throw new Mask2FormerException(name + " is " + value + ", but must be " + expected);
        }
    }
}
