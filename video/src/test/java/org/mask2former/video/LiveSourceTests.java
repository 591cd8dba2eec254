package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveSourceTests {
    @TempDir
    private Path temp;

    @Test
    void aStreamIsReadWhileItComesAndEndsWithItsConnection() throws Exception {
        byte[] film = Files.readAllBytes(OddFilm.to(temp.resolve("film.ts"), "mpeg2video", AV_PIX_FMT_YUV420P)
                .write(Drawn.frames(160, 120, 100), 160, 120));
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread sender = new Thread(() -> send(server, film));
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
            }
            assertThat(times).hasSizeGreaterThan(90).isSorted();
            assertThat(times.get(0)).isZero();
            sender.join();
        }
    }

    private static void send(ServerSocket server, byte[] film) {
        try (Socket socket = server.accept();
                OutputStream out = socket.getOutputStream()) {
            for (int at = 0; at < film.length; at += 4000) {
                out.write(film, at, Math.min(4000, film.length - at));
                out.flush();
                Thread.sleep(2);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
