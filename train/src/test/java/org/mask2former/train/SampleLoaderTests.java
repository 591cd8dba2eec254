package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.Annotation;
import org.mask2former.data.Sample;
import org.mask2former.image.PictureSize;
import org.mask2former.image.PreprocessorConfig;

class SampleLoaderTests {
    private static final Augmentation AUGMENTATION = Augmentation.shortestEdge(32, 64);
    private static final SampleLoader.Settings FOUR = SampleLoader.Settings.of(4, 17, 0);
    private static final long PATIENCE_MILLIS = 20_000;

    @TempDir
    private Path folder;

    @Test
    void everyEpochHasEveryPictureOnceInAnOrderOfItsOwn() {
        List<String> ids = new ArrayList<>();
        try (SampleLoader loader = loader(10, FOUR)) {
            for (long step = 0; step < 5; step++) {
                loader.batch(step).forEach(sample -> ids.add(sample.id()));
            }
        }
        List<String> first = ids.subList(0, 10);
        List<String> second = ids.subList(10, 20);
        assertThat(first).doesNotHaveDuplicates();
        assertThat(second).doesNotHaveDuplicates().isNotEqualTo(first);
    }

    @Test
    void aResumedRunSeesWhatTheUnbrokenOneSaw() {
        try (SampleLoader unbroken = loader(7, SampleLoader.Settings.of(4, 17, 2))) {
            for (long step = 0; step < 6; step++) {
                List<TrainingSample> batch = unbroken.batch(step);
                try (SampleLoader resumed = loader(7, FOUR.withCacheBytes(0))) {
                    assertSame(resumed.batch(step), batch);
                }
            }
            try (SampleLoader other = loader(7, FOUR)) { // a step that has gone by
                assertSame(unbroken.batch(1), other.batch(1));
            }
        }
    }

