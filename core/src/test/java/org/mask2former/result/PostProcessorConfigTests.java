package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

class PostProcessorConfigTests {
    @TempDir
    private Path folder;

    private void write(String json) {
        try {
            Files.writeString(folder.resolve("postprocessor_config.json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PostProcessOptions ruleBook(Task task) {
        return PostProcessOptions.defaults(Compat.PAPER, task, Golden.labels(1));
    }

    @Test
    void whatTheFileSaysTakesThePlaceOfTheRuleBook() {
        write("""
                {"panoptic": {"score_threshold": 0.5, "overlap_threshold": 0.6, "mask_threshold": 0.4},
                 "instance": {"nms_threshold": 0.7}}
                """);
        PostProcessorConfig config = PostProcessorConfig.in(folder);
        assertThat(config.applyTo(ruleBook(Task.PANOPTIC), Task.PANOPTIC))
                .isEqualTo(ruleBook(Task.PANOPTIC)
                        .withScoreThreshold(0.5)
                        .withOverlapThreshold(0.6)
                        .withMaskThreshold(0.4));
        assertThat(config.applyTo(ruleBook(Task.INSTANCE), Task.INSTANCE))
                .isEqualTo(ruleBook(Task.INSTANCE).withNmsThreshold(0.7));
        assertThat(config.applyTo(ruleBook(Task.SEMANTIC), Task.SEMANTIC)).isEqualTo(ruleBook(Task.SEMANTIC));
    }

    @Test
    void withoutTheFileTheRuleBookApplies() {
        assertThat(PostProcessorConfig.in(folder)).isEqualTo(PostProcessorConfig.NONE);
        assertThat(PostProcessorConfig.NONE.applyTo(ruleBook(Task.PANOPTIC), Task.PANOPTIC))
                .isEqualTo(ruleBook(Task.PANOPTIC));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"panoptic\": {\"score\": 0.5}} | panoptic.score is 0.5; there can be numbers called score_threshold,",
                "{\"instance\": {\"overlap_threshold\": 0.5}} | instance.overlap_threshold is 0.5; there can be",
                "{\"instance\": {\"nms_threshold\": \"low\"}} | instance.nms_threshold is \"low\"; there can be numbers",
                "{\"instance\": {\"nms_threshold\": 0}} | the NMS threshold must be more than 0 and at most 1, but is 0.0",
                "{\"semantic\": {}} | has 'semantic'; there can be 'instance' and 'panoptic'",
                "{\"instance\": | is no JSON",
            })
    void whatItCannotMeanIsRefused(String json, String message) {
        write(json);
        assertThatThrownBy(() -> PostProcessorConfig.in(folder))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("postprocessor_config.json")
                .hasMessageContaining(message);
    }
}
