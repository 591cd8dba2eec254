package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubCacheTests {
    private static final HubId ID = HubId.parse("owner/model");
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    Path folder;

    private Path blob(HubCache cache) throws IOException {
        Path blob = cache.blob(ID, "etag");
        Files.createDirectories(blob.getParent());
        return Files.writeString(blob, "content");
    }

    @Test
    void linksIntoSubfoldersToo() throws IOException {
        HubCache cache = new HubCache(folder, true);

        Path pointer = cache.link(ID, blob(cache), COMMIT, "onnx/model.onnx");

        assertThat(Files.readSymbolicLink(pointer)).isEqualTo(Path.of("../../../blobs/etag"));
        assertThat(pointer).hasContent("content");
        assertThat(cache.file(ID, COMMIT, "onnx/model.onnx")).contains(pointer);
    }

    @Test
    void linksHardWithoutSymbolicLinks() throws IOException {
        HubCache cache = new HubCache(folder, false);
        Path blob = blob(cache);

        Path pointer = cache.link(ID, blob, COMMIT, "config.json");

        assertThat(Files.isSymbolicLink(pointer)).isFalse();
        assertThat(Files.isSameFile(pointer, blob)).isTrue();
    }

    @Test
    void copiesWhereAHardLinkIsImpossibleToo() throws IOException {
        Path elsewhere = Path.of("/dev/shm");
        assumeThat(elsewhere).as("a second file system (Linux)").isDirectory();
        assumeThat(Files.getFileStore(elsewhere)).as("another file system").isNotEqualTo(Files.getFileStore(folder));
        HubCache cache = new HubCache(folder, false);
        Path other = Files.createTempDirectory(elsewhere, "hub");
        try {
            Files.createDirectories(cache.repository(ID));
            Files.createSymbolicLink(cache.repository(ID).resolve("blobs"), other);
            Path blob = Files.writeString(cache.blob(ID, "etag"), "content");

            Path pointer = cache.link(ID, blob, COMMIT, "config.json");

            assertThat(pointer).hasContent("content");
            assertThat(Files.isSameFile(pointer, blob)).isFalse();
            assertThat(pointer.getParent()).isDirectoryNotContaining("glob:**.tmp");
        } finally {
            Files.deleteIfExists(other.resolve("etag"));
            Files.delete(other);
        }
    }

    @Test
    void trustsOnlyReferencesThatNameACommit() throws IOException {
        HubCache cache = new HubCache(folder, true);
        Path ref = cache.repository(ID).resolve("refs/main");
        Files.createDirectories(ref.getParent());

        Files.writeString(ref, "../../../elsewhere");
        assertThat(cache.commit(ID)).isEmpty();
        Files.writeString(ref, COMMIT + "\n");
        assertThat(cache.commit(ID)).contains(COMMIT);
        assertThat(cache.commit(ID.at(COMMIT))).contains(COMMIT);
        assertThat(cache.commit(ID.at("v1"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../../x", "/x", "a\\b", "", ".", "a/./b", "x\0y"})
    void neverLeavesItsFolders(String name) throws IOException {
        HubCache cache = new HubCache(folder, true);
        Path blob = blob(cache);

        assertThatThrownBy(() -> cache.link(ID, blob, COMMIT, name))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "a/b", "", ".x", "a b", "c:d"})
    void namesNoBlobAfterAStrangeEtag(String etag) {
        assertThatThrownBy(() -> new HubCache(folder, true).blob(ID, etag)).isInstanceOf(HubException.class);
    }
}
