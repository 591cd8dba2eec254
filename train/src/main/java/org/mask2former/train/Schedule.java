package org.mask2former.train;

import java.util.List;
import org.mask2former.Mask2FormerException;

/**
 * How the learning rate changes over a run.
 *
 * @param kind the shape
 * @param warmupSteps over which the rate rises linearly
 * @param warmupFactor where it starts from, as a part of the full rate
 * @param milestones of {@link Kind#STEP}: parts of the run, ascending, after each of which the rate is a tenth
 * @param power of {@link Kind#POLY}
 */
public record Schedule(Kind kind, int warmupSteps, double warmupFactor, List<Double> milestones, double power) {
    /** The reference's for ADE20K and Cityscapes: polynomial with power 0.9. */
    public static final Schedule DEFAULT = new Schedule(Kind.POLY, 0, 0.001, List.of(0.9, 0.95), 0.9);

    private static final double GAMMA = 0.1;

    /** The shape of a schedule. */
    public enum Kind {
        /** {@code (1 − progress)^power}. */
        POLY,
        /** Full, and a tenth of it after each milestone; COCO's. */
        STEP,
        /** Half a cosine down to 0. */
        COSINE,
        /** Full to the end. */
        CONSTANT
    }

    public Schedule {
        milestones = List.copyOf(milestones);
        if (warmupSteps < 0 || !(warmupFactor >= 0 && warmupFactor <= 1) || !(power > 0)) {
            throw new Mask2FormerException(
                    "schedule: warmup_steps " + warmupSteps + " must be 0 or more, warmup_factor " + warmupFactor
                            + " from 0 to 1, and power " + power + " positive");
        }
        double before = 0;
        for (double milestone : milestones) {
            if (!(milestone > before && milestone < 1)) {
                throw new Mask2FormerException(
                        "schedule: milestones must be parts of the run, ascending between 0 and 1, but are "
                                + milestones);
            }
            before = milestone;
        }
    }

    /**
     * What the learning rate is multiplied with.
     *
     * @param step from 0
     * @param steps of the whole run
     */
    public double factor(long step, long steps) {
        double progress = Math.min(1, (double) step / steps);
        double shape = switch (kind) {
            case POLY -> Math.pow(1 - progress, power);
            case STEP ->
                Math.pow(GAMMA, milestones.stream().filter(m -> progress >= m).count());
            case COSINE -> (1 + Math.cos(Math.PI * progress)) / 2;
            case CONSTANT -> 1;
        };
        if (step >= warmupSteps) {
            return shape;
        }
        double share = (double) step / warmupSteps;
        return shape * (warmupFactor * (1 - share) + share);
    }
}
