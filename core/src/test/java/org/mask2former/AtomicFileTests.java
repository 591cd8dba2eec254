package org.mask2former;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTests {
    @TempDir
    Path folder;

    @Test
    void aFileAppearsWhenItIsCommittedAndReplacesWhatWasThere() throws IOException {
        Path target = folder.resolve("deep/er/file.txt");
        for (String text : List.of("first", "second")) {
            try (AtomicFile file = AtomicFile.open(target)) {
                file.stream().write(text.getBytes());
                assertThat(Files.exists(target)).isEqualTo(text.equals("second"));
                file.commit();
            }
            assertThat(target).hasContent(text);
        }
        assertThat(names(target.getParent())).containsExactly("file.txt");
    }

    @Test
    void withoutCommitNothingIsLeft() throws IOException {
        try (AtomicFile file = AtomicFile.open(folder.resolve("file.txt"))) {
            file.stream().write(1);
        }
        assertThat(names(folder)).isEmpty();
    }

    @Test
    void aFailureLeavesWhatWasThere() throws IOException {
        Path target = Files.writeString(folder.resolve("file.txt"), "old");
        assertThatThrownBy(() -> AtomicFile.write(target, out -> {
                    out.write(new byte[1 << 20]);
                    throw new IOException("No space left on device");
                }))
                .hasMessage("No space left on device");
        assertThat(target).hasContent("old");
        assertThat(names(folder)).containsExactly("file.txt");
    }

    @Test
    void aFailureOfAnyOtherKindLeavesItToo() throws IOException {
        Path target = Files.writeString(folder.resolve("file.txt"), "old");
        assertThatThrownBy(() -> AtomicFile.write(target, out -> {
                    throw new OutOfMemoryError("test");
                }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(target).hasContent("old");
        assertThat(names(folder)).containsExactly("file.txt");
    }

    @Test
    void theOldFileStaysWhileAChannelFillsTheNewOne() throws IOException {
        Path target = Files.writeString(folder.resolve("file.txt"), "old");
        try (AtomicFile file = AtomicFile.open(target)) {
            try (FileChannel channel = file.channel()) {
                channel.write(ByteBuffer.wrap("new".getBytes()));
            }
            assertThat(target).hasContent("old");
            file.commit();
        }
        assertThat(target).hasContent("new");
        assertThat(names(folder)).containsExactly("file.txt");
    }

    @Test
    void theFileHasTheUsualPermissions() throws IOException {
        Path usual = Files.writeString(folder.resolve("usual"), "");
        Path target = folder.resolve("target");
        AtomicFile.write(target, out -> out.write(1));
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            assertThat(Files.getPosixFilePermissions(target)).isEqualTo(Files.getPosixFilePermissions(usual));
        }
    }

    @Test
    void aFolderIsNotReplaced() {
        assertThatThrownBy(() -> AtomicFile.write(folder, out -> out.write(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it is a folder");
    }

    @Test
    void reasonsAreWordedForPeople() {
        assertThat(AtomicFile.reason(new IOException("No space left on device")))
                .isEqualTo("the disk is full (No space left on device); free some space");
        assertThat(AtomicFile.reason(new AccessDeniedException("/x"))).startsWith("permission denied; check");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
