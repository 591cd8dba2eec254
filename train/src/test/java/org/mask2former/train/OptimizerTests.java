package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Test;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TrainableWeights;

/** Optimiser, groups, schedule and moving average. */
class OptimizerTests {
    private static final String NAME = "class_predictor.weight";

    @Test
    void adamwTakesTheStepsOfLibtorchsOwn() {
        Random random = new Random(5);
        float[] start = gaussian(random, 12);
        OptimizerConfig config = new OptimizerConfig(1e-2, 1, 0.05, 0, 1, 0);
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = weights(start);
                AdamW ours = new AdamW(weights, ParameterGroups.of(Set.of(NAME), config, List.of()))) {
            Tensor theirs = Tensors.copyOf(start, 3, 4).set_requires_grad(true);
            AdamWOptions options = new AdamWOptions(1e-2);
            options.weight_decay().put(0.05);
            org.bytedeco.pytorch.AdamW reference = new org.bytedeco.pytorch.AdamW(new TensorVector(theirs), options);
            for (int step = 1; step <= 5; step++) {
                Tensor pull = Tensors.copyOf(gaussian(random, 12), 3, 4);
                weights.clearGradients();
                reference.zero_grad();
                weights.tensor(NAME).mul(pull).sum().backward();
                theirs.mul(pull).sum().backward();
                ours.step(step, 1);
                reference.step();
                float[] a = Tensors.toFloats(weights.tensor(NAME));
                float[] b = Tensors.toFloats(theirs);
                for (int i = 0; i < a.length; i++) {
                    assertThat(a[i]).as("step %d, seed 5", step).isCloseTo(b[i], within(1e-6f));
                }
            }
        }
    }

    @Test
    void clippingScalesTheWholeGradientToTheNorm() {
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = weights(new float[12])) {
            weights.tensor(NAME).mul(Tensors.copyOf(filled(12, 3), 3, 4)).sum().backward();
            Set<String> names = Set.of(NAME);
            double norm = Gradients.norm(weights, names);
            assertThat(norm).isCloseTo(3 * Math.sqrt(12), within(1e-5));
            Gradients.clip(weights, names, norm, 0.5);
            assertThat(Gradients.norm(weights, names)).isCloseTo(0.5, within(1e-5));
            Gradients.clip(weights, names, 0.5, 7);
            assertThat(Gradients.norm(weights, names)).isCloseTo(0.5, within(1e-5));
        }
    }

    @Test
    void theMovingAverageFollowsFasterAtTheStart() {
        try (PointerScope scope = new PointerScope();
                TrainableWeights weights = weights(filled(12, 1));
                MovingAverage average = new MovingAverage(weights, 0.99)) {
            try (var constants = new org.bytedeco.pytorch.NoGradGuard()) {
                weights.tensor(NAME).zero_();
            }
            average.update(1);
            assertThat(Tensors.toFloats(average.tensors().get(NAME))[0]).isCloseTo(2f / 11, within(1e-6f));
            average.update(100_000);
            assertThat(Tensors.toFloats(average.tensors().get(NAME))[0]).isCloseTo(2f / 11 * 0.99f, within(1e-6f));
        }
    }

    @Test
    void normsAndEmbeddingsDoNotDecay() {
        assertThat(List.of(
                        "model.pixel_level_module.encoder.embeddings.norm.weight",
                        "model.pixel_level_module.encoder.encoder.layers.0.blocks.1.layernorm_before.bias",
                        "model.pixel_level_module.encoder.encoder.layers.0.downsample.norm.weight",
                        "model.pixel_level_module.encoder.hidden_states_norms.stage2.weight",
                        "model.pixel_level_module.encoder.encoder.layers.0.blocks.1.attention.self.relative_position_bias_table",
                        "model.pixel_level_module.encoder.encoder.stages.1.layers.0.layer.2.normalization.weight",
                        "model.pixel_level_module.decoder.input_projections.2.1.weight",
                        "model.pixel_level_module.decoder.adapter_1.1.bias",
                        "model.pixel_level_module.decoder.layer_1.1.weight",
                        "model.pixel_level_module.decoder.encoder.layers.3.self_attn_layer_norm.weight",
                        "model.transformer_module.decoder.layers.0.cross_attn_layer_norm.bias",
                        "model.transformer_module.decoder.layernorm.weight",
                        "model.transformer_module.queries_features.weight",
                        "model.transformer_module.queries_embedder.weight",
                        "model.transformer_module.level_embed.weight"))
                .noneMatch(ParameterGroups::decays);
        assertThat(List.of(
                        "class_predictor.bias",
                        "model.pixel_level_module.decoder.level_embed",
                        "model.pixel_level_module.decoder.input_projections.2.0.weight",
                        "model.pixel_level_module.decoder.layer_1.0.weight",
                        "model.pixel_level_module.encoder.encoder.stages.1.layers.0.layer.2.convolution.weight"))
                .allMatch(ParameterGroups::decays);
    }

    @Test
    void theBackboneLearnsSlowerAndWhatIsFrozenNotAtAll() {
        String backbone = "model.pixel_level_module.encoder.embedder.embedder.convolution.weight";
        ParameterGroups groups = ParameterGroups.of(Set.of(NAME, backbone), OptimizerConfig.DEFAULT, List.of());
        assertThat(groups.of(backbone).learningRate()).isCloseTo(1e-5, within(1e-12));
        assertThat(groups.of(NAME).learningRate()).isCloseTo(1e-4, within(1e-12));
        assertThat(ParameterGroups.of(Set.of(NAME, backbone), OptimizerConfig.DEFAULT, List.of(".*encoder.*"))
                        .names())
                .containsExactly(NAME);
        assertThatThrownBy(() -> ParameterGroups.of(Set.of(NAME), OptimizerConfig.DEFAULT, List.of("encoder")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("no weight's name matches 'encoder'");
        assertThatThrownBy(() -> ParameterGroups.of(Set.of(NAME), OptimizerConfig.DEFAULT, List.of(".*")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("nothing is left to train");
        assertThatThrownBy(() -> ParameterGroups.of(Set.of(NAME), OptimizerConfig.DEFAULT, List.of("(")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("no regular expression");
    }

    @Test
    void schedulesHaveTheirShapes() {
        Schedule poly = Schedule.DEFAULT;
        assertThat(poly.factor(0, 100)).isEqualTo(1);
        assertThat(poly.factor(50, 100)).isCloseTo(Math.pow(0.5, 0.9), within(1e-12));
        assertThat(poly.factor(100, 100)).isZero();
        Schedule step = new Schedule(Schedule.Kind.STEP, 0, 0, List.of(0.9, 0.95), 1);
        assertThat(step.factor(89, 100)).isEqualTo(1);
        assertThat(step.factor(90, 100)).isCloseTo(0.1, within(1e-12));
        assertThat(step.factor(95, 100)).isCloseTo(0.01, within(1e-12));
        Schedule cosine = new Schedule(Schedule.Kind.COSINE, 10, 0.5, List.of(), 1);
        assertThat(cosine.factor(0, 100)).isCloseTo(0.5, within(1e-12));
        assertThat(cosine.factor(50, 100)).isCloseTo(0.5, within(1e-12));
        assertThat(cosine.factor(100, 100)).isCloseTo(0, within(1e-12));
        assertThatThrownBy(() -> new Schedule(Schedule.Kind.STEP, 0, 0, List.of(0.9, 0.5), 1))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("ascending");
    }

    private static TrainableWeights weights(float[] values) {
        return new TrainableWeights(
                List.of(new Parameter(NAME, 3, 4)), Weights.of("test", Map.of(NAME, HostTensor.of(values, 3, 4))));
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, value);
        return values;
    }

    private static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
