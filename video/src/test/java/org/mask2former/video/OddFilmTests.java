package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB555LE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV410P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV444P10LE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVA420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.image.Image;

/** Films as they are in the world: of other formats, turned, changing, damaged, cut off, or no films at all. */
class OddFilmTests {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({
        "ffv1, mkv, " + AV_PIX_FMT_GRAY8,
        "ffv1, mkv, " + AV_PIX_FMT_BGRA,
        "ffv1, mkv, " + AV_PIX_FMT_YUV410P,
        "ffv1, avi, " + AV_PIX_FMT_YUV444P10LE,
        "ffv1, nut, " + AV_PIX_FMT_YUVA420P,
        "rawvideo, avi, " + AV_PIX_FMT_RGB555LE,
        "qtrle, mov, " + AV_PIX_FMT_RGB24,
        "mjpeg, avi, " + AV_PIX_FMT_YUVJ420P,
        "mpeg2video, ts, " + AV_PIX_FMT_YUV420P,
        "libvpx-vp9, webm, " + AV_PIX_FMT_YUV420P,
        "mpeg4, mp4, " + AV_PIX_FMT_YUV420P,
    })
    void pixelsOfAnyFormatAreRead(String encoder, String container, int pixels) {
        Path film =
                OddFilm.to(temp.resolve("film." + container), encoder, pixels).write(Drawn.frames(96, 64, 6), 96, 64);
        try (FilmReader reader = FilmReader.open(film, 0)) {
            int count = 0;
            while (reader.next()) {
                Image expected = Drawn.frame(96, 64, count++);
                Image image = reader.image();
                assertThat(Drawn.difference(image, pixels == AV_PIX_FMT_GRAY8 ? grey(expected) : expected))
                        .as("frame %d", count)
                        .isLessThan(8);
            }
            assertThat(count).isEqualTo(6);
            assertThat(reader.remarks()).isEmpty();
        }
    }

    @Test
    void aFilmWithAPaletteIsRead() {
        Path film = OddFilm.to(temp.resolve("film.gif"), "gif", AV_PIX_FMT_RGB8)
                .fps(10)
                .write(Drawn.frames(96, 64, 4), 96, 64);
        assertThat(FilmTests.times(film, 0)).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource({"90, 1", "180, 2", "270, 3"})
    void aFilmThatIsHeldOtherwiseIsTurnedUpright(double degrees, int quarters) {
        Path film = OddFilm.to(temp.resolve("film.mp4"), "mpeg4", AV_PIX_FMT_YUV420P)
                .turned(degrees)
                .write(Drawn.frames(96, 64, 2), 96, 64);
        try (FilmReader reader = FilmReader.open(film, 0)) {
            reader.next();
            Image expected = Drawn.frame(96, 64, 0);
            for (int i = 0; i < quarters; i++) expected = clockwise(expected);
            assertThat(reader.width()).isEqualTo(expected.width());
            assertThat(reader.image().height()).isEqualTo(expected.height());
            assertThat(Drawn.difference(reader.image(), expected)).isLessThan(6);
        }
    }

    @Test
    void framesOfAnotherSizeAreStretchedToTheFirstOnes() throws IOException {
        Path film = temp.resolve("film.ts");
        Path first = OddFilm.to(temp.resolve("1.ts"), "mpeg2video", AV_PIX_FMT_YUV420P)
                .write(Drawn.frames(96, 64, 5), 96, 64);
        Path second = OddFilm.to(temp.resolve("2.ts"), "mpeg2video", AV_PIX_FMT_YUV420P)
                .write(Drawn.frames(128, 96, 5), 128, 96);
        try (OutputStream out = Files.newOutputStream(film)) {
            Files.copy(first, out);
            Files.copy(second, out);
        }
        try (FilmReader reader = FilmReader.open(film, 0)) {
            int count = 0;
            while (reader.next()) {
                assertThat(reader.image().width()).isEqualTo(96);
                assertThat(reader.image().height()).isEqualTo(64);
                count++;
            }
            // The decoder itself loses what it holds back when the size changes.
            assertThat(count).isBetween(9, 10);
            assertThat(reader.remarks())
                    .anyMatch(r -> r.endsWith(
                            "the frames' size changes from 96×64 to 128×96; they are stretched to" + " the first"));
        }
    }

    @Test
    void aFilmThatIsCutOffIsReadAsFarAsItGoesAndThatIsSaid() throws IOException {
        Path whole = OddFilm.to(temp.resolve("film.mp4"), "mpeg4", AV_PIX_FMT_YUV420P)
                .option("movflags", "faststart")
                .write(Drawn.frames(96, 64, 100), 96, 64);
        byte[] bytes = Files.readAllBytes(whole);
        Path film = Files.write(temp.resolve("cut.mp4"), Arrays.copyOf(bytes, bytes.length * 2 / 3));
        try (FilmReader reader = FilmReader.open(film, 0)) {
            int count = 0;
            while (reader.next()) count++;
            assertThat(count).isBetween(30, 90);
            assertThat(reader.remarks()).anyMatch(r -> r.startsWith("cut off after "));
        }
    }

    @Test
    void aFilmThatIsDamagedInTheMiddleIsReadAroundTheDamage() throws IOException {
        Path whole = OddFilm.to(temp.resolve("film.mkv"), "mpeg4", AV_PIX_FMT_YUV420P)
                .write(Drawn.frames(96, 64, 100), 96, 64);
        byte[] bytes = Files.readAllBytes(whole);
        for (int i = bytes.length / 3; i < bytes.length / 3 + 2000; i++) bytes[i] = (byte) (i * 31);
        Path film = Files.write(temp.resolve("damaged.mkv"), bytes);
        try (FilmReader reader = FilmReader.open(film, 0)) {
            int count = 0;
            while (reader.next()) {
                reader.image();
                count++;
            }
            assertThat(count).isBetween(50, 100);
            assertThat(reader.remarks()).isNotEmpty();
        }
    }

    @Test
    void aFilmWithoutItsIndexIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(Drawn.film(temp.resolve("film.mp4"), 96, 64, 25, 50));
        Path film = Files.write(temp.resolve("cut.mp4"), Arrays.copyOf(bytes, bytes.length / 2));
        refused(film, "cannot be read as a film; it is damaged, cut off, or something else");
    }

