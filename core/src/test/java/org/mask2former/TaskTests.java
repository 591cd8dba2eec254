package org.mask2former;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskTests {
    @ParameterizedTest
    @CsvSource({
        "facebook/mask2former-swin-tiny-coco-panoptic, PANOPTIC",
        "facebook/mask2former-swin-tiny-coco-instance@main, INSTANCE",
        "models/Mask2Former-swin-large-ade-Semantic/, SEMANTIC",
        "model_final.pkl,",
        "semantic,"
    })
    void aModelsNameSaysWhatItIsTrainedFor(String model, Task task) {
        assertThat(Task.named(model)).isEqualTo(Optional.ofNullable(task));
    }
}
