package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

class CheckpointFitTests {
    private static final HostTensor TWO = HostTensor.of(new float[2], 2);

    private final Map<String, HostTensor> tensors = new LinkedHashMap<>();

    @Test
    void whatFitsPasses() {
        tensors.put("a.weight", TWO);
        assertThatCode(() -> check(new Parameter("a.weight", 2))).doesNotThrowAnyException();
    }

    @Test
    void entriesThatAreNoWeightsCountForNothing() {
        tensors.put("a.weight", TWO);
        for (String name : List.of(
                "model.pixel_level_module.encoder.encoder.layers.0.blocks.0.attention.self.relative_position_index",
                "model.pixel_level_module.encoder.embedder.embedder.normalization.num_batches_tracked",
                "model.pixel_level_module.encoder.swin.layernorm.weight",
                "criterion.empty_weight",
                "pixel_mean",
                "pixel_std")) {
            tensors.put(name, TWO);
        }
        assertThatCode(() -> check(new Parameter("a.weight", 2))).doesNotThrowAnyException();
    }

    @Test
    void allDifferencesComeInOneMessageGroupedByPart() {
        for (int i = 0; i < 5; i++) {
            tensors.put("ema.layers." + i + ".weight", TWO);
        }
        tensors.put("head.bias", TWO);
        CheckpointException e = failure(
                new Parameter("head.bias", 3),
                new Parameter("head.weight", 3, 2),
                new Parameter("body.layers.0.weight", 4),
                new Parameter("body.layers.1.weight", 4),
                new Parameter("body.layers.2.weight", 4),
                new Parameter("body.layers.3.weight", 4));
        assertThat(e.getMessage()).isEqualTo("""
                        test does not fit the model: of 6 weights expected, 5 missing, 1 of another shape, 5 unexpected; choose another checkpoint, or correct its config.json
                          missing:
                            head.weight [3, 2]
                            body.layers.… (4): body.layers.0.weight [4]; body.layers.1.weight [4]; body.layers.2.weight [4]; and 1 more
                          of another shape:
                            head.bias is [2], expected [3]
                          unexpected:
                            ema.layers.… (5): ema.layers.0.weight; ema.layers.1.weight; ema.layers.2.weight; and 2 more""".stripTrailing());
    }

    @Test
    void manyPartsAreCountedNotListed() {
        for (int i = 0; i < 100; i++) {
            tensors.put("part" + i + ".weight", TWO);
        }
        CheckpointException e = failure();
        assertThat(e.getMessage()).contains("100 unexpected").endsWith("and 92 more in other parts");
        assertThat(e.getMessage().lines()).hasSizeLessThan(15);
    }

    @Test
    void wholeNumbersAreNoWeights() {
        tensors.put("a.weight", HostTensor.of(new long[2], 2));
        assertThat(failure(new Parameter("a.weight", 2)))
                .hasMessageContaining("a.weight is of type I64, expected a floating-point type");
    }

    private CheckpointException failure(Parameter... expected) {
        return catchThrowableOfType(CheckpointException.class, () -> check(expected));
    }

    private void check(Parameter... expected) {
        CheckpointFit.check(List.of(expected), Weights.of("test", tensors));
    }
}
