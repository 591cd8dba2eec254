package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LiveSourceTests {
    @TempDir
    private Path temp;

    @Test
    void aStreamIsReadWhileItComesAndEndsWithItsConnection() throws Exception {
        byte[] film = film();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread sender = new Thread(() -> send(server, film, () -> {}));
            sender.start();
            List<Double> times = new ArrayList<>();
            try (FilmReader reader = FilmReader.stream("tcp://127.0.0.1:" + server.getLocalPort())) {
                assertThat(reader.live()).isTrue();
                assertThat(reader.frames()).isEmpty();
                assertThat(reader.sound()).isEmpty();
                assertThat(reader.width()).isEqualTo(160);
                while (reader.next()) {
                    times.add(reader.seconds());
                    assertThat(reader.image().height()).isEqualTo(120);
                }
                assertThat(reader.remarks()).singleElement(STRING).matches("ended after [34]\\.\\d\\d s");
            }
            assertThat(times).hasSizeGreaterThan(90).isSorted();
            assertThat(times.get(0)).isZero();
            sender.join();
        }
    }

    @Test
    void whatCannotBeDecodedBeforeTheFirstKeyFrameIsNoDamage() throws Exception {
        byte[] film = Files.readAllBytes(OddFilm.to(temp.resolve("film.ts"), "libopenh264", AV_PIX_FMT_YUV420P)
                .keyFrameEvery(75)
                .write(Drawn.frames(160, 120, 150), 160, 120));
        int packet = 188;
        byte[] second = Arrays.copyOfRange(film, film.length / packet / 15 * packet, film.length);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread sender = new Thread(() -> send(server, second, () -> {}));
            sender.start();
            try (FilmReader reader = FilmReader.stream("tcp://127.0.0.1:" + server.getLocalPort())) {
                int frames = 0;
                while (reader.next()) frames++;
                assertThat(frames).isEqualTo(75);
                assertThat(reader.remarks()).singleElement(STRING).startsWith("ended after ");
            }
            sender.join();
        }
    }

    @Test
    void aStreamThatFallsSilentIsLeftAtOnce() throws Exception {
        byte[] film = film();
        CountDownLatch silent = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread sender = new Thread(() -> send(server, film, () -> {
                silent.countDown();
                over.await();
            }));
            sender.start();
            try (FilmReader reader = FilmReader.stream("tcp://127.0.0.1:" + server.getLocalPort())) {
                FrameSink sink = new FrameSink() {
                    @Override
                    public void accept(FrameResult result) {}

                    @Override
                    public void finish(boolean complete) {}
                };
                FilmPipeline pipeline = new FilmPipeline(reader, Red::nothing, Red::segment, sink);
                Thread running = new Thread(pipeline::run);
                running.start();
                assertThat(silent.await(20, TimeUnit.SECONDS)).isTrue();
                pipeline.stop();
                running.join(2000);
                assertThat(running.isAlive()).isFalse();
                assertThat(reader.remarks()).isEmpty();
            }
            over.countDown();
            sender.join();
        }
    }

    @Test
    void aServerThatSaysNothingIsNotWaitedForLong() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "rtsp://127.0.0.1:" + server.getLocalPort() + "/x";
            assertThatThrownBy(() -> FilmReader.stream(url).close())
                    .isInstanceOf(VideoException.class)
                    .hasMessage(url + ": cannot be opened (nothing came for 10 s); check the address");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rtsp", "rtmp", "tcp"})
    void nobodyThereIsToldAtOnce(String protocol) {
        String url = protocol + "://127.0.0.1:1/x";
        assertThatThrownBy(() -> FilmReader.stream(url).close())
                .isInstanceOf(VideoException.class)
                .hasMessage(url + ": cannot be opened (Connection refused); check the address");
    }

    private byte[] film() throws IOException {
        return Files.readAllBytes(OddFilm.to(temp.resolve("film.ts"), "mpeg2video", AV_PIX_FMT_YUV420P)
                .write(Drawn.frames(160, 120, 100), 160, 120));
    }

    /** What a server does when it has sent all. */
    private interface Then {
        void run() throws InterruptedException;
    }

    private static void send(ServerSocket server, byte[] film, Then then) {
        try (Socket socket = server.accept();
                OutputStream out = socket.getOutputStream()) {
            for (int at = 0; at < film.length; at += 4000) {
                out.write(film, at, Math.min(4000, film.length - at));
                out.flush();
                Thread.sleep(2);
            }
            then.run();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
