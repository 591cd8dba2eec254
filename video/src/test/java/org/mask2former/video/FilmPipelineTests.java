package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;
import org.mask2former.result.ResultJson;
import org.mask2former.result.Segment;
import org.mask2former.video.FilmPipeline.Summary;

class FilmPipelineTests {
    @TempDir
    private Path temp;

    /** Keeps what it is given. */
    private static final class Kept implements FrameSink {
        final List<FrameResult> frames = Collections.synchronizedList(new ArrayList<>());
        final List<Boolean> finished = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void accept(FrameResult result) {
            frames.add(result);
        }

        @Override
        public void finish(boolean complete) {
            finished.add(complete);
        }
    }

    /** Frames that are drawn when they are asked for. */
    private static class Drawing implements FrameSource {
        private final int count;
        private final boolean live;
        private int index = -1;

        Drawing(int count, boolean live) {
            this.count = count;
            this.live = live;
        }

        @Override
        public boolean next() {
            return ++index < count;
        }

        @Override
        public Image image() {
            return Drawn.frame(96, 64, index);
        }

        @Override
        public String name() {
            return "drawing";
        }

        @Override
        public int width() {
            return 96;
        }

        @Override
        public int height() {
            return 64;
        }

        @Override
        public double fps() {
            return 25;
        }

        @Override
        public java.util.OptionalLong frames() {
            return java.util.OptionalLong.of(count);
        }

        @Override
        public boolean live() {
            return live;
        }

        @Override
        public long index() {
            return index;
        }

        @Override
        public double seconds() {
            return index / fps();
        }

        @Override
        public void close() {}
    }

    @Test
    void everyFrameIsSegmentedOnceInOrderAndThingsKeepTheirIds() {
        Kept kept = new Kept();
        Summary summary = new FilmPipeline(new Drawing(30, false), Red::nothing, Red::segment, kept).run();
        assertThat(summary.frames()).isEqualTo(30);
        assertThat(kept.frames).extracting(f -> f.frame().index()).isSorted().hasSize(30);
        assertThat(kept.frames)
                .flatExtracting(f -> f.tracked().result().segments())
                .extracting(Segment::id)
                .containsOnly(1, 2);
        assertThat(kept.frames.get(0).fps()).isZero();
        assertThat(kept.frames.get(29).fps()).isPositive();
        assertThat(kept.finished).containsExactly(true);
    }