    @Test
    void aPictureLooksDifferentInEveryEpochAndRun() {
        List<float[]> looks = new ArrayList<>();
        try (SampleLoader loader = loader(1, FOUR);
                SampleLoader other = loader(1, SampleLoader.Settings.of(4, 18, 0))) {
            loader.batch(0).forEach(sample -> looks.add(sample.pixels()));
            loader.batch(1).forEach(sample -> looks.add(sample.pixels()));
            other.batch(0).forEach(sample -> looks.add(sample.pixels()));
        }
        assertThat(looks).hasSize(12).doesNotHaveDuplicates();
        for (int i = 0; i < looks.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertThat(looks.get(i)).isNotEqualTo(looks.get(j));
            }
        }
    }

    @Test
    void theSharesOfAllProcessesAreTheWholeBatch() {
        try (SampleLoader whole = loader(10, SampleLoader.Settings.of(6, 17, 0))) {
            for (long step = 0; step < 3; step++) {
                List<TrainingSample> shares = new ArrayList<>();
                for (int rank = 0; rank < 3; rank++) {
                    SampleLoader.Settings part =
                            SampleLoader.Settings.of(6, 17, 1).withShard(new Shard(rank, 3));
                    try (SampleLoader loader = loader(10, part)) {
                        assertThat(loader.batch(step)).hasSize(2);
                        shares.addAll(loader.batch(step));
                    }
                }
                assertSame(shares, whole.batch(step));
            }
        }
    }

    @Test
    void theNextStepsAreMadeAheadAndNoMore() throws InterruptedException {
        Pictures.Drawn data = Pictures.Drawn.in(folder, 100);
        try (SampleLoader loader = loader(data, SampleLoader.Settings.of(4, 17, 1))) {
            loader.batch(0);
            waitFor(() -> data.read().size() == 12);
            loader.batch(1);
            waitFor(() -> data.read().size() == 16);
            Thread.sleep(50);
            assertThat(data.read()).hasSize(16).doesNotHaveDuplicates();
        }
    }

    @Test
    void picturesStayInMemoryAsLongAsTheyFit() {
        Pictures.Drawn data = Pictures.Drawn.in(folder, 8);
        long each = 3 * 48 * 40 + 1000;
        try (SampleLoader all = loader(data, FOUR);
                SampleLoader some = loader(data, FOUR.withCacheBytes(3 * each));
                SampleLoader none = loader(data, FOUR.withCacheBytes(0))) {
            assertThat(readIn(all, data)).isEqualTo(8);
            assertThat(readIn(some, data)).isEqualTo(8 + 2 * 5);
            assertThat(readIn(none, data)).isEqualTo(24);
        }
    }

    /** How many pictures are read in three epochs of eight. */
    private static int readIn(SampleLoader loader, Pictures.Drawn data) {
        data.read().clear();
        for (long step = 0; step < 6; step++) {
            loader.batch(step);
        }
        return data.read().size();
    }

    @Test
    void aBadPictureIsNamed() throws IOException {
        Pictures.Drawn data = Pictures.Drawn.in(folder, 4);
        Files.writeString(folder.resolve("picture2.png"), "no picture");
        for (int workers = 0; workers < 3; workers++) {
            try (SampleLoader loader = loader(data, SampleLoader.Settings.of(4, 17, workers))) {
                assertThatThrownBy(() -> loader.batch(0))
                        .isInstanceOf(Mask2FormerException.class)
                        .hasMessageContaining(folder.resolve("picture2.png").toString());
            }
        }
    }

    @Test
    void aPictureThatFailsForAReasonNobodyThoughtOfIsNamed() {
        Pictures.Drawn data = Pictures.Drawn.in(folder, 2);
        Pictures.Drawn broken = new Pictures.Drawn(
                List.of(data.get(0), new Sample("odd", data.get(1).image(), new Sample.Reader() {
                    @Override
                    public Annotation read(Task task) {
                        throw new IndexOutOfBoundsException("5");
                    }

                    @Override
                    public PictureSize size() {
                        throw new IndexOutOfBoundsException("5");
                    }
                })),
                data.read());
        try (SampleLoader loader = loader(broken, FOUR)) {
            assertThatThrownBy(() -> loader.batch(0))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("picture1.png")
                    .hasMessageContaining("IndexOutOfBounds");
        }
    }

    @Test
    void anotherPictureTakesThePlaceOfABadOneTheSameInEveryRun() throws IOException {
        Pictures.Drawn data = Pictures.Drawn.in(folder, 4);
        Files.writeString(folder.resolve("picture2.png"), "no picture");
        SampleLoader.Settings skip = FOUR.withOnBadPicture(OnBadPicture.SKIP);
        try (SampleLoader loader = loader(data, skip);
                SampleLoader again = loader(data, skip)) {
            List<TrainingSample> batch = loader.batch(0);
            assertThat(batch).hasSize(4).extracting(TrainingSample::id).doesNotContain("picture2");
            assertSame(again.batch(0), batch);
            assertThat(loader.badPictures())
                    .containsOnlyKeys("picture2")
                    .hasEntrySatisfying(
                            "picture2", message -> assertThat(message).contains("picture2.png"));
        }
        for (int i = 0; i < 4; i++) {
            Files.writeString(folder.resolve("picture" + i + ".png"), "no picture");
        }
        try (SampleLoader loader = loader(data, skip)) {
            assertThatThrownBy(() -> loader.batch(0))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("too many pictures of drawn");
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        Pictures.Drawn data = Pictures.Drawn.in(folder, 1);
        assertThatThrownBy(
                        () -> new SampleLoader(data, Task.PANOPTIC, AUGMENTATION, PreprocessorConfig.DEFAULT, 4, 17, 0))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("annotated for [INSTANCE]");
        assertThatThrownBy(() -> loader(new Pictures.Drawn(List.of(), List.of()), FOUR))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("drawn has no pictures");
        assertThatThrownBy(() -> FOUR.withShard(new Shard(0, 3))).hasMessageContaining("batch of 4");
        assertThatThrownBy(() -> new Shard(2, 2)).hasMessageContaining("process 2 of 2");
        SampleLoader closed = loader(data, FOUR);
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.batch(0)).isInstanceOf(IllegalStateException.class);
    }

    private interface Condition {
        boolean holds();
    }

    private static void waitFor(Condition condition) throws InterruptedException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.holds()) {
            assertThat(System.currentTimeMillis()).as("made in time").isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    private static void assertSame(List<TrainingSample> actual, List<TrainingSample> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i).id()).isEqualTo(expected.get(i).id());
            assertThat(actual.get(i).pixels()).isEqualTo(expected.get(i).pixels());
            assertThat(actual.get(i).target().classes())
                    .isEqualTo(expected.get(i).target().classes());
            assertThat(actual.get(i).target().masks().data())
                    .isEqualTo(expected.get(i).target().masks().data());
        }
    }

    private SampleLoader loader(int pictures, SampleLoader.Settings settings) {
        return loader(Pictures.Drawn.in(folder, pictures), settings);
    }

    private static SampleLoader loader(Pictures.Drawn data, SampleLoader.Settings settings) {
        return new SampleLoader(data, Task.INSTANCE, AUGMENTATION, PreprocessorConfig.DEFAULT, settings);
    }
}
