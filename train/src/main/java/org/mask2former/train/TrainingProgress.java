package org.mask2former.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.mask2former.Mask2FormerException;

/**
 * Where a run stands.
 *
 * @param step steps done
 * @param skipped steps among them that changed nothing, because something was not a number
 * @param skippedInRow of those, the last without a good one between
 * @param best the best measure so far, in percent; −1 before the first
 * @param bestStep the step it was measured at
 * @param seconds that training has taken, in all its parts
 */
public record TrainingProgress(long step, long skipped, int skippedInRow, double best, long bestStep, double seconds) {
    static final TrainingProgress START = new TrainingProgress(0, 0, 0, -1, 0, 0);

    private static final ObjectMapper JSON = new ObjectMapper();

    /** For {@link #of}. */
    String text() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param source where the text is from
     * @throws Mask2FormerException if it is not what {@link #text} gives
     */
    static TrainingProgress of(String text, String source) {
        try {
            return JSON.readValue(text, TrainingProgress.class);
        } catch (JsonProcessingException e) {
            throw new Mask2FormerException(
                    source + ": what it says of the run's progress cannot be read: " + e.getOriginalMessage()
                            + "; remove it to start anew",
                    e);
        }
    }

    TrainingProgress afterStep(boolean good, double took) {
        return new TrainingProgress(
                step + 1, good ? skipped : skipped + 1, good ? 0 : skippedInRow + 1, best, bestStep, seconds + took);
    }

    TrainingProgress measured(double measure, double took) {
        boolean better = measure > best;
        return new TrainingProgress(
                step, skipped, skippedInRow, better ? measure : best, better ? step : bestStep, seconds + took);
    }
}
