package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.image.Image;
import org.mask2former.video.FilmFormat;
import org.mask2former.video.FilmReader;
import org.mask2former.video.FilmWriter;
import org.mask2former.video.SoundTrack;

/** predict with films, and a small checkpoint of random weights. */
class PredictFilmTests {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path temp;

    @Test
    void aFilmBecomesAFilmWithTheOverlayAndJsonIfAskedFor() throws IOException {
        Path film = film("street.mp4", 12);
        Path output = temp.resolve("out");
        Run run = predict("--threshold", 0, "--overlap-threshold", 0, "--source", film, "--save", "json", "-o", output);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .matches("(?s)\\Q" + film + "\\E: 12 frames.* in \\d+\\.\\d s, \\d+\\.\\d FPS → \\Q"
                        + output.resolve("street.mp4") + ", " + output.resolve("street.jsonl") + "\\E\\R");
        assertThat(files(output)).containsExactly("street.jsonl", "street.mp4");
        assertThat(times(output.resolve("street.mp4"))).hasSize(12);
        List<String> lines = Files.readAllLines(output.resolve("street.jsonl"));
        assertThat(lines).hasSize(12);
        JsonNode last = JSON.readTree(lines.get(11));
        assertThat(last.get("film").asText()).isEqualTo("street.mp4");
        assertThat(last.get("frame").asInt()).isEqualTo(11);
        assertThat(last.get("time").asDouble()).isEqualTo(1.1);
        // The picture stands still, and what was there at first keeps its id.
        assertThat(ids(last)).isNotEmpty().containsAll(ids(JSON.readTree(lines.get(0))));
    }

