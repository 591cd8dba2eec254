package org.mask2former.video;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.mask2former.image.Image;
import org.mask2former.result.Prediction;

/**
 * Holds a number of frames a second by asking less of the network: when frames take too long, the next level is tried, and
 * when there is time to spare, the one before again. For one thread at a time.
 */
public final class FpsBudget implements Function<Image, Prediction> {
    /** Frames on a level before it is judged, after a first one that may have to warm up. */
    private static final int ENOUGH = 3;
    /** How much of the time a better level may be expected to take. */
    private static final double COMFORT = 0.9;
    /** A level that was too slow is not tried again before, in seconds; each time it fails, twice as long. */
    private static final double PATIENCE = 4;

    private static final double MOST_PATIENCE = 64;
    private static final double LATEST_SHARE = 0.3;

    /**
     * One way to run the network.
     *
     * @param name what is given up, for people, such as {@code size 384 instead of 640}; empty for the first
     * @param cost how long it takes, as a multiple of the first, roughly
     */
    public record Level(String name, double cost, Function<Image, Prediction> network) {}

    private final List<Level> levels;
    private final double seconds;
    private final Clock clock;
    private final long[] frames;

    private int level;
    private int framesHere;
    private double average;
    private double patience = PATIENCE;
    private double droppedAt = Double.NEGATIVE_INFINITY;

    /** Seconds since some moment. */
    interface Clock {
        double now();
    }

    /**
     * @param fps that are to be held
     * @param levels the first is the best; each takes less time than the one before
     */
    public FpsBudget(double fps, List<Level> levels) {
        this(fps, levels, () -> System.nanoTime() / 1e9);
    }

    FpsBudget(double fps, List<Level> levels, Clock clock) {
        if (!(fps > 0) || levels.isEmpty()) {
            throw new IllegalArgumentException("no budget: " + fps + " frames a second, " + levels.size() + " levels");
        }
        this.levels = List.copyOf(levels);
        this.clock = clock;
        seconds = 1 / fps;
        frames = new long[levels.size()];
    }

    @Override
    public Prediction apply(Image image) {
        double begin = clock.now();
        Prediction prediction = levels.get(level).network().apply(image);
        double end = clock.now();
        frames[level]++;
        framesHere++;
        if (framesHere > 1) {
            average = framesHere == 2 ? end - begin : average + LATEST_SHARE * (end - begin - average);
        }
        if (framesHere > ENOUGH) {
            judge(end);
        }
        return prediction;
    }

    private void judge(double now) {
        if (average > seconds && level + 1 < levels.size()) {
            patience = now - droppedAt < 2 * patience ? Math.min(MOST_PATIENCE, 2 * patience) : PATIENCE;
            droppedAt = now;
            go(fitting(level + 1));
        } else if (level > 0 && now - droppedAt > patience && expected(level - 1) < COMFORT * seconds) {
            go(level - 1);
        }
    }

    /** The first level from one on that is expected to be fast enough, or the last. */
    private int fitting(int from) {
        int fit = from;
        while (fit + 1 < levels.size() && expected(fit) > seconds) fit++;
        return fit;
    }

    private double expected(int other) {
        return average * levels.get(other).cost() / levels.get(level).cost();
    }

    private void go(int to) {
        level = to;
        framesHere = 0;
    }

    /** Whether it is fast enough; else even the last level is not. */
    public boolean isHeld() {
        return level + 1 < levels.size() || framesHere <= ENOUGH || average <= seconds;
    }

    /** What was given up in how many frames, for people; empty if nothing was. */
    public Optional<String> givenUp() {
        StringBuilder text = new StringBuilder();
        long all = 0;
        for (long n : frames) all += n;
        for (int i = 1; i < frames.length; i++) {
            if (frames[i] > 0) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(String.format(
                                Locale.ROOT,
                                "%s in %d of %d frames",
                                levels.get(i).name(),
                                frames[i],
                                all));
            }
        }
        return text.isEmpty() ? Optional.empty() : Optional.of(text.toString());
    }
}
