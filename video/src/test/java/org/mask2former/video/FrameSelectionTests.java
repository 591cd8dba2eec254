package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameSelectionTests {
    private static final double INFINITE = Double.POSITIVE_INFINITY;

    @TempDir
    private Path temp;

    @Test
    void everyNthFrameFromStartToEnd() throws IOException {
        assertThat(indices(new FrameSelection(0, INFINITE, 1, INFINITE), 6, 10))
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(indices(new FrameSelection(0.2, 0.9, 3, INFINITE), 20, 10)).containsExactly(2L, 5L, 8L);
    }

    @Test
    void noMoreFramesASecondThanIsAsked() throws IOException {
        assertThat(indices(new FrameSelection(0, INFINITE, 1, 10), 25, 25)).hasSize(10);
        assertThat(indices(new FrameSelection(0, INFINITE, 1, 24), 25, 25)).hasSizeBetween(23, 25);
        assertThat(indices(new FrameSelection(0, INFINITE, 1, 25), 25, 25)).hasSize(25);
        assertThat(indices(new FrameSelection(0, INFINITE, 1, 100), 25, 25)).hasSize(25);
        assertThat(indices(new FrameSelection(0, INFINITE, 2, 1), 50, 25)).hasSize(2);
    }

    @Test
    void itSaysHowManyThereWillBeAndHowMuchFilmTheyAre() throws IOException {
        try (FrameSource source = new FrameSelection(1, 3, 2, INFINITE).of(frames(100, 25))) {
            assertThat(source.fps()).isEqualTo(12.5);
            assertThat(source.frames()).hasValue(25);
        }
        try (FrameSource source = new FrameSelection(1, 30, 1, 5).of(frames(100, 25))) {
            assertThat(source.fps()).isEqualTo(5);
            assertThat(source.frames()).hasValue(15);
        }
    }

    @Test
    void toSelectNothingIsAMistake() throws IOException {
        assertThatThrownBy(() -> indices(new FrameSelection(0.15, 0.19, 1, INFINITE), 6, 10))
                .isInstanceOf(VideoException.class)
                .hasMessage("folder: has no frames between 0.150 s and 0.190 s; select a longer part");
        assertThatThrownBy(() -> indices(new FrameSelection(9, INFINITE, 1, INFINITE), 6, 10))
                .hasMessage("folder: has no frames at 9.000 s or later");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> new FrameSelection(5, 4, 1, 1))
                .hasMessage(
                        "a film cannot be taken from 5.0 s to 4.0 s; the start must be 0 or more and the end after it");
        assertThatThrownBy(() -> new FrameSelection(0, 1, 0, 1)).hasMessage("the stride must be 1 or more, but is 0");
        assertThatThrownBy(() -> new FrameSelection(0, 1, 1, 0)).isInstanceOf(VideoException.class);
    }

    @Test
    void picturesOfOneSizeAreAFilm() throws IOException {
        List<Path> files =
                List.of(picture("1.png", 32, 24, 0), picture("2.png", 32, 24, 1), picture("3.png", 24, 32, 2));
        try (FrameSource source = new PictureFrames("folder", files, 10)) {
            assertThat(source.next()).isTrue();
            assertThat(source.next()).isTrue();
            assertThat(source.seconds()).isEqualTo(0.1);
            assertThat(Drawn.difference(source.image(), Drawn.frame(32, 24, 1))).isZero();
            assertThat(source.next()).isTrue();
            assertThatThrownBy(source::image)
                    .isInstanceOf(VideoException.class)
                    .hasMessage(files.get(2)
                            + ": is 24×32, but the film's first frame is 32×24; frames of one film have one" + " size");
            assertThat(source.next()).isFalse();
        }
        assertThatThrownBy(() -> new PictureFrames("folder", List.of(), 10)).hasMessage("folder: has no pictures");
    }

    private List<Long> indices(FrameSelection selection, int count, double fps) throws IOException {
        List<Long> indices = new ArrayList<>();
        try (FrameSource source = selection.of(frames(count, fps))) {
            while (source.next()) indices.add(source.index());
        }
        return indices;
    }

    private FrameSource frames(int count, double fps) throws IOException {
        Path picture = picture("picture.png", 32, 24, 0);
        return new PictureFrames("folder", java.util.Collections.nCopies(count, picture), fps);
    }

    private Path picture(String name, int width, int height, int number) throws IOException {
        Path file = temp.resolve(name);
        Drawn.frame(width, height, number).write(file);
        return file;
    }
}
