package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.image.Image;
import org.mask2former.video.FilmFormat;
import org.mask2former.video.FilmReader;
import org.mask2former.video.FilmWriter;

class FilmTests {
    private static final int FRAMES = 12;

    @TempDir
    private static Path temp;

    private static byte[] film;
    private static TestServer server;

    @BeforeAll
    static void start() {
        film = film(FRAMES);
        server = TestServer.start(TestServer.OPTIONS.withAllowFilms(true));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static byte[] film(int frames) {
        Path file = temp.resolve("film-" + frames + ".mp4");
        try (FilmWriter writer = FilmWriter.create(file, new FilmFormat(64, 48, 25, 1), Optional.empty())) {
            Image frame = Image.read(TestServer.png(64, 48), "a frame");
            for (int i = 0; i < frames; i++) writer.write(frame, i / 25.0);
            writer.finish(true);
        }
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFilmIsSentAskedForAndFetched() throws IOException {
        HttpResponse<byte[]> sent =
                server.post("/v1/films?threshold=0&overlap_threshold=0&stride=2", film, "Content-Type", "video/mp4");
        assertThat(sent.statusCode()).as(text(sent)).isEqualTo(202);
        String self = sent.headers().firstValue("Location").orElseThrow();
        assertThat(json(sent).at("/links/self").asText()).isEqualTo(self);
        JsonNode done = await(self);
        assertThat(done.get("state").asText()).as(done.toString()).isEqualTo("done");
        assertThat(done.get("frames").asInt()).isEqualTo(FRAMES / 2);

        HttpResponse<byte[]> lines = server.get(done.at("/links/frames").asText());
        List<Integer> frames = new ArrayList<>();
        for (String line : text(lines).lines().toList()) {
            JsonNode frame = TestServer.JSON.readTree(line);
            assertThat(frame.get("segments")).isNotEmpty();
            frames.add(frame.get("frame").asInt());
        }
        assertThat(frames).containsExactly(0, 2, 4, 6, 8, 10);

        HttpResponse<byte[]> overlay = server.get(done.at("/links/film").asText());
        assertThat(overlay.headers().firstValue("Content-Type")).contains("video/mp4");
        int seen = 0;
        try (FilmReader reader = FilmReader.open(Files.write(temp.resolve("overlay.mp4"), overlay.body()), 0)) {
            while (reader.next()) seen++;
        }
        assertThat(seen).isEqualTo(FRAMES / 2);

        assertThat(server.send(server.request(self).DELETE()).statusCode()).isEqualTo(204);
        assertThat(server.get(self).statusCode()).isEqualTo(404);
    }

    @Test
    void aFormWillDoAndItsFileNameIsTold() {
        String head = "--b\r\nContent-Disposition: form-data; name=\"task\"\r\n\r\nsemantic\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"video\"; filename=\"street.mp4\"\r\n\r\n";
        byte[] body = join(head.getBytes(), film, "\r\n--b--\r\n".getBytes());
        HttpResponse<byte[]> sent = server.post("/v1/films", body, "Content-Type", "multipart/form-data; boundary=b");
        assertThat(sent.statusCode()).as(text(sent)).isEqualTo(202);
        JsonNode done = await(sent.headers().firstValue("Location").orElseThrow());
        assertThat(done.get("film").asText()).isEqualTo("street.mp4");
        assertThat(done.get("of").asInt()).isEqualTo(FRAMES);
        assertThat(text(server.get(done.at("/links/frames").asText()))).contains("\"task\":\"semantic\"");
    }

    @Test
    void whatIsNoFilmFailsWithTheReasonAndNotWithWhereItLay() {
        HttpResponse<byte[]> sent = server.post("/v1/films", TestServer.png(8, 8));
        String self = sent.headers().firstValue("Location").orElseThrow();
        JsonNode failed = await(self);
        assertThat(failed.get("state").asText()).isEqualTo("failed");
        assertThat(failed.get("error").asText()).startsWith("the film: ").doesNotContain("mask2former-films");
        HttpResponse<byte[]> none = server.get(self + "/film");
        assertThat(none.statusCode()).isEqualTo(409);
        assertThat(json(none).get("code").asText()).isEqualTo("not_done");
    }

    @Test
    void spoiltFilmsAreDoneOrFailWithOneLineAndOthersAreStillServed() {
        int count = Integer.getInteger("mask2former.hostile", 150) / 10;
        long seed = Long.getLong("mask2former.seed", 7);
        HostileBodies bodies = new HostileBodies(film, new Random(seed));
        for (int i = 0; i < count; i++) {
            byte[] spoilt = bodies.spoil(film);
            if (spoilt.length == 0) continue;
            HttpResponse<byte[]> sent = server.post("/v1/films?task=semantic", spoilt, "Content-Type", "video/mp4");
            String what = "seed " + seed + ", number " + i + ": ";
            assertThat(sent.statusCode()).as(what + text(sent)).isEqualTo(202);
            String self = sent.headers().firstValue("Location").orElseThrow();
            JsonNode end = await(self);
            if (end.get("state").asText().equals("failed")) {
                assertThat(end.get("error").asText())
                        .as(what)
                        .startsWith("the film: ")
                        .doesNotContain("Exception", "\n", "mask2former-films");
            }
            assertThat(server.send(server.request(self).DELETE()).statusCode()).isEqualTo(204);
        }
        assertThat(server.post("/v1/segment", TestServer.png(8, 8)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void requestsThatCannotBeAreRefused() {
        assertThat(server.post("/v1/films?stride=0", film).statusCode()).isEqualTo(422);
        assertThat(server.post("/v1/films?alpha=2", film).statusCode()).isEqualTo(422);
        assertThat(server.post("/v1/films?polygons=true", film).statusCode()).isEqualTo(422);
        assertThat(server.post("/v1/films", new byte[0]).statusCode()).isEqualTo(422);
        assertThat(server.post("/v1/films", film, "Content-Type", "image/png").statusCode())
                .isEqualTo(415);
        assertThat(server.get("/v1/films/none").statusCode()).isEqualTo(404);
        assertThat(server.get("/v1/films/none/frames").statusCode()).isEqualTo(404);
        assertThat(server.send(server.request("/v1/films/none").DELETE()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void onlySoManyAreTakenAndAServerThatStopsDoesNotWaitForThem() {
        long begin = System.nanoTime();
        int taken = 0;
        try (TestServer busy = TestServer.start(TestServer.OPTIONS.withAllowFilms(true))) {
            byte[] longFilm = film(2000);
            HttpResponse<byte[]> answer = busy.post("/v1/films", longFilm);
            while (answer.statusCode() == 202 && taken < 20) {
                taken++;
                answer = busy.post("/v1/films", longFilm);
            }
            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            begin = System.nanoTime();
        }
        assertThat(taken).isBetween(FilmTasks.MOST_UNDER_WAY, FilmTasks.MOST_UNDER_WAY + 1);
        assertThat((System.nanoTime() - begin) / 1e9).isLessThan(10);
    }

    @Test
    void unlessAllowedNoFilmsAreTaken() {
        try (TestServer plain = TestServer.start(TestServer.OPTIONS)) {
            assertThat(plain.post("/v1/films", film).statusCode()).isEqualTo(403);
        }
    }

    private static JsonNode await(String self) {
        for (int i = 0; i < 600; i++) {
            JsonNode status = json(server.get(self));
            if (List.of("done", "failed").contains(status.get("state").asText())) return status;
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("not done: " + text(server.get(self)));
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }
}
