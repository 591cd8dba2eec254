package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ModelCost;
import org.mask2former.torch.AutogradOptions;

class StepBenchmarkTests {
    @Test
    void itsStepsLearn() {
        ModelConfig config = ConfigJson.read(Fixtures.path("tiny-swin/config.json"));
        try (Weights source = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"));
                StepBenchmark steps = new StepBenchmark(
                        config, source, 2, 64, 96, EngineOptions.DEFAULT.withThreads(1), AutogradOptions.DEFAULT)) {
            double first = steps.step();
            double last = 0;
            for (int i = 0; i < 12; i++) {
                last = steps.step();
            }
            assertThat(first).isFinite();
            assertThat(last).as("the loss after twelve more steps").isLessThan(first);
            assertThat(steps.flops())
                    .as("operations of two pictures, forward and backward, with all predictions")
                    .isGreaterThan(6.0 * ModelCost.of(config, 64, 96).flops());
        }
    }
}
