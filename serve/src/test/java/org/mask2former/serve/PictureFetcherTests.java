package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureFetcherTests {
    private static final ServerOptions ALLOWED =
            ServerOptions.DEFAULT.withAllowUrls(true).withLimits(Limits.DEFAULT.withMaxBytes(1000));
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer web;
    private String base;

    @BeforeEach
    void start() throws IOException {
        web = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        base = "http://127.0.0.1:" + web.getAddress().getPort();
        web.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            asked.add(path + " " + exchange.getRequestHeaders().getFirst("Authorization"));
            if (path.startsWith("/to/")) {
                exchange.getResponseHeaders().set("Location", "http://" + path.substring(4));
                exchange.sendResponseHeaders(302, -1);
            } else if (path.equals("/none")) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                byte[] body = new byte[path.equals("/large") ? 100_000 : 10];
                exchange.sendResponseHeaders(200, path.equals("/large") ? 0 : body.length);
                try (var out = exchange.getResponseBody()) {
                    out.write(body);
                } catch (IOException e) {
                    // the client has seen enough
                }
            }
            exchange.close();
        });
        web.start();
    }

    @AfterEach
    void stop() {
        web.stop(0);
    }

    private static byte[] fetch(PictureFetcher fetcher, String url) {
        return fetcher.fetch(url, TimeUnit.SECONDS.toNanos(10)).join();
    }

    private static void assertProblem(ThrowingCallable call, int status) {
        assertThatThrownBy(call).satisfies(e -> {
            Throwable problem = e instanceof HttpProblem ? e : e.getCause();
            assertThat(problem)
                    .isInstanceOfSatisfying(
                            HttpProblem.class, p -> assertThat(p.status()).isEqualTo(status));
        });
    }

    @Test
    void nothingIsFetchedUnlessItIsAllowed() {
        try (PictureFetcher fetcher = new PictureFetcher(ServerOptions.DEFAULT)) {
            assertProblem(() -> fetch(fetcher, base + "/a.png"), 403);
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void privateAddressesAreRefusedByWhateverName() {
        try (PictureFetcher fetcher = new PictureFetcher(ALLOWED)) {
            int port = web.getAddress().getPort();
            for (String host :
                    List.of("127.0.0.1", "localhost", "[::1]", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]")) {
                assertThatThrownBy(() -> fetch(fetcher, "http://" + host + ":" + port + "/a.png"))
                        .as(host)
                        .isInstanceOf(Exception.class);
            }
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void aRedirectIsJudgedLikeAnyAddress() {
        // Here only 127.0.0.1 is allowed, so that 127.0.0.2 is as forbidden as it usually is.
        try (PictureFetcher fetcher =
                new PictureFetcher(ALLOWED, a -> a.getHostAddress().equals("127.0.0.1"))) {
            int port = web.getAddress().getPort();
            assertThat(fetch(fetcher, base + "/to/127.0.0.1:" + port + "/a.png"))
                    .hasSize(10);
            asked.clear();
            assertProblem(() -> fetch(fetcher, base + "/to/127.0.0.2:" + port + "/a.png"), 403);
            assertThat(asked).hasSize(1);
        }
    }

    @Test
    void whatIsTooLargeMissingOrNoWebAddressIsRefused() {
        try (PictureFetcher fetcher = new PictureFetcher(ALLOWED, a -> true)) {
            assertThat(fetch(fetcher, base + "/a.png")).hasSize(10);
            assertProblem(() -> fetch(fetcher, base + "/large"), 413);
            assertProblem(() -> fetch(fetcher, base + "/none"), 422);
            assertProblem(() -> fetch(fetcher, "file:///etc/passwd"), 422);
            assertProblem(() -> fetch(fetcher, "http://user:word@127.0.0.1/"), 422);
            assertProblem(() -> fetch(fetcher, "http://no-such-host.invalid/a.png"), 422);
        }
    }

    @Test
    void theTrustedLabelStudioIsReachedWithItsTokenAndOnlyIt() {
        ServerOptions options = ServerOptions.DEFAULT.withLabelStudio(
                Optional.of(new LabelStudioAccess(URI.create(base), Optional.of("key"))));
        try (PictureFetcher fetcher = new PictureFetcher(options)) {
            assertThat(fetch(fetcher, "/data/upload/a.png")).hasSize(10);
            assertThat(asked).containsExactly("/data/upload/a.png Token key");
            assertProblem(() -> fetch(fetcher, base.replace("127.0.0.1", "127.0.0.2") + "/a.png"), 403);
            assertProblem(() -> fetch(fetcher, base + "/to/127.0.0.2:1/a.png"), 422);
            assertProblem(() -> fetch(fetcher, "//127.0.0.2/a.png"), 422);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "192.0.2.1",
                "198.18.0.1",
                "203.0.113.9",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fc00::1",
                "fd12::1",
                "ff02::1",
                "::ffff:10.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "2001::1",
                "2001:db8::1"
            })
    void addressesThatAreNotPublic(String address) throws IOException {
        assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"})
    void addressesThatAre(String address) throws IOException {
        assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isTrue();
    }
}
