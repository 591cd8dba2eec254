package org.mask2former.train;

import org.mask2former.Mask2FormerException;

/**
 * How weights are changed by their gradients. The defaults are the paper's (section 4.1).
 *
 * @param learningRate of all but the backbone, before the schedule
 * @param backboneMultiplier the backbone's learning rate over the others'; 1 for a model that starts from nothing
 * @param weightDecay of all but norms and embeddings
 * @param clipNorm the largest norm that the gradient of all weights together may have; a larger one is scaled down to
 *     it. 0 for any
 * @param accumulate batches whose gradients are averaged before a step
 * @param movingAverage decay of a moving average of the weights, which is then what is measured and saved; 0 for none
 */
public record OptimizerConfig(
        double learningRate,
        double backboneMultiplier,
        double weightDecay,
        double clipNorm,
        int accumulate,
        double movingAverage) {
    public static final OptimizerConfig DEFAULT = new OptimizerConfig(1e-4, 0.1, 0.05, 0.01, 1, 0);

    public OptimizerConfig {
        require(learningRate > 0, "learning_rate", learningRate, "positive");
        require(backboneMultiplier >= 0, "backbone_multiplier", backboneMultiplier, "0 or more");
        require(weightDecay >= 0, "weight_decay", weightDecay, "0 or more");
        require(clipNorm >= 0, "clip_norm", clipNorm, "0 or more");
        require(accumulate >= 1, "accumulate", accumulate, "1 or more");
        require(movingAverage >= 0 && movingAverage < 1, "moving_average", movingAverage, "at least 0 and less than 1");
    }

    private static void require(boolean holds, String name, double value, String expected) {
        if (!holds) {
            throw new Mask2FormerException("optimizer: " + name + " must be " + expected + ", but is " + value);
        }
    }
}
