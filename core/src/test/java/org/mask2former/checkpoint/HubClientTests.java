package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubClientTests {
    private static final HubId ID = HubId.parse("owner/model");
    private static final String SECOND = "89abcdef0123456789abcdef0123456789abcdef";

    @TempDir
    Path folder;

    private final HubServer server = new HubServer();
    private final byte[] weights = new byte[300_000];
    private final List<String> shown = new CopyOnWriteArrayList<>();

    HubClientTests() {
        new Random(1).nextBytes(weights);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HubServer.Repository repository() {
        return server.repository("owner/model")
                .small("config.json", "{\"model_type\": \"mask2former\"}")
                .small("preprocessor_config.json", "{}")
                .small("README.md", "---\nlicense: mit\n---\n# A model\n")
                .large("model.safetensors", weights);
    }

    private HubSettings settings() {
        return HubSettings.of(folder.resolve("hub"))
                .withEndpoint(server.endpoint())
                .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5));
    }

    private static HubClient client(HubSettings settings) {
        return new HubClient(settings, time -> {}, Clock.systemUTC());
    }

    private HubClient client() {
        return client(settings());
    }

    private final ProgressListener listener = new ProgressListener() {
        @Override
        public void progress(String file, long done, long total) {}

        @Override
        public void licence(HubId id, String licence) {
            shown.add(id + ": " + licence);
        }
    };

    @Test
    void laysTheCacheOutAsTheHubsOwnClientDoes() throws IOException {
        String commit = repository().tip();

        Path snapshot = client().fetchModel(ID, listener);

        Path model = folder.resolve("hub/models--owner--model");
        assertThat(snapshot).isEqualTo(model.resolve("snapshots").resolve(commit));
        assertThat(snapshot.resolve("model.safetensors"))
                .hasBinaryContent(weights)
                .isSymbolicLink();
        assertThat(Files.readSymbolicLink(snapshot.resolve("model.safetensors")))
                .isEqualTo(Path.of("../../blobs", HubServer.sha256(weights)));
        assertThat(Files.readSymbolicLink(snapshot.resolve("preprocessor_config.json")))
                .isEqualTo(Path.of("../../blobs", HubServer.gitSha1("{}".getBytes(StandardCharsets.UTF_8))));
        assertThat(model.resolve("refs/main")).hasContent(commit);
        assertThat(folder.resolve("hub/CACHEDIR.TAG"))
                .content()
                .startsWith("Signature: 8a477f597d28d172789f06886806bc55");
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void asksOnceAndFetchesNothingWhenTheCacheIsUpToDate() {
        repository();
        client().fetchModel(ID, listener);
        server.forget();

        client().fetchModel(ID, listener);

        assertThat(server.requests()).extracting(HubServer.Request::method).containsOnly("HEAD");
        assertThat(server.requests())
                .hasSize(2)
                .allMatch(request -> request.path().endsWith("config.json"));
    }

    @Test
    void usesNoNetworkForACommitThatTheCacheHolds() {
        String commit = repository().tip();
        Path first = client().fetchModel(ID.at(commit), listener);
        server.forget();

        assertThat(client().fetchModel(ID.at(commit), listener)).isEqualTo(first);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void followsABranchThatMovesAndFetchesOnlyWhatChanged() {
        HubServer.Repository repository = repository();
        Path first = client().fetchModel(ID, listener);
        repository.commit(SECOND).small("config.json", "{\"changed\": true}");
        server.forget();

        Path second = client().fetchModel(ID, listener);

        assertThat(second).hasFileName(SECOND).isNotEqualTo(first);
        assertThat(second.resolve("config.json")).hasContent("{\"changed\": true}");
        assertThat(second.resolve("model.safetensors")).hasBinaryContent(weights);
        assertThat(server.gets("storage")).isEmpty();
        assertThat(first.resolve("config.json")).exists();
        assertThat(folder.resolve("hub/models--owner--model/refs/main")).hasContent(SECOND);
    }

    @Test
    void takesTagsAndPullRequests() {
        HubServer.Repository repository = repository().revision("v1").revision("refs/pr/3");
        String tagged = repository.tip();
        repository.commit(SECOND).small("config.json", "{\"changed\": true}");

        assertThat(client().fetchModel(ID.at("v1"), listener)).hasFileName(tagged);
        assertThat(client().fetchModel(ID.at("refs/pr/3"), listener)).hasFileName(tagged);
        assertThat(folder.resolve("hub/models--owner--model/refs/refs/pr/3")).hasContent(tagged);
        assertThat(server.requests()).anyMatch(request -> request.path().contains("/resolve/refs%2Fpr%2F3/"));
    }

    @Test
    void fetchesEveryShardThatTheIndexNames() {
        server.repository("owner/model")
                .small("config.json", "{}")
                .small(
                        "model.safetensors.index.json",
                        "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\":"
                                + " \"model-00002-of-00002.safetensors\", \"c\": \"model-00001-of-00002.safetensors\"}}")
                .large("model-00001-of-00002.safetensors", weights)
                .large("model-00002-of-00002.safetensors", new byte[] {1, 2, 3});

        Path snapshot = client().fetchModel(ID, listener);

        assertThat(snapshot.resolve("model-00001-of-00002.safetensors")).hasBinaryContent(weights);
        assertThat(snapshot.resolve("model-00002-of-00002.safetensors")).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(server.gets("storage")).hasSize(2);
        assertThat(client(settings().withOffline(true)).cachedModel(ID)).contains(snapshot);
    }

    @Test
    void takesTheOlderFormOfWeightsWhereThereIsNoOther() {
        server.repository("owner/model").small("config.json", "{}").large("pytorch_model.bin", weights);

        Path snapshot = client().fetchModel(ID, listener);

        assertThat(snapshot.resolve("pytorch_model.bin")).hasBinaryContent(weights);
        assertThat(snapshot.resolve("model.safetensors")).doesNotExist();
        Path missing = folder.resolve("hub/models--owner--model/.no_exist").resolve(snapshot.getFileName());
        assertThat(missing.resolve("model.safetensors")).isEmptyFile();
        assertThat(missing.resolve("preprocessor_config.json")).isEmptyFile();
    }

    @Test
    void showsTheLicenceOnceAndBeforeTheWeights() {
        repository();
        List<String> events = new ArrayList<>();
        ProgressListener both = new ProgressListener() {
            @Override
            public void progress(String file, long done, long total) {
                if (!events.contains(file)) {
                    events.add(file);
                }
            }

            @Override
            public void licence(HubId id, String licence) {
                events.add("licence " + licence);
            }
        };

        client().fetchModel(ID, both);
        client().fetchModel(ID, both);

        assertThat(events)
                .containsExactly(
                        "config.json", "preprocessor_config.json", "README.md", "licence mit", "model.safetensors");
    }

    @Test
    void saysThatNoLicenceIsStated() {
        server.repository("owner/model").small("config.json", "{}").large("model.safetensors", weights);

        client().fetchModel(ID, listener);

        assertThat(shown).containsExactly("owner/model: not stated on its page, " + server.endpoint() + "/owner/model");
        assertThat(client().licence(ID)).isEmpty();
    }

    @Test
    void asksTheHubsDescriptionWhereTheReadmeStatesNone() {
        repository().small("README.md", "# No front matter").licence("apache-2.0");

        assertThat(client().licence(ID)).contains("apache-2.0");
        client().fetchModel(ID, listener);
        assertThat(shown).containsExactly("owner/model: apache-2.0");
    }

    @Test
    void fillsInTheOriginalsLicenceForTheAuthorsOwnUploads() {
        HubId original = HubId.parse("facebook/mask2former-swin-tiny-coco-panoptic");
        server.repository(original.model())
                .small("config.json", "{}")
                .small("README.md", "---\nlicense: other\n---\n")
                .large("model.safetensors", weights);

        client().fetchModel(original, listener);

        assertThat(shown).hasSize(1).first().asString().contains("CC-BY-NC-4.0").contains("not stated on the hub");
        assertThat(client(settings().withOffline(true)).licence(original))
                .hasValueSatisfying(text -> assertThat(text).contains("CC-BY-NC-4.0"));
    }

    @Test
    void worksOfflineFromTheCache() {
        repository();
        Path online = client().fetchModel(ID, listener);
        server.forget();
        HubClient offline = client(settings().withOffline(true));

        assertThat(offline.fetchModel(ID, listener)).isEqualTo(online);
        assertThat(offline.cachedModel(ID)).contains(online);
        assertThat(offline.licence(ID)).contains("mit");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void usesTheCacheWhenTheHubCannotBeReachedOrFails() {
        repository();
        Path online = client().fetchModel(ID, listener);

        server.fault("HEAD config.json", HubServer.status(503));
        assertThat(client().fetchModel(ID, listener)).isEqualTo(online);
        server.fault("HEAD config.json", HubServer.status(401, "X-Error-Code", "GatedRepo"));
        assertThat(client().fetchModel(ID, listener)).isEqualTo(online);
        server.fault("HEAD config.json", HubServer.status(200));
        assertThat(client().fetchModel(ID, listener)).as("no hub answers").isEqualTo(online);

        server.close();
        assertThat(client().fetchModel(ID, listener)).isEqualTo(online);
    }

    @Test
    void aRevisionThatIsGoneIsAnErrorEvenWithACache() {
        repository();
        client().fetchModel(ID, listener);

        assertThatThrownBy(() -> client().fetchModel(ID.at("v9"), listener))
                .isInstanceOfSatisfying(
                        HubException.class,
                        e -> assertThat(e.reason()).isEqualTo(HubException.Reason.REVISION_NOT_FOUND))
                .hasMessageContaining("v9");
    }

    @Test
    void sendsTheTokenToTheHubOnly() {
        repository().ofToken("hf_right");

        client(settings().withToken("hf_right")).fetchModel(ID, listener);

        assertThat(server.requests()).extracting(HubServer.Request::server).contains("hub", "storage");
        assertThat(server.requests())
                .allSatisfy(request -> assertThat(request.authorization())
                        .isEqualTo(request.server().equals("hub") ? "Bearer hf_right" : "null"));
    }

    @Test
    void fetchesEachFileOnceForThreadsThatAskAtTheSameTime() throws Exception {
        repository();
        HubClient one = client();
        HubClient other = client();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Path>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                HubClient asked = i % 2 == 0 ? one : other;
                calls.add(() -> asked.fetchModel(ID, ProgressListener.NONE));
            }
            for (Future<Path> result : threads.invokeAll(calls)) {
                assertThat(result.get().resolve("model.safetensors")).hasBinaryContent(weights);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(server.gets("storage")).hasSize(1);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void linksHardOrCopiesWhereThereAreNoSymbolicLinks() throws IOException {
        repository();

        Path snapshot = client(settings().withSymlinks(false)).fetchModel(ID, listener);

        assertThat(snapshot.resolve("model.safetensors"))
                .hasBinaryContent(weights)
                .isRegularFile();
        assertThat(Files.isSymbolicLink(snapshot.resolve("model.safetensors"))).isFalse();
        assertThat(client(settings().withOffline(true)).fetchModel(ID, listener))
                .isEqualTo(snapshot);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void mendsALinkWhoseBlobIsGone() throws IOException {
        String commit = repository().tip();
        Path snapshot = client().fetchModel(ID, listener);
        Files.delete(snapshot.resolveSibling("../blobs")
                .resolve(HubServer.sha256(weights))
                .normalize());
        assertThat(client().cachedModel(ID)).isEmpty();

        assertThat(client().fetchModel(ID.at(commit), listener).resolve("model.safetensors"))
                .hasBinaryContent(weights);
    }

    @Test
    void fetchesABlobAnewWhoseSizeIsWrong() throws IOException {
        repository();
        Path blob = folder.resolve("hub/models--owner--model/blobs").resolve(HubServer.sha256(weights));
        Files.createDirectories(blob.getParent());
        Files.write(blob, new byte[10]);

        assertThat(client().fetchModel(ID, listener).resolve("model.safetensors"))
                .hasBinaryContent(weights);
    }

    @Test
    void readsACacheThatCannotBeWritten() throws IOException {
        HubServer.Repository repository = repository();
        Path snapshot = client().fetchModel(ID, listener);
        // A file where folders would have to be made stands for missing rights, which do not bind root.
        Path refs = folder.resolve("hub/models--owner--model/refs");
        Files.delete(refs.resolve("main"));
        Files.delete(refs);
        Files.writeString(refs, "");

        assertThat(client().fetchModel(ID, listener)).isEqualTo(snapshot);
        assertThat(repository.tip()).isEqualTo(snapshot.getFileName().toString());
    }

    @Test
    void tellsHowLongTheHubTakesToAnswer() {
        assertThat(client().ping()).isPositive();
        server.close();
        assertThatThrownBy(() -> client().ping())
                .isInstanceOf(HubException.class)
                .hasMessageContaining("cannot connect");
        assertThatThrownBy(() -> client(settings().withOffline(true)).ping()).hasMessageContaining("HF_HUB_OFFLINE");
    }

    @Test
    void goesThroughTheProxyOfTheEnvironment() {
        repository();
        HubProxy proxy = new HubProxy("http://127.0.0.1:" + server.endpoint().getPort(), "", "other.example");
        HubSettings behind =
                settings().withEndpoint(URI.create("http://hub.invalid")).withProxy(proxy);

        // To the server behind the proxy's port a proxied request looks like its own: only its name cannot be resolved
        // here.
        assertThat(client(behind).ping()).isPositive();
        assertThatThrownBy(() -> client(behind.withProxy(new HubProxy(proxy.http(), "", ".invalid")))
                        .ping())
                .hasMessageContaining("cannot find the host hub.invalid");
    }

    private List<String> leftovers() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".incomplete") || name.endsWith(".tmp"))
                    .toList();
        }
    }
}
