package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.mask2former.checkpoint.HubException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches models from the hub into the cache that it shares with Python's huggingface_hub, and checkpoints from plain URLs.
 *
 * <p>Downloads resume where they broke, also in another process; sizes and checksums are checked before a file gets its
 * name; files fetched twice at once are fetched once. Without a network, or with a failing hub, a model that the cache
 * holds is used with one line of warning. Failures are {@link HubException}s with one line that says what to do.
 *
 * <p>Safe for several threads.
 */
public final class HubClient {
    private static final Logger LOG = LoggerFactory.getLogger(HubClient.class);
    private static final int ATTEMPTS = 3;

    private final HubSettings settings;
    private final HubCache cache;
    private final HubHttp http;
    private final HubErrors errors;
    private final HubRetry.Pause pause;
    private final DownloadUrl urls;
    private final HubLicences licences;

    HubClient(HubSettings settings, HubRetry.Pause pause, Clock clock) {
        this.settings = settings;
        this.pause = pause;
        this.cache = new HubCache(settings.cache(), settings.symlinks());
        this.http = new HubHttp(settings);
        this.errors = new HubErrors(settings, clock);
        this.urls = new DownloadUrl(settings, http, errors, pause);
        this.licences = new HubLicences(settings, cache, http, errors);
    }

    /** A client; it opens no connection until one is needed. */
    public static HubClient create(HubSettings settings) {
        return new HubClient(settings, time -> Thread.sleep(time.toMillis()), Clock.systemUTC());
    }

    public HubSettings settings() {
        return settings;
    }

    /**
     * Fetches what a model needs and the cache lacks: config.json, preprocessor_config.json where there is one, README.md
     * (for the licence), and the weights as model.safetensors or pytorch_model.bin, single or in shards.
     *
     * @return the snapshot's folder in the cache, in the hub's layout
     * @throws HubException if it cannot be had
     * @throws CheckpointException if the index of its shards is none
     */
    public Path fetchModel(HubId id, ProgressListener listener) {
        Optional<Path> cached = cachedModel(id);
        if (cached.isPresent() && (settings.offline() || id.isCommit())) {
            return cached.get();
        }
        if (settings.offline()) {
            throw offline(id);
        }
        String commit;
        try {
            commit = describe(id, id.revision(), ModelFiles.CONFIG, cached.isPresent() ? 1 : ATTEMPTS)
                    .commit();
        } catch (HubException e) {
            if (cached.isPresent() && cacheMayStandIn(e)) {
                LOG.warn("{}; using the copy of {} in the cache", e.getMessage(), id);
                return cached.get();
            }
            throw cached.isEmpty() && e.reason() == Reason.UNREACHABLE ? notCached(e, id) : e;
        }
        Path snapshot = cache.snapshot(id, commit);
        fetchFile(id, commit, ModelFiles.CONFIG, listener);
        fetchIfThere(id, commit, ModelFiles.PREPROCESSOR, listener);
        if (!HubModelFiles.missingWeights(snapshot).isEmpty()) {
            fetchIfThere(id, commit, HubModelFiles.README, listener);
            listener.licence(
                    id,
                    licences.of(id, commit)
                            .orElse("not stated on its page, " + settings.endpoint() + "/" + id.model()));
            fetchWeights(id, commit, listener);
        }
        rememberCommit(id, commit);
        return snapshot;
    }

    /** The folder of a model that the cache holds whole, without using the network. */
    public Optional<Path> cachedModel(HubId id) {
        return cache.commit(id)
                .map(commit -> cache.snapshot(id, commit))
                .filter(snapshot -> HubModelFiles.missing(snapshot).isEmpty());
    }

    /**
     * The licence that a model's page states, from the cache or else from the hub; for the original authors' own uploads
     * that state none, a sentence with the licence their repository states. Empty if it is not known, or the hub cannot be
     * asked.
     */
    public Optional<String> licence(HubId id) {
        Optional<String> commit = cache.commit(id);
        boolean cached =
                commit.flatMap(c -> cache.file(id, c, HubModelFiles.README)).isPresent();
        if (cached || settings.offline()) {
            return commit.flatMap(c -> licences.of(id, c)).or(() -> HubLicence.ofOwner(id));
        }
        try {
            String newest = describe(id, id.revision(), ModelFiles.CONFIG, 1).commit();
            fetchIfThere(id, newest, HubModelFiles.README, ProgressListener.NONE);
            return licences.of(id, newest);
        } catch (HubException e) {
            LOG.debug("{}: the hub cannot be asked for the licence", id, e);
            return HubLicence.ofOwner(id);
        }
    }

    /**
     * Fetches a file of any web server.
     *
     * @param target the file to write; left alone if it has the right size already
     * @return target
     */
    public Path downloadFile(URI uri, Path target, ProgressListener listener) {
        return urls.fetch(uri, target, DownloadCheck.NONE, listener);
    }

    /** As {@link #downloadFile(URI, Path, ProgressListener)}, and checks the SHA-256, 64 hexadecimal digits. */
    public Path downloadFile(URI uri, Path target, String sha256, ProgressListener listener) {
        return urls.fetch(uri, target, DownloadCheck.sha256(sha256), listener);
    }

    /**
     * Fetches a checkpoint of any web server into the cache's folder of assets, or finds it there.
     *
     * @return its path
     */
    public Path fetchUrl(URI uri, ProgressListener listener) {
        return urls.fetch(uri, urls.place(uri), DownloadCheck.NONE, listener);
    }