    @Test
    void theFilmHasTheOverlayAndTheJsonALineForEachFrame() throws IOException {
        Path film = Drawn.film(temp.resolve("film.mp4"), 160, 120, 25, 50);
        Path out = temp.resolve("out.mp4");
        Path lines = temp.resolve("out.jsonl");
        FrameSelection selection = new FrameSelection(0.4, 1.6, 3, Double.POSITIVE_INFINITY);
        try (FrameSource source = selection.of(FilmReader.open(film, selection.start()));
                FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty());
                JsonSink json = new JsonSink(lines, "film.mp4", "red", ResultJson.DEFAULT)) {
            OverlaySink overlay = new OverlaySink(OverlaySink.DEFAULT, List.of(writer));
            new FilmPipeline(source, Red::nothing, Red::segment, FrameSinks.of(List.of(overlay, json))).run();
        }
        assertThat(FilmTests.times(out, 0))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-3 ? 0 : 1)
                .containsExactly(0.0, 0.12, 0.24, 0.36, 0.48, 0.6, 0.72, 0.84, 0.96, 1.08);
        List<String> written = Files.readAllLines(lines);
        assertThat(written).hasSize(10);
        JsonNode third = new ObjectMapper().readTree(written.get(2));
        assertThat(third.get("film").asText()).isEqualTo("film.mp4");
        assertThat(third.get("frame").asInt()).isEqualTo(16);
        assertThat(third.get("time").asDouble()).isEqualTo(0.64, within(1e-4));
        assertThat(third.get("segments")).hasSize(2);
        try (FilmReader reader = FilmReader.open(out, 0)) {
            reader.next();
            reader.next();
            assertThat(Drawn.difference(reader.image(), Drawn.frame(160, 120, 13)))
                    .isGreaterThan(10);
        }
    }

    @Test
    void readingAndWritingTakeNoTimeOfTheirOwn() {
        Path film = Drawn.film(temp.resolve("film.mp4"), 768, 432, 25, 60);
        run(film, 1); // the JVM warms up
        Summary summary = run(film, 60);
        assertThat(summary.frames()).isEqualTo(60);
        // In front of and behind the network there is one frame's worth that nothing can hide.
        assertThat(summary.seconds()).isLessThan(1.1 * summary.networkSeconds() + 0.3);
    }

    private Summary run(Path film, long millis) {
        Path out = temp.resolve("out.mp4");
        try (FrameSource source = FilmReader.open(film, 0);
                FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty())) {
            OverlaySink overlay = new OverlaySink(OverlaySink.DEFAULT, List.of(writer));
            return new FilmPipeline(source, i -> Red.nothingAfter(i, millis), Red::segment, overlay).run();
        }
    }

    @Test
    void fewFramesAreHeldHoweverSlowTheNetwork() {
        AtomicInteger read = new AtomicInteger();
        AtomicInteger written = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        FrameSource source = new Drawing(60, false) {
            @Override
            public Image image() {
                most.accumulateAndGet(read.incrementAndGet() - written.get(), Math::max);
                return super.image();
            }
        };
        FrameSink slow = new FrameSink() {
            @Override
            public void accept(FrameResult result) {
                Red.nothingAfter(result.frame().image(), 5);
                written.incrementAndGet();
            }

            @Override
            public void finish(boolean complete) {}
        };
        new FilmPipeline(source, Red::nothing, Red::segment, slow).run();
        assertThat(written).hasValue(60);
        assertThat(most.get()).isLessThanOrEqualTo(8);
    }

    @Test
    void ofALiveSourceTheLatestFramesAreTaken() {
        FrameSource source = new Drawing(200, true) {
            @Override
            public boolean next() {
                Red.nothingAfter(Drawn.frame(8, 8, 0), 2);
                return super.next();
            }
        };
        Kept kept = new Kept();
        new FilmPipeline(source, i -> Red.nothingAfter(i, 20), Red::segment, kept).run();
        assertThat(kept.frames.size()).isBetween(3, 60);
        assertThat(kept.frames.get(kept.frames.size() - 1).frame().index()).isGreaterThan(180);
    }

    @Test
    void theNetworksInputIsMadeAheadByAnotherThread() {
        List<String> threads = new CopyOnWriteArrayList<>();
        Kept kept = new Kept();
        FilmPipeline.preparing(
                        new Drawing(30, false),
                        image -> {
                            threads.add(Thread.currentThread().getName());
                            return image;
                        },
                        Red::nothing,
                        Red::segment,
                        kept)
                .run();
        assertThat(kept.frames).hasSize(30);
        assertThat(threads).hasSize(30).containsOnly("reading");
    }

    @Test
    void ofALiveSourceNoInputIsMadeOfFramesThatAreLeftOut() {
        AtomicInteger prepared = new AtomicInteger();
        Kept kept = new Kept();
        FilmPipeline.preparing(
                        new Drawing(200, true),
                        image -> {
                            prepared.incrementAndGet();
                            return image;
                        },
                        image -> Red.nothingAfter(image, 20),
                        Red::segment,
                        kept)
                .run();
        assertThat(kept.frames).hasSizeLessThan(200).hasSize(prepared.get());
    }

    @Test
    void whatFailsInTheMiddleLeavesAFilmOfTheFramesBefore() {
        Path out = temp.resolve("out.mp4");
        for (String where : List.of("read", "prepare", "network", "track")) {
            AtomicInteger calls = new AtomicInteger();
            Runnable fuse = () -> {
                if (calls.incrementAndGet() == 10) throw new Mask2FormerException("it broke");
            };
            FrameSource source = new Drawing(30, false) {
                @Override
                public Image image() {
                    if (where.equals("read")) fuse.run();
                    return super.image();
                }
            };
            try (FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty())) {
                FilmPipeline pipeline = FilmPipeline.preparing(
                        source,
                        image -> {
                            if (where.equals("prepare")) fuse.run();
                            return image;
                        },
                        image -> {
                            if (where.equals("network")) fuse.run();
                            return Red.nothing(image);
                        },
                        (image, prediction) -> {
                            if (where.equals("track")) fuse.run();
                            return Red.segment(image, prediction);
                        },
                        new OverlaySink(OverlaySink.DEFAULT, List.of(writer)));
                assertThatThrownBy(pipeline::run).as(where).hasMessage("it broke");
            }
            assertThat(FilmTests.times(out, 0)).as(where).hasSize(9);
        }
    }

    @Test
    void withoutAFrameThereIsNoFilm() throws IOException {
        Path out = temp.resolve("out.mp4");
        FrameSource source = new FrameSelection(9, 10, 1, 5).of(new Drawing(30, false));
        try (FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty())) {
            OverlaySink overlay = new OverlaySink(OverlaySink.DEFAULT, List.of(writer));
            FilmPipeline pipeline = new FilmPipeline(source, Red::nothing, Red::segment, overlay);
            assertThatThrownBy(pipeline::run).isInstanceOf(VideoException.class);
        }
        try (FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty())) {
            OverlaySink overlay = new OverlaySink(OverlaySink.DEFAULT, List.of(writer));
            FilmPipeline pipeline = new FilmPipeline(new Drawing(30, false), Red::nothing, Red::segment, overlay);
            pipeline.stop();
            assertThat(pipeline.run().frames()).isZero();
        }
        try (Stream<Path> files = Files.list(temp)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aSinkThatFailsEndsTheWork() {
        FrameSink broken = new FrameSink() {
            @Override
            public void accept(FrameResult result) {
                throw new Mask2FormerException("the disk is full");
            }

            @Override
            public void finish(boolean complete) {
                assertThat(complete).isFalse();
            }
        };
        AtomicInteger passes = new AtomicInteger();
        FilmPipeline pipeline = new FilmPipeline(
                new Drawing(10_000, false),
                image -> {
                    passes.incrementAndGet();
                    return Red.nothing(image);
                },
                Red::segment,
                broken);
        assertThatThrownBy(pipeline::run).hasMessage("the disk is full");
        assertThat(passes.get()).isLessThan(100);
    }

    @Test
    void whenItIsInterruptedTheFilmIsFinishedWithoutWaitingForTheNetwork() throws Exception {
        Path out = temp.resolve("out.mp4");
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        FrameSource source = new Drawing(100, false);
        try (FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty())) {
            FilmPipeline pipeline = new FilmPipeline(
                    source,
                    image -> {
                        if (calls.incrementAndGet() == 20) {
                            stuck.countDown();
                            await(release);
                        }
                        return Red.nothing(image);
                    },
                    Red::segment,
                    new OverlaySink(OverlaySink.DEFAULT, List.of(writer)));
            Thread running = new Thread(pipeline::run);
            running.start();
            await(stuck);
            pipeline.finishNow();
            assertThat(FilmTests.times(out, 0)).hasSize(19);
            release.countDown();
            running.join(10_000);
            assertThat(running.isAlive()).isFalse();
        }
        assertThat(FilmTests.times(out, 0)).hasSize(19);
        try (Stream<Path> files = Files.list(temp)) {
            assertThat(files).containsExactly(out);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
