package org.mask2former.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mask2former.Mask2FormerException;
import org.mask2former.video.FilmFormat;
import org.mask2former.video.FilmWriter;
import org.mask2former.video.FrameResult;
import org.mask2former.video.FrameSink;
import org.mask2former.video.FrameSinks;
import org.mask2former.video.FrameSource;
import org.mask2former.video.JsonSink;
import org.mask2former.video.OverlaySink;
import org.mask2former.video.PictureSink;
import org.mask2former.video.SoundTrack;

/** What becomes of a film's frames: a film with the overlay, JSON in a file or on standard output, a window. */
final class FilmOutputs implements FrameSink, AutoCloseable {
    private final FilmSettings settings;
    private final String film;
    private final Progress progress;
    private final List<FrameSink> sinks = new ArrayList<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final ThingCount things = new ThingCount();
    private volatile long frames;

    private FilmOutputs(FilmSettings settings, String film, Progress progress) {
        this.settings = settings;
        this.film = film;
        this.progress = progress;
    }

    /**
     * Begins all of them.
     *
     * @param stem the files' path without their endings; empty if no files are wanted
     * @param stop is called when the user closes the window
     * @throws Mask2FormerException if one cannot be begun; nothing is left of the others then
     */
    static FilmOutputs open(
            FilmSettings settings, FrameSource source, Optional<Path> stem, Progress progress, Runnable stop) {
        FilmOutputs outputs = new FilmOutputs(settings, source.name(), progress);
        try {
            outputs.begin(source, stem, stop);
            return outputs;
        } catch (RuntimeException | Error e) {
            outputs.close();
            throw e;
        }
    }

    private void begin(FrameSource source, Optional<Path> stem, Runnable stop) {
        OutputOptions options = settings.output();
        List<PictureSink> screens = new ArrayList<>();
        if (stem.isPresent() && options.drawsOverlay()) {
            screens.add(film(source, stem.get()));
        }
        if (settings.options().show()) {
            screens.add(closeLater(FilmWindow.open(film, source.width(), source.height(), stop)));
        }
        if (!screens.isEmpty()) {
            sinks.add(new OverlaySink(options.overlay(OverlaySink.DEFAULT), screens));
        }
        if (stem.isPresent() && options.savesJson()) {
            Path target = with(stem.get(), FilmNames.JSON);
            sinks.add(closeLater(new JsonSink(target, FilmNames.title(film), settings.model(), options.jsonForm())));
            files.add(target);
        }
    }

    private FilmWriter film(FrameSource source, Path stem) {
        Optional<SoundTrack> sound = source.sound()
                .flatMap(from ->
                        SoundTrack.open(from, settings.options().selection().start()));
        Path target = with(stem, FilmNames.FILM);
        if (sound.isPresent() && !sound.get().fits(target)) {
            target = with(stem, FilmNames.FILM_OF_ANY_SOUND);
        }
        FilmWriter writer = closeLater(FilmWriter.create(target, FilmFormat.of(source), sound));
        files.add(target);
        if (!writer.codec().startsWith("H.264")) {
            progress.print(
                    settings.terminal().err(),
                    film + ": is written as " + writer.codec() + ", as there is no encoder of H.264 here");
        }
        return writer;
    }

    private static Path with(Path stem, String ending) {
        return stem.resolveSibling(stem.getFileName() + ending);
    }

    private <T extends AutoCloseable> T closeLater(T output) {
        toClose.add(output);
        return output;
    }

    @Override
    public void accept(FrameResult frame) {
        sinks.forEach(sink -> sink.accept(frame));
        if (settings.output().printsJson()) {
            progress.print(settings.terminal().out(), json(frame));
        }
        things.accept(frame);
        frames++;
        progress.advance();
    }

    private String json(FrameResult frame) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            settings.output()
                    .jsonForm()
                    .withIndent(false)
                    .writeFrame(
                            frame.tracked().result(),
                            film,
                            frame.frame().index(),
                            frame.frame().seconds(),
                            settings.model(),
                            line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** Completes all of them, also when one fails. */
    @Override
    public void finish(boolean complete) {
        FrameSinks.of(sinks).finish(complete);
    }

    /** How many frames were written so far. */
    long frames() {
        return frames;
    }

    /** Such as {@code 120 frames, 2 person, car}. */
    String summary() {
        String seen = things.toString();
        return frames + (frames == 1 ? " frame" : " frames") + (seen.isEmpty() ? "" : ", " + seen);
    }

    /** Such as {@code " → out/film.mp4"}; empty if there are none, as there are none of no frames. */
    String where() {
        return files.isEmpty() || frames == 0
                ? ""
                : " → " + files.stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    /** Lets go of all of them; what is not finished is deleted. */
    @Override
    public void close() {
        RuntimeException failure = null;
        for (AutoCloseable output : toClose) {
            try {
                output.close();
            } catch (Exception e) {
                failure = e instanceof RuntimeException r ? r : new IllegalStateException(e);
            }
        }
        toClose.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
