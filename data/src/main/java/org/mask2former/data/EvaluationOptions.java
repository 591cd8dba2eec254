package org.mask2former.data;

/**
 * How an evaluation is run.
 *
 * @param onBadSample what happens when a picture or its annotation cannot be used
 * @param worst how many of the pictures that came out worst are kept, drawn side by side with the truth
 */
public record EvaluationOptions(OnBadSample onBadSample, int worst) {
    public static final EvaluationOptions DEFAULT = new EvaluationOptions(OnBadSample.FAIL, 12);

    /** What happens when a picture or its annotation cannot be used. */
    public enum OnBadSample {
        /** The run ends with a message that names the file. */
        FAIL,
        /** The picture is left out and listed in the report. */
        SKIP
    }

    public EvaluationOptions {
        if (worst < 0) {
            throw new IllegalArgumentException("cannot keep " + worst + " pictures");
        }
    }
}
