package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Compat;
import org.mask2former.Fixtures;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.checkpoint.Converter;
import org.mask2former.result.PostProcessOptions;

/** What counts as a segment for a model that says so itself. */
class ModelsOwnRulesTests {
    @TempDir
    private Path temp;

    @Test
    void theyTakeThePlaceOfTheRuleBookButNotOfTransformers() throws IOException {
        Path own = temp.resolve("own");
        Converter.convert(Fixtures.path("tiny-swin"), own, false);
        Files.writeString(own.resolve("postprocessor_config.json"), """
                {"panoptic": {"score_threshold": 0.3}, "instance": {"nms_threshold": 0.7}}
                """);
        Path copy = temp.resolve("copy");
        Converter.convert(own, copy, false);

        try (Mask2Former model = Mask2Former.load(copy.toString());
                Mask2Former asInPython =
                        Mask2Former.load(copy.toString(), LoadOptions.defaults().withCompat(Compat.HF))) {
            assertThat(model.defaults(Task.PANOPTIC))
                    .isEqualTo(ruleBook(model, Compat.PAPER, Task.PANOPTIC).withScoreThreshold(0.3));
            assertThat(model.defaults(Task.INSTANCE))
                    .isEqualTo(ruleBook(model, Compat.PAPER, Task.INSTANCE).withNmsThreshold(0.7));
            for (Task task : Task.values()) {
                assertThat(asInPython.defaults(task)).isEqualTo(ruleBook(model, Compat.HF, task));
            }
        }
    }

    private static PostProcessOptions ruleBook(Mask2Former model, Compat compat, Task task) {
        return PostProcessOptions.defaults(compat, task, model.labels());
    }
}
