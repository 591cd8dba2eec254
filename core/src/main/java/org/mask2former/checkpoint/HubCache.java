package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.mask2former.checkpoint.HubException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub's cache as huggingface_hub lays it out (file_download.py), shared with Python:
 *
 * <pre>
 * models--owner--name/refs/main                      the commit that a branch or tag was last seen at
 * models--owner--name/blobs/ETAG                     each file once, under its hash
 * models--owner--name/snapshots/COMMIT/config.json   relative symbolic links to the blobs
 * models--owner--name/.no_exist/COMMIT/FILE          what the commit is known not to have
 * .locks/models--owner--name/ETAG.lock
 * </pre>
 *
 * <p>Reading never fails: what cannot be read is not there. Writing throws {@link HubException} with reason {@code DISK}. Every
 * file appears whole under its name or not at all. Safe for several threads and processes.
 */
final class HubCache {
    private static final Logger LOG = LoggerFactory.getLogger(HubCache.class);
    private static final Pattern SAFE_ETAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** Not {@code .incomplete} alone, to which older versions of huggingface_hub append without checking a hash. */
    private static final String PARTIAL_SUFFIX = ".m2f.incomplete";

    private final Path root;
    private final boolean symlinks;

    HubCache(Path root, boolean symlinks) {
        this.root = root;
        this.symlinks = symlinks;
    }

    /** A model's folder. */
    Path repository(HubId id) {
        return root.resolve("models--" + id.owner() + "--" + id.name());
    }

    /** The folder of one commit's files. */
    Path snapshot(HubId id, String commit) {
        return repository(id).resolve("snapshots").resolve(commit);
    }

    /** The commit that the revision was last seen at, or that it is. */
    Optional<String> commit(HubId id) {
        if (id.isCommit()) {
            return Optional.of(id.revision());
        }
        try {
            Path ref = ref(id);
            return Files.isRegularFile(ref)
                    ? Optional.of(Files.readString(ref).strip()).filter(HubId::isCommit)
                    : Optional.empty();
        } catch (IOException e) {
            LOG.debug("{}: the cache's reference cannot be read", id, e);
            return Optional.empty();
        }
    }

    /** A file of a commit, if the cache has it. */
    Optional<Path> file(HubId id, String commit, String file) {
        return Optional.of(pointer(id, commit, file)).filter(Files::isRegularFile);
    }

    /** Whether the commit is known not to have a file. */
    boolean isKnownMissing(HubId id, String commit, String file) {
        return Files.exists(inside(id, ".no_exist/" + commit, file));
    }

    /** Remembers that a commit does not have a file. */
    void rememberMissing(HubId id, String commit, String file) {
        Path marker = inside(id, ".no_exist/" + commit, file);
        write(marker, "");
    }

    /** Remembers which commit a branch or tag is at. */
    void rememberCommit(HubId id, String commit) {
        if (!id.isCommit() && !commit(id).equals(Optional.of(commit))) {
            write(ref(id), commit);
        }
    }

    Path blob(HubId id, String etag) {
        if (!SAFE_ETAG.matcher(etag).matches()) {
            throw new HubException(
                    Reason.BAD_ANSWER,
                    id + ": the server names a file's content \"" + etag + "\", as no hub does; check HF_ENDPOINT");
        }
        return repository(id).resolve("blobs").resolve(etag);
    }

    /** Where a blob gathers while it is fetched. */
    Path partial(Path blob) {
        return blob.resolveSibling(blob.getFileName() + PARTIAL_SUFFIX);
    }

    /** Does the work while nobody else fetches the same blob. */
    Path locked(HubId id, String etag, URI what, Supplier<Path> work) {
        tag();
        Path locks = root.resolve(".locks").resolve(repository(id).getFileName());
        return HubLock.holding(locks.resolve(etag + ".lock"), what, work);
    }

    /**
     * Gives a blob its name in a snapshot.
     *
     * @return that name's path
     */
    Path link(HubId id, Path blob, String commit, String file) {
        Path pointer = pointer(id, commit, file);
        if (Files.isRegularFile(pointer)) {
            return pointer;
        }
        Path made = pointer.resolveSibling("." + pointer.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(pointer.getParent());
            try {
                makeLink(blob, made);
                Files.move(made, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                // Also after success: moving one hard link over another of the same file leaves both.
                Files.deleteIfExists(made);
            }
        } catch (IOException e) {
            throw DownloadFailures.ofDisk(e, pointer);
        }
        return pointer;
    }

    /** A symbolic link; where there is none of that kind (Windows without developer mode), a hard link; else a copy. */
    private void makeLink(Path blob, Path made) throws IOException {
        if (symlinks) {
            try {
                Files.createSymbolicLink(
                        made, Objects.requireNonNull(made.getParent()).relativize(blob));
                return;
            } catch (UnsupportedOperationException | IOException e) {
                LOG.debug("no symbolic link at {}", made, e);
            }
        }
        try {
            Files.createLink(made, blob.toRealPath());
        } catch (UnsupportedOperationException | IOException e) {
            LOG.debug("no hard link at {}", made, e);
            Files.copy(blob, made);
        }
    }

    private Path pointer(HubId id, String commit, String file) {
        return inside(id, "snapshots/" + commit, file);
    }

    private Path ref(HubId id) {
        return inside(id, "refs", id.revision());
    }

    /** A name from a server or a file, which must not lead out of its folder. */
    private Path inside(HubId id, String part, String name) {
        try {
            Path folder = repository(id).resolve(part);
            Path path = folder.resolve(name).normalize();
            boolean plain = !name.contains("\\") && !name.isBlank() && !name.startsWith("/");
            if (plain && path.startsWith(folder.normalize()) && path.equals(folder.resolve(name))) {
                return path;
            }
        } catch (InvalidPathException e) {
            // Falls through to the one message for names that are none.
        }
        throw new HubException(
                Reason.BAD_ANSWER, id + ": \"" + name + "\" is not the name of a file in a repository; refused");
    }

    private void write(Path file, String text) {
        Path made = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(file.getParent());
            try {
                Files.writeString(made, text, StandardCharsets.US_ASCII);
                Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(made);
            }
        } catch (IOException e) {
            throw DownloadFailures.ofDisk(e, file);
        }
    }

    /** Marks the folder for backup tools (bford.info/cachedir). */
    private void tag() {
        Path tag = root.resolve("CACHEDIR.TAG");
        if (!Files.exists(tag)) {
            write(
                    tag,
                    "Signature: 8a477f597d28d172789f06886806bc55\n# This file marks a cache directory; see"
                            + " https://bford.info/cachedir/\n");
        }
    }
}
