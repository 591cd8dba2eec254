package org.mask2former.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The network has the published sizes, counted by an interpreter that computes nothing. */
class ModelCostTests {
    static ModelConfig published(String name, int classes) {
        List<Integer> small = List.of(2, 2, 18, 2);
        BackboneConfig backbone = switch (name) {
            case "Swin-T" -> SwinConfig.of(96, List.of(2, 2, 6, 2), List.of(3, 6, 12, 24), 7);
            case "Swin-S" -> SwinConfig.of(96, small, List.of(3, 6, 12, 24), 7);
            case "Swin-B" -> SwinConfig.of(128, small, List.of(4, 8, 16, 32), 12);
            case "Swin-L" -> SwinConfig.of(192, small, List.of(6, 12, 24, 48), 12);
            case "ResNet-50" -> ResNetConfig.ofDepths(List.of(3, 4, 6, 3));
            case "ResNet-101" -> ResNetConfig.ofDepths(List.of(3, 4, 23, 3));
            default -> throw new IllegalArgumentException(name);
        };
        return ModelConfig.of(backbone, name.equals("Swin-L") ? 200 : 100, Collections.nCopies(classes, "class"));
    }

    /** In millions, as counted in the reference implementation's models with 133 classes. */
    @ParameterizedTest
    @CsvSource({"Swin-T, 47.44", "Swin-S, 68.75", "Swin-B, 106.92", "Swin-L, 215.54"})
    void parametersEqualThePublishedModels(String name, double millions) {
        ModelConfig config = published(name, 133);
        assertThat(config.backbone().displayName()).isEqualTo(name);
        assertThat(ModelCost.of(config, 64, 64).parameters() / 1e6).isCloseTo(millions, within(0.005));
    }

    @Test
    void everyParameterHasANameOfItsOwn() {
        List<String> names = new Mask2FormerNetwork(published("ResNet-50", 80))
                .parameters().stream().map(p -> p.name()).toList();
        assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThan(400);
    }

    @Test
    void operationsAreThoseOfTheReference() {
        ModelCost cost = ModelCost.of(published("Swin-T", 133), 512, 512);
        // 136.7 GFLOP of matrix products and convolutions were counted in the reference; it computes every mask at full
        // size.
        assertThat(cost.flops() / 1e9).isBetween(125.0, 140.0);
        assertThat(cost.flopsByPart().values().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(cost.flops());
    }

    @Test
    void lessEffortCostsLess() {
        ModelConfig config = published("Swin-T", 133);
        long full = ModelCost.of(config, 512, 512).flops();
        long threeLayers = ModelCost.of(config, 512, 512, new Effort(3, 0)).flops();
        long fewQueries = ModelCost.of(config, 512, 512, new Effort(3, 20)).flops();
        assertThat(ModelCost.of(config, 512, 512, new Effort(9, 100)).flops()).isEqualTo(full);
        assertThat(threeLayers).isLessThan(full);
        assertThat(fewQueries).isLessThan(threeLayers);
    }

    @Test
    void memoryGrowsWithPixelsNotWithDepth() {
        long small = ModelCost.of(published("Swin-T", 133), 512, 512).peakActivationBytes();
        long large = ModelCost.of(published("Swin-T", 133), 1024, 1024).peakActivationBytes();
        long deep = ModelCost.of(published("Swin-S", 133), 512, 512).peakActivationBytes();
        assertThat((double) large / small).isBetween(3.5, 4.5);
        assertThat(deep).isEqualTo(small);
    }
}