    @Test
    void whatIsNoFilmIsRefused() throws IOException {
        refused(temp.resolve("missing.mp4"), "it does not exist; check the path");
        refused(temp, "it is a folder, not a film");
        String no = "cannot be read as a film; it is damaged, cut off, or something else";
        refused(Files.createFile(temp.resolve("empty.mp4")), no);
        refused(Files.writeString(temp.resolve("text.mp4"), "Once upon a time ".repeat(100)), no);
    }

    @Test
    void aFilmWithoutFramesIsRefused() {
        Path film =
                OddFilm.to(temp.resolve("film.mkv"), "ffv1", AV_PIX_FMT_YUV420P).write(List.of(), 96, 64);
        refused(film, "has no frames");
    }

    @Test
    void aPlaylistIsRefusedAsItCouldNameAnyFile() throws IOException {
        Path film = Drawn.film(temp.resolve("film.mp4"), 96, 64, 25, 5);
        Path list = Files.writeString(
                temp.resolve("list.m3u8"),
                "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\n" + film.toUri() + "\n#EXT-X-ENDLIST\n");
        assertThatThrownBy(() -> FilmReader.open(list, 0).close())
                .isInstanceOf(VideoException.class)
                .hasMessageStartingWith(list + ": cannot be read as a film");
    }

    @Test
    void aStreamThatIsNotThereIsSaidToBeSo() {
        assertThatThrownBy(() -> FilmReader.stream("tcp://127.0.0.1:1").close())
                .isInstanceOf(VideoException.class)
                .hasMessage("tcp://127.0.0.1:1: cannot be opened (Connection refused); check the address");
    }

    private static void refused(Path film, String reason) {
        assertThatThrownBy(() -> FilmReader.open(film, 0).close())
                .isInstanceOf(VideoException.class)
                .hasMessage(film + ": " + reason);
    }

    private static Image grey(Image image) {
        byte[] rgb = new byte[image.rgb().length];
        for (int i = 0; i < rgb.length; i += 3) {
            double grey = 0.299 * (image.rgb()[i] & 0xff)
                    + 0.587 * (image.rgb()[i + 1] & 0xff)
                    + 0.114 * (image.rgb()[i + 2] & 0xff);
            Arrays.fill(rgb, i, i + 3, (byte) Math.round(grey));
        }
        return Image.ofRgb(image.width(), image.height(), rgb);
    }

    private static Image clockwise(Image image) {
        int w = image.width();
        int h = image.height();
        byte[] rgb = new byte[3 * w * h];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                System.arraycopy(image.rgb(), 3 * (y * w + x), rgb, 3 * (x * h + h - 1 - y), 3);
            }
        }
        return Image.ofRgb(h, w, rgb);
    }
}
