package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Films that were tampered with are read as far as they go or refused in one line; never do they take the process with them. */
class HostileFilmTests {
    private static final int FILMS = 60;

    @TempDir
    private Path temp;

    @Test
    void filmsWithBytesOutOfPlaceAreReadOrRefused() throws IOException {
        Map<String, String> encoders = Map.of("mp4", "mpeg4", "mkv", "libopenh264", "avi", "mjpeg", "ts", "mpeg2video");
        for (var entry : encoders.entrySet()) {
            byte[] film = Files.readAllBytes(OddFilm.to(
                            temp.resolve("film." + entry.getKey()), entry.getValue(), AV_PIX_FMT_YUV420P)
                    .sound(entry.getKey().equals("ts") ? "mp2" : entry.getKey().equals("avi") ? "pcm_s16le" : "aac")
                    .write(Drawn.frames(64, 48, 12), 64, 48));
            for (int seed = 0; seed < FILMS; seed++) {
                read(spoil(film, new Random(seed)), entry.getKey() + " with seed " + seed);
            }
        }
    }

    private static byte[] spoil(byte[] film, Random random) {
        byte[] spoilt = film.clone();
        // Heads are where sizes and counts stand, and in an MP4 the end as well.
        int from = switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> Math.max(0, film.length - 2000);
            default -> random.nextInt(film.length);
        };
        for (int i = 0; i < 1 + random.nextInt(40); i++) {
            int at = Math.min(film.length - 1, from + random.nextInt(2000));
            spoilt[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (random.nextBoolean() ? 0xff : 0);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(spoilt, random.nextInt(film.length)) : spoilt;
    }

    private void read(byte[] film, String what) throws IOException {
        Path file = Files.write(temp.resolve("spoilt"), film);
        try (FilmReader reader = FilmReader.open(file, 0)) {
            int frames = 0;
            while (frames < 100 && reader.next()) {
                reader.image();
                frames++;
            }
            reader.remarks().forEach(remark -> assertThat(remark).doesNotContain("\n"));
            SoundTrack.open(file, 0).ifPresent(SoundTrack::close);
        } catch (VideoException e) {
            assertThat(e.getMessage()).as(what).startsWith(file + ": ").hasLineCount(1);
        }
    }
}
