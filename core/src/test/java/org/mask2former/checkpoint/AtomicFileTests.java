package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTests {
    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void anOldFile() throws IOException {
        target = Files.writeString(folder.resolve("target"), "old");
    }

    @Test
    void theOldFileStaysUntilTheNewOneIsComplete() {
        AtomicFile.write(target, temporary -> {
            Files.writeString(temporary, "new");
            assertThat(target).hasContent("old");
        });
        assertThat(target).hasContent("new");
        assertThat(files()).containsExactly(target);
    }

    @Test
    void theNewFileHasTheRightsOfAnyNewFile() throws IOException {
        assumeThat(folder.getFileSystem().supportedFileAttributeViews())
                .as("rights of files as POSIX has them")
                .contains("posix");
        Path ordinary = Files.writeString(folder.resolve("ordinary"), "x");
        AtomicFile.write(target, temporary -> Files.writeString(temporary, "new"));
        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(Files.getPosixFilePermissions(ordinary));
    }

    @Test
    void aFullDiskLeavesTheOldFileAndAClearLine() {
        assertThatThrownBy(() -> AtomicFile.write(target, temporary -> {
                    Files.writeString(temporary, "half");
                    throw new FileSystemException(temporary.toString(), null, "No space left on device");
                }))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("cannot write " + target
                        + ": No space left on device; check the free space and the folder's permissions");
        assertThat(target).hasContent("old");
        assertThat(files()).containsExactly(target);
    }

    @Test
    void aFailureOfAnyOtherKindLeavesTheOldFileToo() {
        assertThatThrownBy(() -> AtomicFile.write(target, temporary -> {
                    throw new OutOfMemoryError("test");
                }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(target).hasContent("old");
        assertThat(files()).containsExactly(target);
    }

    private Stream<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
