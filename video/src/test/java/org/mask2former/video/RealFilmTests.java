package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import org.mask2former.result.Segment;

class RealFilmTests {
    /** A person sees four cars, two of them at once. */
    @Test
    void everyCarOfTheCarParkHasOneId() {
        Optional<Path> film = Fixtures.data("videos/car_park.mp4");
        assumeThat(film)
                .as("shared/data/videos/car_park.mp4 beside the project")
                .isPresent();
        Movers movers = Movers.of(film.get());
        Map<Integer, long[]> seen = new TreeMap<>();
        FrameSink sink = new FrameSink() {
            @Override
            public void accept(FrameResult frame) {
                for (Segment segment : frame.tracked().result().segments()) {
                    seen.computeIfAbsent(segment.id(), id ->
                            new long[] {frame.frame().index(), 0})[1] = frame.frame()
                            .index();
                }
            }

            @Override
            public void finish(boolean complete) {}
        };
        try (FrameSource source = FilmReader.open(film.get(), 0)) {
            new FilmPipeline(source, Red::nothing, movers::segment, sink).run();
            assertThat(source.remarks()).isEmpty();
        }
        // The first frame's exposure makes a stain that is gone in the second.
        seen.values().removeIf(frames -> frames[0] == 0 && frames[1] == 0);
        assertThat(seen.values())
                .as("first and last frame of each car")
                .satisfiesExactly(
                        white -> assertThat(white).satisfies(from(55, 105)),
                        blue -> assertThat(blue).satisfies(from(182, 225)),
                        red -> assertThat(red).satisfies(from(189, 235)),
                        sportsCar -> assertThat(sportsCar).satisfies(from(318, 343)));
    }

    private static Consumer<long[]> from(long first, long last) {
        return frames -> {
            assertThat(frames[0]).isCloseTo(first, within(6L));
            assertThat(frames[1]).isCloseTo(last, within(6L));
        };
    }
}
