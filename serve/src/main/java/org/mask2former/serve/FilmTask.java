package org.mask2former.serve;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.ResultJson;
import org.mask2former.video.FilmFormat;
import org.mask2former.video.FilmPipeline;
import org.mask2former.video.FilmReader;
import org.mask2former.video.FilmWriter;
import org.mask2former.video.FrameResult;
import org.mask2former.video.FrameSelection;
import org.mask2former.video.FrameSink;
import org.mask2former.video.FrameSinks;
import org.mask2former.video.FrameSource;
import org.mask2former.video.JsonSink;
import org.mask2former.video.OverlaySink;
import org.mask2former.video.SoundTrack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A film that was sent: it waits, is segmented, and its results lie in its folder. Safe for several threads. */
final class FilmTask {
    private static final Logger LOG = LoggerFactory.getLogger(FilmTask.class);

    /** Where it is on its way. */
    enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED
    }

    /**
     * What is asked.
     *
     * @param name the film's file name, or empty
     * @param frames which of its frames are segmented
     * @param alpha how much the overlay's colour covers
     */
    record Order(String name, SegmentQuery query, FrameSelection frames, double alpha) {}

    private final String id;
    private final Order order;
    private final Path folder;

    private State state = State.WAITING;
    private String error = "";
    private List<String> remarks = List.of();
    private long frames;
    private long expected = -1;
    private double seconds;
    private long ended;
    private Optional<Path> film = Optional.empty();
    private boolean stopped;
    private @Nullable FilmPipeline pipeline;

    /** @param folder is there, and has the film under the name {@link #SOURCE} */
    FilmTask(String id, Order order, Path folder) {
        this.id = id;
        this.order = order;
        this.folder = folder;
    }

    static final String SOURCE = "source";

    String id() {
        return id;
    }

    Path folder() {
        return folder;
    }

    synchronized State state() {
        return state;
    }

    synchronized boolean isOver() {
        return state == State.DONE || state == State.FAILED;
    }

    /** By {@link System#nanoTime}; when it {@link #isOver}. */
    synchronized long ended() {
        return ended;
    }

    /** The film with the overlay. */
    synchronized Optional<Path> film() {
        return state == State.DONE ? film : Optional.empty();
    }

    /** A line of JSON for each frame. */
    synchronized Optional<Path> lines() {
        return state == State.DONE ? Optional.of(folder.resolve("frames.jsonl")) : Optional.empty();
    }

    /** Segments the film; whatever happens is in the {@link #status}. */
    void run() {
        long begin = System.nanoTime();
        try {
            segment();
            end(State.DONE, "", begin);
        } catch (HttpProblem | Mask2FormerException e) {
            end(State.FAILED, plain(String.valueOf(e.getMessage())), begin);
        } catch (OutOfMemoryError e) {
            end(State.FAILED, "the server has not enough memory for frames of this size", begin);
        } catch (RuntimeException | Error e) {
            LOG.error("film {} failed: {}", id, Answers.trace(e));
            end(State.FAILED, "a fault in this server; its log tells more under the film's id", begin);
        }
    }

    private void segment() {
        Path source = folder.resolve(SOURCE);
        SegmentQuery query = order.query();
        try (FrameSource read =
                order.frames().of(FilmReader.open(source, order.frames().start()))) {
            check(read);
            Path target = begin(read, source);
            try (FilmWriter writer = FilmWriter.create(target, FilmFormat.of(read), sound(source));
                    JsonSink lines = new JsonSink(
                            folder.resolve("frames.jsonl"),
                            order.name().isEmpty() ? id : order.name(),
                            query.model().name(),
                            ResultJson.DEFAULT)) {
                OverlaySink overlay = new OverlaySink(OverlaySink.DEFAULT.withAlpha(order.alpha()), List.of(writer));
                run(FilmPipeline.preparing(
                        read,
                        image -> query.network().preprocessor().prepare(image),
                        pixels -> query.network().predict(pixels).get(0),
                        query::segment,
                        FrameSinks.of(List.of(overlay, lines, counter()))));
            }
            remark(read.remarks());
        }
    }

    private void check(FrameSource read) {
        long most = order.query().model().limits().maxPixels();
        if ((long) read.width() * read.height() > most) {
            throw HttpProblem.unprocessable("the film's frames have " + read.width() + "×" + read.height()
                    + " pixels, more than the " + most + " that this server takes");
        }
    }

    private synchronized Path begin(FrameSource read, Path source) {
        state = State.RUNNING;
        if (order.frames().equals(FrameSelection.ALL)) {
            expected = read.frames().orElse(-1);
        }
        Path mp4 = folder.resolve("film.mp4");
        Optional<SoundTrack> sound = sound(source);
        Path target = sound.map(s -> s.fits(mp4)).orElse(true) ? mp4 : folder.resolve("film.mkv");
        sound.ifPresent(SoundTrack::close);
        film = Optional.of(target);
        return target;
    }

    private Optional<SoundTrack> sound(Path source) {
        return SoundTrack.open(source, order.frames().start());
    }

    private void run(FilmPipeline made) {
        synchronized (this) {
            pipeline = made;
            if (stopped) {
                made.stop();
            }
        }
        made.run();
        if (isStopped()) {
            throw new HttpProblem(410, "stopped", "the film was stopped before its end");
        }
    }

    private FrameSink counter() {
        return new FrameSink() {
            @Override
            public void accept(FrameResult result) {
                count();
            }

            @Override
            public void finish(boolean complete) {}
        };
    }

    private synchronized void count() {
        frames++;
    }

    private synchronized void remark(List<String> what) {
        remarks = List.copyOf(what);
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private synchronized void end(State last, String why, long begin) {
        state = last;
        error = why;
        ended = System.nanoTime();
        seconds = (ended - begin) / 1e9;
        pipeline = null;
    }

    /** Makes it end soon, or not begin. */
    synchronized void stop() {
        stopped = true;
        if (pipeline != null) {
            pipeline.stop();
        }
    }

    /** What clients are told of it. */
    synchronized Map<String, Object> status() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", id);
        if (!order.name().isEmpty()) {
            fields.put("film", order.name());
        }
        fields.put("model", order.query().model().name());
        fields.put("state", state.name().toLowerCase(Locale.ROOT));
        fields.put("frames", frames);
        if (expected > 0) {
            fields.put("of", expected);
        }
        if (state == State.FAILED) {
            fields.put("error", error);
        }
        if (!remarks.isEmpty()) {
            fields.put("remarks", remarks);
        }
        String self = FilmRoutes.PATH + "/" + id;
        Map<String, Object> links = new LinkedHashMap<>(Map.of("self", self));
        if (state == State.DONE) {
            fields.put("seconds", Math.round(seconds * 1000) / 1000.0);
            links.put("film", self + "/film");
            links.put("frames", self + "/frames");
        }
        fields.put("links", links);
        return fields;
    }

    /** Without where it lies on this server. */
    private String plain(String message) {
        String name = order.name().isEmpty() ? "the film" : order.name();
        return message.replace(folder.resolve(SOURCE).toString(), name)
                .replace(folder.toString(), "the results' folder")
                .lines()
                .findFirst()
                .orElse("it cannot be done");
    }
}