    @Test
    void onlyTheFramesThatAreWantedAreSegmented() throws IOException {
        Path film = film("street.mp4", 40);
        Run run = predict("--json", "--start", "1.5", "--end", "0:03", "--stride", 5, film);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().map(PredictFilmTests::frame)).containsExactly(15, 20, 25);
        assertThat(run.err()).contains(": 3 frames").doesNotContain("→");
        assertThat(predict("--json", "--max-fps", 1, film).out().lines()).hasSize(4);
    }

    @Test
    void severalFilmsAndPicturesShareAModel() throws IOException {
        Path output = temp.resolve("out");
        Path picture = Pictures.write(temp.resolve("street.png"));
        Run run = predict("-s", film("a/film.mp4", 4), "-s", film("b/film.mp4", 5), "-s", picture, "-o", output);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(3);
        assertThat(files(output)).containsExactly("film-2.mp4", "film.mp4", "street.json", "street.png");
        assertThat(times(output.resolve("film.mp4"))).hasSize(4);
        assertThat(times(output.resolve("film-2.mp4"))).hasSize(5);
    }

    @Test
    void aFolderOfFramesIsAFilmIfItIsSaidHowFastItRuns() throws IOException {
        for (int i = 0; i < 4; i++) Pictures.write(temp.resolve("frames/" + i + ".png"));
        Path output = temp.resolve("out");
        Run run = predict("--fps", 2, "-o", output, temp.resolve("frames"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(times(output.resolve("frames.mp4"))).containsExactly(0.0, 0.5, 1.0, 1.5);
    }

    @Test
    void framesFollowEachOtherByNumber() throws IOException {
        List<String> names = List.of("f 1.png", "f 2.png", "f 10.png");
        for (int i = 0; i < names.size(); i++) {
            Path file = Files.createDirectories(temp.resolve("frames")).resolve(names.get(i));
            Files.write(file, Pictures.png(40 + i, 30)); // of which the second cannot follow the first
        }
        Run run = predict("--fps", 2, "--json", temp.resolve("frames"));
        assertThat(run.err()).contains("f 2.png: is 41×30, but the film's first frame is 40×30");
        Run none = predict("--fps", 2, "--json", Files.createDirectories(temp.resolve("empty")));
        assertThat(none.err()).isEqualTo("error: " + temp.resolve("empty") + ": has no pictures\n");
    }

    @Test
    void aStreamDoesNotWaitForTheFilmsBeforeIt() throws Exception {
        Path film = film("street.mp4", 25);
        long[] accepted = new long[1];
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> accepted[0] = accept(server));
            thread.start();
            List<Object> args = new ArrayList<>(List.of("-o", temp.resolve("out")));
            for (int i = 0; i < 5; i++) args.add(film);
            args.add("tcp://127.0.0.1:" + server.getLocalPort());
            long begin = System.nanoTime();
            Run run = predict(args.toArray());
            long end = System.nanoTime();
            assertThat(run.code()).as(run.err()).isEqualTo(3);
            thread.join();
            assertThat(accepted[0] - begin).isLessThan((end - begin) / 2);
        }
    }

    /** When somebody connected, who is told nothing. */
    private static long accept(ServerSocket server) {
        try {
            server.accept().close();
            return System.nanoTime();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFilmNeverReplacesTheOneItComesFrom() throws IOException {
        Path film = film("street.mp4", 3);
        byte[] before = Files.readAllBytes(film);
        assertThat(predict("-o", temp, film).code()).isZero();
        assertThat(film).hasBinaryContent(before);
        assertThat(files(temp)).containsExactly("street-2.mp4", "street.mp4");
    }

    @Test
    void whatCannotBeReadIsToldInALineAndDoesNotStopTheRest() throws IOException {
        Path bad = Files.writeString(temp.resolve("bad.mp4"), "no film");
        Path output = temp.resolve("out");
        Run run = predict(
                "-o",
                output,
                "-s",
                bad,
                "-s",
                "87",
                "-s",
                "rtsp://127.0.0.1:1/x",
                "-s",
                "http://h/x.mp4",
                "-s",
                film("good.mp4", 3));
        assertThat(run.code()).isEqualTo(3);
        assertThat(run.err().lines())
                .hasSize(4)
                .anySatisfy(e -> assertThat(e)
                        .isEqualTo("error: " + bad
                                + ": cannot be read as a film; it is damaged, cut off, or something else"))
                .anySatisfy(e -> assertThat(e).startsWith("error: camera-87: "))
                .anySatisfy(e ->
                        assertThat(e).startsWith("error: rtsp://127.0.0.1:1/x: cannot be opened (Connection refused)"))
                .anySatisfy(e -> assertThat(e)
                        .isEqualTo("error: http://h/x.mp4: films are not read from the web; fetch it first"));
        assertThat(files(output)).containsExactly("good.mp4");
        assertThat(predict("-o", temp.resolve("none"), bad).code()).isEqualTo(1);
        assertThat(temp.resolve("none")).doesNotExist();
    }

    @Test
    void optionsThatMeanNothingAreRefused() throws IOException {
        Path picture = Pictures.write(temp.resolve("street.png"));
        Path film = film("street.mp4", 2);
        refused("--stride is for films, and there is none among the sources", "--stride", 2, picture);
        refused("--fps is for films, and there is none among the sources", "--fps", 2, picture);
        refused("--save coco is for pictures; of films there are the overlay and --save json", "--save", "coco", film);
        refused("--no-overlay leaves nothing of a film; add --save json, --json or --show", "--no-overlay", film);
        refused("the stride must be 1 or more, but is 0", "--stride", 0, film);
        refused("--fps-budget must be more than 0, but is -1.0", "--fps-budget", -1, film);
        refused("--smooth must be from 0 to below 1, but is 1.0", "--smooth", 1, film);
        refused("'soon' is no time; write seconds, or [HH:]MM:SS", "--start", "soon", film);
        refused("a film cannot be taken from 5.0 s to 2.0 s", "--start", 5, "--end", 2, film);
    }

    private static void refused(String message, Object... args) {
        Run run = predict(args);
        assertThat(run.code()).as(message).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @Test
    void toHoldAFrameRateQualityIsGivenUpAndThatIsSaid() throws IOException {
        Path film = film("street.mp4", 40);
        Run run = predict("--json", "--size", 224, "--fps-budget", 1000, film);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .containsPattern(
                        "warning: .*: the frame rate is not held, even with less: .*\\d+×\\d+ instead of \\d+×\\d+ pixels"
                                + " in \\d+ of 40 frames");
        Run easy = predict("--json", "--fps-budget", 0.001, film);
        assertThat(easy.err()).doesNotContain("warning");
    }

    @Test
    void stuffIsSmoothedIfAskedFor() throws IOException {
        Path film = film("street.mp4", 3);
        Run run = predict("--json", "--threshold", 0, "--smooth", 0.8, film);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(3);
    }

    @Test
    void withoutAScreenNothingIsShown() throws IOException {
        assumeThat(System.getenv("DISPLAY")).as("there is a screen").isNull();
        assumeThat(System.getProperty("os.name"))
                .as("screens are known by DISPLAY")
                .startsWith("Linux");
        Run run = predict("--show", "-o", temp.resolve("out"), film("street.mp4", 2));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("error: --show needs a screen (there is none here); leave it out\n");
        Run only = predict("--show", "--no-overlay", film("street.mp4", 2));
        assertThat(only.err()).as("a window without a file").isEqualTo(run.err());
    }

    @Test
    void realFilmsKeepTheirSound() throws IOException {
        for (String name : List.of("motorway.mp4", "car_park.mp4")) {
            Optional<Path> film = Fixtures.data("videos/" + name);
            assumeThat(film)
                    .as("shared/data/videos/%s beside the project", name)
                    .isPresent();
            Path output = temp.resolve("out");
            Run run = predict("--end", 0.9, "--max-fps", 3, "-o", output, film.get());
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(times(output.resolve(name))).hasSize(3);
            try (SoundTrack sound = SoundTrack.open(output.resolve(name), 0).orElseThrow()) {
                assertThat(sound.fits(film.get())).isTrue();
            }
        }
    }

    private Path film(String name, int frames) throws IOException {
        Path file = temp.resolve(name);
        Image picture = Image.read(Pictures.png(80, 60), "street");
        try (FilmWriter writer = FilmWriter.create(file, new FilmFormat(80, 60, 10, 1), Optional.empty())) {
            for (int i = 0; i < frames; i++) writer.write(picture, i / 10.0);
            writer.finish(true);
        }
        return file;
    }

    private static List<Double> times(Path film) {
        List<Double> times = new ArrayList<>();
        try (FilmReader reader = FilmReader.open(film, 0)) {
            while (reader.next()) times.add(reader.seconds());
        }
        return times;
    }

    private static int frame(String line) {
        try {
            return JSON.readTree(line).get("frame").asInt();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Integer> ids(JsonNode frame) {
        List<Integer> ids = new ArrayList<>();
        frame.get("segments").forEach(s -> ids.add(s.get("id").asInt()));
        ids.sort(null);
        return ids;
    }

    private static Run predict(Object... args) {
        List<String> all = new ArrayList<>(
                List.of("predict", "--model", Fixtures.path("tiny-swin").toString()));
        for (Object arg : args) all.add(arg.toString());
        if (!all.contains("--size")) all.addAll(List.of("--size", "64"));
        return Run.of(all.toArray(String[]::new));
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
