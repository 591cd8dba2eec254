package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.HubException.Reason;

/** Every way in which fetching can go wrong ends in one line that says what to do, and leaves nothing half-written. */
class HubBadInputTests {
    private static final HubId ID = HubId.parse("owner/model");
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final byte[] WEIGHTS = "not many weights".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    private final HubServer server = new HubServer();
    private final List<ServerSocket> opened = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        server.close();
        for (ServerSocket socket : opened) {
            socket.close();
        }
    }

    /** What is done wrong. */
    private interface Action {
        void on(HubBadInputTests test) throws IOException;
    }

    private record Case(
            String name, Action action, Class<? extends Mask2FormerException> type, String reason, List<String> words) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case of(String name, Reason reason, Action action, String... words) {
        return new Case(name, action, HubException.class, reason.name(), List.of(words));
    }

    private HubServer.Repository repository() {
        return server.repository("owner/model").small("config.json", "{}").large("model.safetensors", WEIGHTS);
    }

    private HubSettings settings() {
        return HubSettings.of(folder.resolve("hub"))
                .withEndpoint(server.endpoint())
                .withTimeouts(Duration.ofMillis(700), Duration.ofMillis(700));
    }

    private static HubClient client(HubSettings settings) {
        return new HubClient(settings, time -> {}, Clock.systemUTC());
    }

    private void fetch() {
        client(settings()).fetchModel(ID, ProgressListener.NONE);
    }

    private void fetch(HubSettings settings) {
        client(settings).fetchModel(ID, ProgressListener.NONE);
    }

    private void download(String uri, Path target) {
        client(settings()).downloadFile(URI.create(uri), target, ProgressListener.NONE);
    }

    private void indexed(String index) {
        server.repository("owner/model").small("config.json", "{}").small("model.safetensors.index.json", index);
        fetch();
    }

    /** Answers a secure handshake with plain text. */
    private URI plainBehindHttps() throws IOException {
        ServerSocket plain = new ServerSocket(0);
        opened.add(plain);
        Thread thread = new Thread(() -> {
            while (!plain.isClosed()) {
                try (Socket connection = plain.accept()) {
                    connection
                            .getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // The test is over.
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return URI.create("https://127.0.0.1:" + plain.getLocalPort());
    }

    static Stream<Case> cases() {
        return Stream.of(
                of("an id without owner", Reason.BAD_INPUT, t -> HubId.parse("model"), "\"model\"", "owner is missing"),
                of(
                        "a web address as id",
                        Reason.BAD_INPUT,
                        t -> HubId.parse("https://huggingface.co/o/m"),
                        "write o/m"),
                of("a revision that leads out of the cache", Reason.BAD_INPUT, t -> ID.at("../../x"), "../../x"),
                of(
                        "a mirror that is no URL",
                        Reason.BAD_INPUT,
                        t -> HubSettings.fromEnvironment(Map.of("HF_ENDPOINT", "mirror"), t.folder),
                        "HF_ENDPOINT",
                        "mirror"),
                of(
                        "a token with a line break inside",
                        Reason.BAD_INPUT,
                        t -> t.settings().withToken("hf_a\nX-Evil: 1"),
                        "token"),
                of(
                        "a token file that is a folder",
                        Reason.DISK,
                        t -> HubSettings.fromEnvironment(Map.of("HF_TOKEN_PATH", t.folder.toString()), t.folder),
                        "token cannot be read",
                        "HF_TOKEN"),
                of(
                        "no such model",
                        Reason.REPOSITORY_NOT_FOUND,
                        t -> t.fetch(),
                        "no model owner/model",
                        "spelling",
                        "HF_TOKEN"),
                of(
                        "a private model",
                        Reason.REPOSITORY_NOT_FOUND,
                        t -> {
                            t.repository().ofToken("hf_right");
                            t.fetch();
                        },
                        "or it is private",
                        "HF_TOKEN"),
                of(
                        "a private model of somebody else",
                        Reason.REPOSITORY_NOT_FOUND,
                        t -> {
                            t.repository().ofToken("hf_right");
                            t.fetch(t.settings().withToken("hf_other"));
                        },
                        "or it is private",
                        "token in use"),
                of(
                        "a gated model without token",
                        Reason.GATED,
                        t -> {
                            t.repository().gatedFor("hf_right");
                            t.fetch();
                        },
                        "gated",
                        "accept its terms at",
                        "/owner/model",
                        "set HF_TOKEN"),
                of(
                        "a gated model whose terms are not accepted",
                        Reason.GATED,
                        t -> {
                            t.repository().gatedFor("hf_right");
                            t.fetch(t.settings().withToken("hf_other"));
                        },
                        "gated",
                        "accept its terms at",
                        "of that account"),
                of(
                        "a token that the hub does not know",
                        Reason.FORBIDDEN,
                        t -> {
                            t.repository();
                            t.fetch(t.settings().withToken("hf_wrong"));
                        },
                        "refuses the token",
                        "/settings/tokens",
                        "HF_TOKEN"),
                of(
                        "a token that may not read",
                        Reason.FORBIDDEN,
                        t -> {
                            t.repository();
                            t.server.fault(
                                    "HEAD config.json", HubServer.status(403, "X-Error-Message", "No read scope"));
                            t.fetch();
                        },
                        "forbids",
                        "No read scope",
                        "HF_TOKEN"),
                of(
                        "a model that the hub disabled",
                        Reason.FORBIDDEN,
                        t -> {
                            t.server.fault(
                                    "HEAD config.json",
                                    HubServer.status(403, "X-Error-Message", "Access to this resource is disabled."));
                            t.fetch();
                        },
                        "disabled by the hub"),
                of(
                        "no such revision",
                        Reason.REVISION_NOT_FOUND,
                        t -> {
                            t.repository();
                            client(t.settings()).fetchModel(ID.at("v9"), ProgressListener.NONE);
                        },
                        "no branch, tag or commit \"v9\"",
                        "leave out @v9"),
                of(
                        "a repository without config.json",
                        Reason.FILE_NOT_FOUND,
                        t -> {
                            t.server.repository("owner/model").small("README.md", "a data set");
                            t.fetch();
                        },
                        "no file config.json",
                        "/owner/model/tree/main"),
                of(
                        "a repository without weights",
                        Reason.FILE_NOT_FOUND,
                        t -> {
                            t.server.repository("owner/model").small("config.json", "{}");
                            t.fetch();
                        },
                        "no weights",
                        "model.safetensors",
                        "pytorch_model.bin"),
                of(
                        "an index that names a missing shard",
                        Reason.FILE_NOT_FOUND,
                        t -> t.indexed("{\"weight_map\": {\"a\": \"model-1.safetensors\"}}"),
                        "no file model-1.safetensors"),
                of(
                        "an index that leads out of the cache",
                        Reason.BAD_ANSWER,
                        t -> t.indexed("{\"weight_map\": {\"a\": \"../../../../evil\"}}"),
                        "../../../../evil",
                        "refused"),
                of(
                        "an index with an absolute path",
                        Reason.BAD_ANSWER,
                        t -> t.indexed("{\"weight_map\": {\"a\": \"/tmp/evil\"}}"),
                        "/tmp/evil",
                        "refused"),
                checkpoint(
                        "an index that is no JSON",
                        t -> t.indexed("weights"),
                        "model.safetensors.index.json",
                        "not JSON"),
                checkpoint("an index that names nothing", t -> t.indexed("{}"), "names no files"),
                checkpoint(
                        "an index that names numbers",
                        t -> t.indexed("{\"weight_map\": {\"a\": 1}}"),
                        "should name files"),
                of(
                        "offline with an empty cache",
                        Reason.OFFLINE,
                        t -> t.fetch(t.settings().withOffline(true)),
                        "owner/model is not in the cache",
                        "HF_HUB_OFFLINE",
                        "models--owner--model"),
                of(
                        "offline with half a model",
                        Reason.OFFLINE,
                        t -> {
                            t.repository();
                            t.fetch();
                            Files.delete(t.folder.resolve(
                                    "hub/models--owner--model/snapshots/" + COMMIT + "/model.safetensors"));
                            t.fetch(t.settings().withOffline(true));
                        },
                        "missing: model.safetensors"),
                of(
                        "nobody listens",
                        Reason.UNREACHABLE,
                        t -> {
                            t.server.close();
                            t.fetch();
                        },
                        "cannot connect to 127.0.0.1",
                        "HTTPS_PROXY",
                        "not in the cache"),
                of(
                        "no such host",
                        Reason.UNREACHABLE,
                        t -> t.fetch(t.settings().withEndpoint(URI.create("https://hub.invalid"))),
                        "cannot find the host hub.invalid",
                        "DNS"),
                of(
                        "a server that takes the connection and is silent",
                        Reason.UNREACHABLE,
                        t -> {
                            try (ServerSocket silent = new ServerSocket(0)) {
                                t.fetch(t.settings()
                                        .withEndpoint(URI.create("http://127.0.0.1:" + silent.getLocalPort())));
                            }
                        },
                        "does not answer in time"),
                of(
                        "a server without TLS behind https",
                        Reason.BAD_ANSWER,
                        t -> t.fetch(t.settings().withEndpoint(t.plainBehindHttps())),
                        "no secure connection to 127.0.0.1",
                        "trust store"),
                of(
                        "a server that is no hub",
                        Reason.BAD_ANSWER,
                        t -> {
                            t.server.fault("HEAD config.json", HubServer.status(200, "ETag", "\"x\""));
                            t.fetch();
                        },
                        "does not answer like a hub",
                        "X-Repo-Commit",
                        "HF_ENDPOINT"),
                of(
                        "a commit that leads out of the cache",
                        Reason.BAD_ANSWER,
                        t -> {
                            t.server.fault(
                                    "HEAD config.json",
                                    HubServer.status(200, "ETag", "\"x\"", "X-Repo-Commit", "../../x"));
                            t.fetch();
                        },
                        "does not answer like a hub"),
                of(
                        "an ETag that leads out of the cache",
                        Reason.BAD_ANSWER,
                        t -> {
                            t.repository();
                            t.server.fault(
                                    "HEAD model.safetensors",
                                    HubServer.status(200, "ETag", "\"../../../evil\"", "X-Repo-Commit", COMMIT));
                            t.fetch();
                        },
                        "../../../evil",
                        "HF_ENDPOINT"),
                of(
                        "a hub that is down",
                        Reason.BUSY,
                        t -> {
                            t.server.fault(
                                    "HEAD config.json",
                                    HubServer.status(503),
                                    HubServer.status(503),
                                    HubServer.status(503));
                            t.fetch();
                        },
                        "HTTP 503",
                        "tried 3 times"),
                of(
                        "an answer that nobody expects",
                        Reason.BAD_ANSWER,
                        t -> {
                            t.server.fault("HEAD config.json", HubServer.status(418));
                            t.fetch();
                        },
                        "HTTP 418"),
                of(
                        "redirects in a circle",
                        Reason.BAD_ANSWER,
                        t -> {
                            for (int i = 0; i < 20; i++) {
                                t.server.fault(
                                        "HEAD config.json",
                                        HubServer.redirect("/owner/model/resolve/main/config.json"));
                            }
                            t.fetch();
                        },
                        "redirects more than 10 times"),
                of(
                        "a redirect to another kind of address",
                        Reason.BAD_ANSWER,
                        t -> {
                            t.server.fault("HEAD config.json", HubServer.redirect("file:///etc/passwd"));
                            t.fetch();
                        },
                        "file:///etc/passwd"),
                of(
                        "bytes with the wrong hash",
                        Reason.DAMAGED,
                        t -> {
                            t.repository();
                            t.server.fault("model.safetensors", HubServer.corrupted());
                            t.fetch();
                        },
                        "model.safetensors",
                        "checksum"),
                of(
                        "a truncated file",
                        Reason.DAMAGED,
                        t -> {
                            t.repository();
                            t.server.fault("model.safetensors", HubServer.truncatedTo(3));
                            t.fetch();
                        },
                        "model.safetensors",
                        "should have 16 bytes"),
                of(
                        "a cache below a file",
                        Reason.DISK,
                        t -> {
                            t.repository();
                            Path file = Files.writeString(t.folder.resolve("file"), "");
                            t.fetch(t.settings().withCache(file.resolve("hub")));
                        },
                        "file",
                        "cannot be written",
                        "HF_HUB_CACHE"),
                of(
                        "a URL of another kind",
                        Reason.BAD_INPUT,
                        t -> t.download("ftp://host/f", t.folder.resolve("f")),
                        "ftp://host/f"),
                of(
                        "a URL without a file behind it",
                        Reason.FILE_NOT_FOUND,
                        t -> t.download(t.server.storage() + "/nothing.pkl", t.folder.resolve("f")),
                        "/nothing.pkl",
                        "HTTP 404"),
                of(
                        "a folder as target",
                        Reason.BAD_INPUT,
                        t -> t.download(t.server.storage() + "/f", t.folder),
                        "is a folder"),
                of(
                        "a SHA-256 that is none",
                        Reason.BAD_INPUT,
                        t -> client(t.settings())
                                .downloadFile(t.server.storage(), t.folder.resolve("f"), "abc", ProgressListener.NONE),
                        "\"abc\"",
                        "64 hexadecimal digits"),
                of(
                        "a URL offline",
                        Reason.OFFLINE,
                        t -> client(t.settings().withOffline(true))
                                .fetchUrl(URI.create("https://host/f.pkl"), ProgressListener.NONE),
                        "https://host/f.pkl",
                        "HF_HUB_OFFLINE"));
    }

    private static Case checkpoint(String name, Action action, String... words) {
        return new Case(name, action, CheckpointException.class, "", List.of(words));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void endsInOneLineAndLeavesNothingBehind(Case bad) throws IOException {
        Throwable failure = catchThrowable(() -> bad.action().on(this));

        assertThat(failure)
                .isExactlyInstanceOf(bad.type())
                .hasMessageContainingAll(bad.words().toArray(new String[0]));
        assertThat(failure.getMessage())
                .doesNotContain("\n")
                .doesNotContain("Exception")
                .hasSizeLessThan(500);
        if (failure instanceof HubException hub) {
            assertThat(hub.reason().name()).isEqualTo(bad.reason());
        }
        try (var files = Files.walk(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".incomplete") || name.endsWith(".tmp") || name.equals("evil"));
        }
        assertThat(client(settings()).cachedModel(ID)).as("half a model").isEmpty();
    }
}
