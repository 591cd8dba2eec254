package org.mask2former;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedTests {
    @TempDir
    private Path temp;

    @Test
    void whatIsBeingWrittenWhenTheProcessEndsIsDeletedAndWhatIsDoneStays() throws IOException {
        Path done = temp.resolve("done");
        AtomicFile.write(done, out -> out.write(1));
        Path folder = Files.createDirectory(temp.resolve("folder"));
        Files.writeString(folder.resolve("file"), "");
        Unfinished.add(folder);
        Unfinished.add(temp.resolve("never made"));
        try (AtomicFile file = AtomicFile.open(temp.resolve("half"))) {
            file.stream().write(1);
            file.stream().flush();
            Unfinished.end();
            try (var files = Files.list(temp)) {
                assertThat(files).containsExactly(done);
            }
        } finally {
            Unfinished.remove(folder);
            Unfinished.remove(temp.resolve("never made"));
        }
    }

    @Test
    void whatCanBeFinishedIsFinishedFirst() throws IOException {
        Path target = temp.resolve("list");
        AtomicFile file = AtomicFile.open(target);
        Runnable finisher = () -> {
            try (file) {
                file.stream().write(1);
                file.commit();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        Unfinished.finishFirst(finisher);
        try {
            Unfinished.end();
        } finally {
            Unfinished.forget(finisher);
        }
        try (var files = Files.list(temp)) {
            assertThat(files).containsExactly(target);
        }
    }

    @Test
    void tidyingComesLast() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("folder"));
        Path part = Files.writeString(folder.resolve("part"), "");
        Runnable tidier = () -> folder.toFile().delete();
        Unfinished.add(part);
        Unfinished.tidyLast(tidier);
        try {
            Unfinished.end();
        } finally {
            Unfinished.forget(tidier);
            Unfinished.remove(part);
        }
        assertThat(folder).doesNotExist();
    }
}
