package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.ops.HostTensor;

/** A training step gives Transformers' numbers, from the matching to the gradients, for the same random points. */
class LossParityTests {
    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void everyPredictionIsMatchedAlike(String fixture) {
        try (ReferenceStep step = new ReferenceStep(fixture)) {
            List<List<Assignment>> matches = step.run().result().matches();
            assertThat(matches).hasSize(step.config.decoderPredictions());
            for (int i = 0; i < matches.size(); i++) {
                for (int b = 0; b < matches.get(i).size(); b++) {
                    String name = "loss.match.%02d.%d.".formatted(i, b);
                    Assignment match = matches.get(i).get(b);
                    assertThat(match.rows())
                            .as(name + "queries")
                            .isEqualTo(ReferenceStep.integers(step.expected.tensor(name + "queries")));
                    assertThat(match.columns())
                            .as(name + "targets")
                            .isEqualTo(ReferenceStep.integers(step.expected.tensor(name + "targets")));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void everyTermAndTheTotalAreEqual(String fixture) {
        try (ReferenceStep step = new ReferenceStep(fixture)) {
            ReferenceStep.Outcome outcome = step.run();
            JsonNode terms = step.json.get("loss_terms");
            Map<String, Double> actual = outcome.result().terms();
            assertThat(actual.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            terms.properties().stream().map(Map.Entry::getKey).toList());
            double worst = 0;
            for (Map.Entry<String, JsonNode> term : terms.properties()) {
                double want = term.getValue().asDouble();
                assertThat(actual.get(term.getKey())).as(term.getKey()).isCloseTo(want, withinPercentage(1e-3));
                worst = Math.max(worst, Math.abs(actual.get(term.getKey()) - want) / want);
            }
            double total = step.expected.tensor("loss.total").toFloats()[0];
            System.out.printf(
                    "%s: terms to %.1e, total to %.1e%n", fixture, worst, Math.abs(outcome.total() - total) / total);
            assertThat(outcome.total()).isCloseTo(total, withinPercentage(1e-3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void everyGradientHasTheSameNorm(String fixture) {
        try (ReferenceStep step = new ReferenceStep(fixture)) {
            step.run();
            Set<String> checked = new TreeSet<>();
            List<String> report = new ArrayList<>();
            double worst = 0;
            for (Map.Entry<String, JsonNode> entry :
                    step.json.get("gradient_norms").properties()) {
                String name = ReferenceStep.hubName(entry.getKey());
                double want = entry.getValue().asDouble();
                double have = norm(step.weights.gradient(name).orElseThrow());
                // A bias that a softmax or a norm cancels has gradient zero; what is left of it is rounding.
                boolean zero = want < 1e-4;
                if (zero ? !(have < 1e-4) : !(Math.abs(have - want) <= 1e-3 * want)) {
                    report.add("%s: %.6e, expected %.6e".formatted(name, have, want));
                }
                worst = zero ? worst : Math.max(worst, Math.abs(have - want) / want);
                checked.add(name);
            }
            System.out.printf("%s: %d gradient norms to %.1e%n", fixture, checked.size(), worst);
            assertThat(report).as("gradients whose norm differs").isEmpty();
            assertThat(checked)
                    .as("weights that learn")
                    .isEqualTo(step.weights.names().stream()
                            .filter(n -> step.weights.gradient(n).isPresent())
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void theListedGradientsAreEqualElementByElement(String fixture) {
        try (ReferenceStep step = new ReferenceStep(fixture)) {
            step.run();
            List<String> listed = step.expected.names().stream()
                    .filter(n -> n.startsWith("gradient."))
                    .toList();
            assertThat(listed).hasSizeGreaterThan(20);
            double worst = 0;
            for (String entry : listed) {
                String name = ReferenceStep.hubName(entry.substring("gradient.".length()));
                float[] want = step.expected.tensor(entry).toFloats();
                float[] have = step.weights.gradient(name).orElseThrow().toFloats();
                assertThat(have).as(name).hasSameSizeAs(want);
                double largest = 0;
                double difference = 0;
                for (int i = 0; i < want.length; i++) {
                    largest = Math.max(largest, Math.abs(want[i]));
                    difference = Math.max(difference, Math.abs((double) want[i] - have[i]));
                }
                // As with norms: where the whole gradient is zero but for rounding, so must ours be.
                assertThat(difference)
                        .as("largest difference in %s, whose largest element is %s", name, largest)
                        .isCloseTo(0, within(largest < 1e-4 ? 1e-4 : 1e-3 * largest));
                worst = largest < 1e-4 ? worst : Math.max(worst, difference / largest);
            }
            System.out.printf("%s: %d gradients, elements to %.1e of the largest%n", fixture, listed.size(), worst);
        }
    }

    private static double norm(HostTensor gradient) {
        double squares = 0;
        for (float g : gradient.toFloats()) {
            squares += (double) g * g;
        }
        return Math.sqrt(squares);
    }
}
