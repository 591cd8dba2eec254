package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.result.ResultJson;

class FilmMemoryTests {
    private static final int FRAMES = 10_000;
    /**
     * The container holds its index, 70 bytes a frame; the rest is the JVM's compiler, which has taken 18 MB. Frames, were they
     * kept, would take 70 MB.
     */
    private static final long MOST_GROWTH = 32L << 20;

    @TempDir
    private Path temp;

    @Test
    void memoryDoesNotGrowWithTheFilm() {
        Path film = Drawn.film(temp.resolve("film.mp4"), 64, 48, 25, FRAMES);
        long[] resident = new long[2];
        long[] pointers = new long[2];
        FrameSink measure = new FrameSink() {
            @Override
            public void accept(FrameResult result) {
                int at = result.frame().index() == FRAMES / 4
                        ? 0
                        : result.frame().index() == FRAMES - 10 ? 1 : -1;
                if (at >= 0) {
                    resident[at] = residentBytes();
                    pointers[at] = Pointer.totalCount();
                }
            }

            @Override
            public void finish(boolean complete) {}
        };
        Path out = temp.resolve("out.mp4");
        try (FrameSource source = FilmReader.open(film, 0);
                FilmWriter writer = FilmWriter.create(out, FilmFormat.of(source), Optional.empty());
                JsonSink json = new JsonSink(temp.resolve("out.jsonl"), "film", "", ResultJson.DEFAULT)) {
            FrameSink sinks =
                    FrameSinks.of(List.of(new OverlaySink(OverlaySink.DEFAULT, List.of(writer)), json, measure));
            assertThat(new FilmPipeline(source, Red::nothing, Red::segment, sinks)
                            .run()
                            .frames())
                    .isEqualTo(FRAMES);
        }
        assertThat(pointers[1]).isBetween(0L, pointers[0] + 5);
        assertThat(resident[1] - resident[0]).isLessThan(MOST_GROWTH);
    }

    /** Outside Java's heap, which grows towards its limit as it likes; 0 where it cannot be known. */
    private static long residentBytes() {
        Path statm = Path.of("/proc/self/statm");
        try {
            return Files.exists(statm)
                    ? Long.parseLong(Files.readString(statm).split(" ")[1]) * 4096
                            - Runtime.getRuntime().totalMemory()
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
