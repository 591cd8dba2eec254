package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.Task;
import org.mask2former.data.Dataset;
import org.mask2former.image.Image;
import org.mask2former.image.PreprocessorConfig;

/** Batches of data sets that others made. They do not travel with the project: skipped where they are not beside it. */
class RealBatchTests {
    @TempDir
    private Path folder;

    @Test
    void facadesAreTrainedOnForAllTasks() {
        Dataset facade = dataset("facade");
        for (Task task : Task.values()) {
            try (SampleLoader loader = new SampleLoader(
                    facade, task, Augmentation.largeScaleJitter(128, 128), PreprocessorConfig.DEFAULT, 4, 3, 0)) {
                assertBatch(loader.batch(5), facade, task.name());
            }
        }
    }

    @Test
    void nucleiAreTrainedOn() {
        Dataset nuclei = dataset("nuclei");
        Augmentation augmentation =
                Augmentation.largeScaleJitter(96, 160).withTurns(true).withFlip(0.5);
        try (SampleLoader loader =
                new SampleLoader(nuclei, Task.INSTANCE, augmentation, PreprocessorConfig.DEFAULT, 4, 3, 1)) {
            assertBatch(loader.batch(0), nuclei, "nuclei");
        }
    }

    private void assertBatch(List<TrainingSample> batch, Dataset data, String name) {
        assertThat(batch).hasSize(4);
        assertThat(batch).extracting(s -> s.target().count()).as(name).anyMatch(n -> n > 0);
        Path sheet = folder.resolve(name + ".png");
        BatchSheet.write(batch, PreprocessorConfig.DEFAULT, data.labels(), sheet);
        Image drawn = Image.read(sheet);
        assertThat(drawn.width()).isEqualTo(2 * batch.get(0).width() + 24);
        assertThat(drawn.height()).isEqualTo(2 * batch.get(0).height() + 24);
    }

    private static Dataset dataset(String name) {
        Optional<Path> found = Fixtures.data(name);
        assumeThat(found).as("shared/data/%s beside the project", name).isPresent();
        Path recipe = Fixtures.root().resolve("recipes/data/" + name + ".yaml");
        return Dataset.open(recipe, "train", Optional.of(found.orElseThrow().getParent()));
    }
}
