package org.mask2former.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.mask2former.checkpoint.BundledModel;
import org.mask2former.checkpoint.CheckpointFit;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.ModelLocation;
import org.mask2former.checkpoint.ProgressListener;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.ops.DType;
import org.mask2former.result.Labels;

/** What comes with the program is what the index says, whole, and small. */
class BundledModelsTests {
    private static final long MOST_BYTES = 20_000_000;

    @Test
    void everyModelIsWholeAndSmall() throws IOException {
        assertThat(BundledModel.all()).extracting(BundledModel::name).containsExactly("facades", "nuclei");
        for (BundledModel model : BundledModel.all()) {
            Path folder =
                    ModelLocation.find(model.name(), HubSettings.of(Path.of("target", "cache")), ProgressListener.NONE);
            Path weights = folder.resolve("model.safetensors");
            assertThat(sha256(weights)).as(model.name()).isEqualTo(model.sha256());
            assertThat(Files.size(weights)).as(model.name()).isLessThan(MOST_BYTES);
            try (ModelFiles files = ModelFiles.open(folder)) {
                CheckpointFit.check(new Mask2FormerNetwork(files.config()).parameters(), files.weights());
                assertThat(files.weights().names())
                        .as(model.name())
                        .allSatisfy(name -> assertThat(files.weights().dtype(name))
                                .isIn(DType.F16, DType.I64)); // I64: counters of batch norms
                assertThat(Labels.read(folder.resolve("labels.json")).size())
                        .isEqualTo(files.config().numClasses());
            }
            assertThat(Files.readString(folder.resolve("README.md")))
                    .as("the card of %s", model.name())
                    .startsWith("---\nlicense: ")
                    .contains("## Data", "## How it was trained", "## How good it is", "## Limits");
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readAllBytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
