package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;

/** Weights that stay as they are because {@code freeze} names them. */
class FreezeTests {
    private static final String ENCODER = "model.pixel_level_module.encoder.";

    @TempDir
    private Path folder;

    @Test
    void whatIsFrozenStaysToTheBitAndTheRestLearns() {
        SmallRun small = new SmallRun(folder);
        String[] frozen = {
            "freeze=['model\\.pixel_level_module\\.encoder\\..*']", "parts.val=none", "optimizer.moving_average=0"
        };
        Weights before = StartingPoint.of(small.config(frozen), List.of("car", "person"), Path::of)
                .weights();

        small.runFor(2, "run", frozen);

        try (Weights after = Safetensors.open(folder.resolve("run/weights/last.safetensors"))) {
            for (String name : before.names()) {
                float[] was = before.tensor(name).toFloats();
                float[] is = after.tensor(name).toFloats();
                if (name.startsWith(ENCODER)) { // the running statistics of its batch norms, too
                    assertThat(is).as(name).isEqualTo(was);
                } else if (name.endsWith("mask_projection.weight") || name.equals("class_predictor.weight")) {
                    assertThat(is).as(name).isNotEqualTo(was);
                }
            }
        }
    }

    @Test
    void aPatternThatNamesNothingIsRefusedAndSaysWhereTheNamesAre() {
        SmallRun small = new SmallRun(folder);
        assertThatThrownBy(() -> small.runFor(1, "run", "freeze=[backbone]"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("no weight's name matches 'backbone'")
                .hasMessageContaining("info --model MODEL --weights");
    }
}
