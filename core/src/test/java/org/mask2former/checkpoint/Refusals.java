package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What every bad input must meet with. */
final class Refusals {
    /** A way to refuse things that leaves the reader with something to do. */
    private static final List<String> REMEDIES = List.of(
            "download",
            "choose",
            "save",
            "name ",
            "correct",
            "unpack",
            "number them",
            "remove",
            "is it ",
            "put its",
            "check ");

    private Refusals() {}

    /**
     * Asserts that converting the input fails with one clear line, which names the file, says this and a remedy, and that
     * nothing is left behind.
     */
    static void assertRefused(Path input, String what) throws IOException {
        assertRefused(input, what, input.getFileName().toString());
    }

    /** The same where the message is to name another file than the input. */
    static void assertRefused(Path input, String what, String named) throws IOException {
        Path folder = input.toAbsolutePath().getParent();
        List<Path> before = list(folder);
        assertThatThrownBy(() -> Converter.convert(input, folder.resolve("out"), false))
                .isInstanceOfSatisfying(CheckpointException.class, e -> {
                    assertThat(e.getMessage())
                            .contains(named)
                            .contains(what)
                            .containsAnyOf(REMEDIES.toArray(new String[0]));
                    assertThat(e.getMessage().lines()).hasSize(1);
                    assertThat(e.getMessage().length()).isLessThan(600);
                });
        assertThat(list(folder)).isEqualTo(before);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
