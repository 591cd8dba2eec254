package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.image.Image;

/** What is written comes back. */
class FilmTests {
    @TempDir
    private Path temp;

    @Test
    void framesComeBackInNumberTimeSizeAndColour() {
        Path film = Drawn.film(temp.resolve("film.mp4"), 96, 64, 25, 40);
        try (FilmReader reader = FilmReader.open(film, 0)) {
            assertThat(reader.fps()).isEqualTo(25);
            assertThat(reader.frames()).hasValue(40);
            assertThat(reader.width()).isEqualTo(96);
            assertThat(reader.height()).isEqualTo(64);
            assertThat(reader.live()).isFalse();
            for (int i = 0; i < 40; i++) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.index()).isEqualTo(i);
                assertThat(reader.seconds()).isEqualTo(i / 25.0, within(1e-4));
                assertThat(Drawn.difference(reader.image(), Drawn.frame(96, 64, i)))
                        .as("frame %d", i)
                        .isLessThan(4);
            }
            assertThat(reader.next()).isFalse();
            assertThat(reader.next()).isFalse();
            assertThat(reader.remarks()).isEmpty();
        }
    }

    @Test
    void itIsH264AndAnOrdinaryFile() throws IOException {
        Path film = temp.resolve("film.mp4");
        try (FilmWriter writer = FilmWriter.create(film, new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            assertThat(writer.codec()).isEqualTo("H.264");
            for (int i = 0; i < 120; i++) writer.write(Drawn.frame(64, 48, i), i / 25.0);
            writer.finish(true);
        }
        String bytes = new String(Files.readAllBytes(film), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(bytes.indexOf("moov")).isGreaterThan(bytes.indexOf("mdat"));
        assertThat(bytes).contains("avc1");
        assertThat(onlyFiles()).containsExactly("film.mp4");
    }

    @Test
    void oddSidesAreRoundedUp() {
        Path film = Drawn.film(temp.resolve("film.mp4"), 65, 47, 25, 3);
        try (FilmReader reader = FilmReader.open(film, 0)) {
            assertThat(reader.width()).isEqualTo(66);
            assertThat(reader.height()).isEqualTo(48);
            reader.next();
            byte[] rgb = reader.image().rgb();
            int lastOfFirstRow = 3 * 65;
            assertThat(rgb[lastOfFirstRow + 1] & 0xff).isCloseTo(Drawn.QUARTERS[1].getGreen(), within(12));
        }
    }

    @Test
    void framesKeepTheirOwnTimes() {
        double[] times = {0, 0.04, 0.5, 0.52, 3};
        Path film = temp.resolve("film.mkv");
        try (FilmWriter writer = FilmWriter.create(film, new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            for (double time : times) writer.write(Drawn.frame(64, 48, 0), time);
            writer.finish(true);
        }
        assertThat(times(film, 0))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 2e-3 ? 0 : 1)
                .containsExactly(0.0, 0.04, 0.5, 0.52, 3.0);
    }

    @Test
    void twoFramesOfOneTimeAreWrittenOneAfterTheOther() {
        Path film = temp.resolve("film.mp4");
        try (FilmWriter writer = FilmWriter.create(film, new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            for (double time : new double[] {0, 0, 0.02, 0.01}) writer.write(Drawn.frame(64, 48, 0), time);
            writer.finish(true);
        }
        assertThat(times(film, 0)).hasSize(4).isSorted();
    }

    @Test
    void readingBeginsWhereItIsToldTo() {
        Path film = Drawn.film(temp.resolve("film.mp4"), 64, 48, 25, 200);
        try (FilmReader reader = FilmReader.open(film, 5.2)) {
            assertThat(reader.next()).isTrue();
            assertThat(reader.seconds()).isEqualTo(5.2, within(1e-4));
            assertThat(reader.index()).isEqualTo(130);
            assertThat(Drawn.difference(reader.image(), Drawn.frame(64, 48, 130)))
                    .isLessThan(4);
        }
        assertThat(times(film, 5.2)).hasSize(70);
        assertThatThrownBy(() -> FilmReader.open(film, 9).close())
                .isInstanceOf(VideoException.class)
                .hasMessage(film + ": has no frames at 9.000 s or later");
    }

    @Test
    void widePixelsStayWide() {
        Path film = temp.resolve("film.mp4");
        try (FilmWriter writer = FilmWriter.create(film, new FilmFormat(64, 48, 25, 16 / 11.0), Optional.empty())) {
            writer.write(Drawn.frame(64, 48, 0), 0);
            writer.finish(true);
        }
        try (FilmReader reader = FilmReader.open(film, 0)) {
            assertThat(reader.pixelAspect()).isEqualTo(16 / 11.0, within(1e-3));
        }
    }

    @Test
    void aFilmThatIsNotFinishedIsNotThere() throws IOException {
        try (FilmWriter writer =
                FilmWriter.create(temp.resolve("film.mp4"), new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            writer.write(Drawn.frame(64, 48, 0), 0);
        }
        assertThat(onlyFiles()).isEmpty();
    }

    @Test
    void whatACrashLeavesBehindPlays() throws IOException {
        Path film = temp.resolve("film.mp4");
        Path left = temp.resolve("left.mp4");
        try (FilmWriter writer = FilmWriter.create(film, new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            for (int i = 0; i < 300; i++) writer.write(Drawn.frame(64, 48, i), i / 25.0);
            try (Stream<Path> files = Files.list(temp)) {
                Files.copy(files.findFirst().orElseThrow(), left);
            }
        }
        assertThat(times(left, 0)).hasSizeGreaterThan(150).isSorted();
    }

    @Test
    void namesMayHaveAnyCharacters() {
        Path film = Drawn.film(temp.resolve("Größe: 100 % #1 — 映画.mp4"), 64, 48, 25, 3);
        assertThat(times(film, 0)).hasSize(3);
    }

    @Test
    void otherEndingsAreRefused() throws IOException {
        assertThatThrownBy(() -> Drawn.film(temp.resolve("film.avi"), 64, 48, 25, 1))
                .isInstanceOf(VideoException.class)
                .hasMessageEndingWith("film.avi: films are written as .mp4, .mov or .mkv; choose such a name");
        assertThat(onlyFiles()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeMadeIsSaidToBeSo() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        assertThatThrownBy(() -> Drawn.film(file.resolve("film.mp4"), 64, 48, 25, 1))
                .isInstanceOf(VideoException.class)
                .hasMessageContaining("cannot be written: ");
    }

    @Test
    void everyFrameOfOneSizeNoOther() {
        try (FilmWriter writer =
                FilmWriter.create(temp.resolve("film.mp4"), new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            Image other = Drawn.frame(48, 64, 0);
            assertThatThrownBy(() -> writer.write(other, 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    static List<Double> times(Path film, double start) {
        List<Double> times = new ArrayList<>();
        try (FilmReader reader = FilmReader.open(film, start)) {
            while (reader.next()) times.add(reader.seconds());
        }
        return times;
    }

    private List<String> onlyFiles() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