    /**
     * Asks the hub for a sign of life.
     *
     * @return how long the answer took
     * @throws HubException saying why there was none
     */
    public Duration ping() {
        if (settings.offline()) {
            throw new HubException(
                    Reason.OFFLINE, "HF_HUB_OFFLINE is set: the hub is not used; unset it to fetch models");
        }
        long start = System.nanoTime();
        http.head(settings.endpoint(), true).close();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void fetchWeights(HubId id, String commit, ProgressListener listener) {
        for (String weights : HubModelFiles.WEIGHTS) {
            if (fetchIfThere(id, commit, weights, listener).isPresent()) {
                return;
            }
            Optional<Path> index = fetchIfThere(id, commit, HubModelFiles.index(weights), listener);
            if (index.isPresent()) {
                HubModelFiles.shards(index.get()).forEach(shard -> fetchFile(id, commit, shard, listener));
                return;
            }
        }
        throw new HubException(
                Reason.FILE_NOT_FOUND,
                id + " has no weights: neither " + String.join(" nor ", HubModelFiles.WEIGHTS)
                        + ", single or with an index; see which files it has at " + settings.endpoint() + "/"
                        + id.model()
                        + "/tree/" + id.revision());
    }

    private Optional<Path> fetchIfThere(HubId id, String commit, String file, ProgressListener listener) {
        if (cache.isKnownMissing(id, commit, file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(fetchFile(id, commit, file, listener));
        } catch (HubException e) {
            if (e.reason() != Reason.FILE_NOT_FOUND) {
                throw e;
            }
            try {
                cache.rememberMissing(id, commit, file);
            } catch (HubException unwritable) {
                LOG.debug("{}: that it has no {} is not remembered", id, file, unwritable);
            }
            return Optional.empty();
        }
    }

    private Path fetchFile(HubId id, String commit, String file, ProgressListener listener) {
        Optional<Path> cached = cache.file(id, commit, file);
        if (cached.isPresent()) {
            return cached.get();
        }
        HubFile described = describe(id, commit, file, ATTEMPTS);
        Path blob = cache.blob(id, described.etag());
        URI source = source(id, commit, file);
        return cache.locked(id, described.etag(), source, () -> {
            if (!isWhole(blob, described.size())) {
                new DownloadJob(
                                source,
                                file,
                                id + ": " + file,
                                cache.partial(blob),
                                blob,
                                described.size(),
                                DownloadCheck.ofEtag(described.etag()),
                                "",
                                refusal -> errors.ofModel(refusal, id, file))
                        .run(http, pause, () -> {}, listener);
            }
            return cache.link(id, blob, commit, file);
        });
    }

    private HubFile describe(HubId id, String revision, String file, int attempts) {
        HubRetry retry = new HubRetry(attempts, pause);
        while (true) {
            try (HubResponse response = http.head(source(id, revision, file), true)) {
                if (response.status() >= 400) {
                    throw errors.ofModel(response, id, file);
                }
                return HubFile.of(response, id, file);
            } catch (HubException e) {
                retry.after(e);
            }
        }
    }

    /** A file's address, each part escaped; a revision's slashes too, as the hub wants them. */
    private URI source(HubId id, String revision, String file) {
        String path = String.join(
                "/", Arrays.stream(file.split("/")).map(HubClient::escape).toList());
        return URI.create(settings.endpoint() + "/" + id.model() + "/resolve/" + escape(revision) + "/" + path);
    }

    private static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** A blob is known by its name; its size is compared too, since that costs nothing. */
    private static boolean isWhole(Path blob, long size) {
        try {
            return Files.isRegularFile(blob) && (size < 0 || Files.size(blob) == size);
        } catch (IOException e) {
            throw DownloadFailures.ofDisk(e, blob);
        }
    }

    /** The branch is remembered once all its files are there, so that offline mode never finds half a model. */
    private void rememberCommit(HubId id, String commit) {
        try {
            cache.rememberCommit(id, commit);
        } catch (HubException e) {
            // A cache that can only be read serves as long as it holds the model.
            LOG.warn("{}; {} will not be found without a network", e.getMessage(), id);
        }
    }

    /** Whatever may be wrong with the hub; not a revision or file that it says does not exist. */
    private static boolean cacheMayStandIn(HubException e) {
        return switch (e.reason()) {
            case UNREACHABLE, BUSY, BAD_ANSWER, FORBIDDEN, GATED, REPOSITORY_NOT_FOUND -> true;
            default -> false;
        };
    }

    private HubException offline(HubId id) {
        return new HubException(
                Reason.OFFLINE,
                id + " is not in the cache " + settings.cache() + " (" + missing(id) + ") and HF_HUB_OFFLINE forbids"
                        + " fetching it; unset HF_HUB_OFFLINE once, or copy "
                        + cache.repository(id).getFileName()
                        + " there from a machine that has it");
    }

    private HubException notCached(HubException e, HubId id) {
        return e.withMessage(e.getMessage() + "; " + id + " is not in the cache " + settings.cache() + " ("
                + missing(id) + ") either");
    }

    private String missing(HubId id) {
        return cache.commit(id)
                .map(commit -> "missing: " + String.join(", ", HubModelFiles.missing(cache.snapshot(id, commit))))
                .orElse("nothing of " + (Files.exists(cache.repository(id)) ? "this revision" : "this model"));
    }
}
