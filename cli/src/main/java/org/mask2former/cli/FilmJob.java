package org.mask2former.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;
import org.mask2former.video.FilmPipeline;
import org.mask2former.video.FilmPipeline.Summary;
import org.mask2former.video.FpsBudget;
import org.mask2former.video.FrameSource;
import org.mask2former.video.StuffSmoother;

/** One film on its way from its source to its files. */
final class FilmJob {
    private final FilmSource source;
    private final Optional<Path> stem;
    private final FilmSettings settings;
    private final Progress progress;

    private @Nullable FilmPipeline pipeline;
    private @Nullable FilmOutputs outputs;
    private boolean stopped;

    /** @param stem path of the results without their endings; empty if no files are wanted */
    FilmJob(FilmSource source, Optional<Path> stem, FilmSettings settings, Progress progress) {
        this.source = source;
        this.stem = stem;
        this.settings = settings;
        this.progress = progress;
    }

    FilmSource source() {
        return source;
    }

    /**
     * Segments the film.
     *
     * @return what is to be told of it, in a line
     * @throws Mask2FormerException if it cannot be read or written to its end; what was made until then is there
     */
    String run() {
        try (FrameSource frames = source.open(settings.options().selection());
                FilmOutputs opened = FilmOutputs.open(settings, frames, stem, progress, this::stop)) {
            Optional<FpsBudget> budget = budget(frames);
            Summary summary = run(begin(frames, opened, budget), opened);
            frames.remarks().forEach(this::warn);
            budget.ifPresent(this::tell);
            return String.format(
                    Locale.ROOT,
                    "%s: %s in %.1f s, %.1f FPS%s",
                    source.name(),
                    opened.summary(),
                    summary.seconds(),
                    summary.fps(),
                    opened.where());
        }
    }

    private void tell(FpsBudget budget) {
        String why = budget.isHeld() ? "to hold the frame rate, " : "the frame rate is not held, even with less: ";
        budget.givenUp().ifPresent(what -> warn(why + what));
    }

    private static Summary run(FilmPipeline pipeline, FilmOutputs outputs) {
        try {
            return pipeline.run();
        } catch (Mask2FormerException e) {
            if (outputs.frames() == 0) {
                throw e;
            }
            throw new Mask2FormerException(e.getMessage() + "; before it " + outputs.summary() + outputs.where(), e);
        }
    }

    private Optional<FpsBudget> budget(FrameSource frames) {
        if (settings.options().budget().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new FpsBudget(
                settings.options().budget().getAsDouble(),
                BudgetLevels.of(settings.segmenter().model(), settings.effort(), frames.height(), frames.width())));
    }

    private synchronized FilmPipeline begin(FrameSource frames, FilmOutputs opened, Optional<FpsBudget> budget) {
        Segmenter segmenter = settings.segmenter();
        BiFunction<Image, Prediction, Segmentation> meaning = segmenter::segment;
        double past = settings.options().smooth();
        if (past > 0) {
            StuffSmoother smoother = new StuffSmoother(past, segmenter.model().labels());
            meaning = (image, prediction) -> segmenter.segment(image, smoother.apply(prediction));
        }
        pipeline = budget.isPresent()
                ? new FilmPipeline(frames, budget.get(), meaning, opened)
                : FilmPipeline.preparing(frames, segmenter::prepare, segmenter::predict, meaning, opened);
        outputs = opened;
        if (stopped) {
            pipeline.stop();
        }
        return pipeline;
    }

    /** The film ends as if it were no longer. */
    private synchronized void stop() {
        stopped = true;
        if (pipeline != null) {
            pipeline.stop();
        }
    }

    /** The process is about to end: what was made becomes a film that plays. */
    void finishNow() {
        stop();
        FilmPipeline running;
        FilmOutputs written;
        synchronized (this) {
            running = pipeline;
            written = outputs;
        }
        if (running != null && written != null) {
            running.finishNow();
            progress.print(
                    settings.terminal().err(),
                    source.name() + ": interrupted after " + written.summary() + written.where());
        }
    }

    private void warn(String what) {
        progress.print(settings.terminal().err(), "warning: " + source.name() + ": " + what);
    }
}
