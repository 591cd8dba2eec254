package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Compat;
import org.mask2former.Task;
import org.mask2former.image.Geometry;

/**
 * Transformers' three post-processing methods. Its panoptic ids collide after a class that is fused (its issue 23461), and a
 * fused segment is listed once for each of its parts; ours are unique and listed once, so ours are translated to its
 * numbering before they are compared.
 */
class TransformersPostProcessingTests {
    private static final Map<String, Golden> GOLDEN = new HashMap<>();
    private static final PostProcessor POST_PROCESSOR = PostProcessor.of(Compat.HF);

    /** A prediction, the size it is post-processed to, and where its expected values are. */
    record Case(String fixture, String prefix, int picture, int height, int width) {
        Golden golden() {
            return GOLDEN.computeIfAbsent(fixture, Golden::new);
        }

        Prediction prediction() {
            boolean model = !fixture.equals("postprocess");
            String last = model ? "decoder.layer4." : "";
            Golden golden = golden();
            int[] masks = golden.shape(last + "mask_logits");
            // Transformers knows neither the input's size nor padding.
            Geometry whole = new Geometry(height, width, 4 * masks[2], 4 * masks[3], 4 * masks[2], 4 * masks[3]);
            return golden.prediction(last + "class_logits", last + "mask_logits", picture, whole);
        }

        @Override
        public String toString() {
            return fixture + " " + prefix + picture + " to " + width + "×" + height;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("postprocess", "native.", 0, 384, 384),
                new Case("postprocess", "native.", 1, 384, 384),
                new Case("postprocess", "resized.", 0, 75, 121),
                new Case("postprocess", "resized.", 1, 64, 40),
                new Case("tiny-swin", "", 0, 145, 243),
                new Case("tiny-swin", "", 1, 145, 243),
                new Case("tiny-swin-odd", "", 0, 113, 166),
                new Case("tiny-resnet", "", 0, 97, 147),
                new Case("tiny-resnet", "", 1, 97, 147));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void semanticMapsAreTransformers(Case c) {
        Prediction prediction = c.prediction();
        SemanticSegmentation result = POST_PROCESSOR.semantic(
                prediction, Golden.blank(c.height, c.width), Golden.labels(prediction.classes()));
        int[] expected = c.golden().ints(c.prefix + "semantic." + c.picture);
        assertThat(Golden.difference(expected, Golden.ints(result.classMap()))).isLessThanOrEqualTo(Golden.TIES);
    }

    /** An expected result: its tensor, its segments, and what it was made with. */
    record Run(Case c, String tensor, JsonNode segments, PostProcessOptions options) {
        @Override
        public String toString() {
            return c + ": " + tensor;
        }
    }

    static Stream<Run> panoptic() {
        return cases().flatMap(c -> {
            PostProcessOptions defaults = defaults(Task.PANOPTIC);
            if (!c.fixture.equals("postprocess")) {
                JsonNode t = c.golden().json.get("thresholds");
                PostProcessOptions options = defaults.withScoreThreshold(
                                t.get("threshold").doubleValue())
                        .withMaskThreshold(0.35)
                        .withOverlapThreshold(0.4)
                        .withFusedLabels(Set.of(1, 3));
                return Stream.of(
                        new Run(c, "panoptic." + c.picture, c.golden().json.at("/panoptic/" + c.picture), options));
            }
            return Stream.of(0.5, 0.8)
                    .flatMap(t -> Stream.of(Set.<Integer>of(), Set.of(0, 2)).map(fuse -> {
                        String key = c.prefix + "panoptic.t" + t + ".fuse" + fuse.size();
                        PostProcessOptions options = defaults.withScoreThreshold(t)
                                .withOverlapThreshold(0.6)
                                .withFusedLabels(fuse);
                        return new Run(
                                c,
                                key + "." + c.picture,
                                c.golden().json.get(key).get(c.picture),
                                options);
                    }));
        });
    }

    @ParameterizedTest
    @MethodSource("panoptic")
    void panopticMapsAndSegmentsAreTransformersButForItsIds(Run run) {
        Prediction prediction = run.c.prediction();
        PanopticSegmentation result = POST_PROCESSOR.panoptic(
                prediction, Golden.blank(run.c.height, run.c.width), Golden.labels(prediction.classes()), run.options);

        Map<Integer, Integer> ourFused = new HashMap<>();
        List<JsonNode> firstParts = new ArrayList<>();
        Map<Integer, Double> bestScore = new HashMap<>();
        for (JsonNode part : run.segments) {
            int label = part.get("label_id").intValue();
            boolean fused = part.get("was_fused").booleanValue();
            Integer id = fused ? ourFused.get(label) : null;
            if (id == null) {
                firstParts.add(part);
                id = firstParts.size();
                if (fused) ourFused.put(label, id);
            }
            bestScore.merge(id, part.get("score").doubleValue(), Math::max);
        }

        assertThat(result.segments()).hasSize(firstParts.size());
        for (Segment segment : result.segments()) {
            assertThat(segment.labelId())
                    .isEqualTo(firstParts.get(segment.id() - 1).get("label_id").intValue());
            assertThat(segment.score()).isCloseTo(bestScore.get(segment.id()), within(1e-5));
        }
        int[] theirs = Arrays.stream(result.idMap())
                .map(id -> id == 0 ? 0 : firstParts.get(id - 1).get("id").intValue())
                .toArray();
        assertThat(Golden.difference(run.c.golden().ints(run.tensor), theirs)).isLessThanOrEqualTo(Golden.TIES);
    }

    @Test
    void transformersIdsDoCollideAndOursDoNot() {
        Case c = new Case("postprocess", "native.", 0, 384, 384);
        Set<String> labelsOfId = new HashSet<>();
        Set<Integer> ids = new HashSet<>();
        for (JsonNode part : c.golden().json.at("/native.panoptic.t0.5.fuse2/0")) {
            labelsOfId.add(part.get("id") + " is " + part.get("label_id"));
            ids.add(part.get("id").intValue());
        }
        assertThat(labelsOfId).as("ids with two classes").hasSizeGreaterThan(ids.size());

        PanopticSegmentation ours = POST_PROCESSOR.panoptic(
                c.prediction(),
                Golden.blank(384, 384),
                Golden.labels(6),
                defaults(Task.PANOPTIC).withOverlapThreshold(0.6).withFusedLabels(Set.of(0, 2)));
        assertThat(ours.segments()).extracting(Segment::id).doesNotHaveDuplicates();
    }

    static Stream<Run> instances() {
        return cases().flatMap(c -> {
            if (!c.fixture.equals("postprocess")) {
                double t = c.golden().json.at("/thresholds/threshold").doubleValue();
                return Stream.of(new Run(
                        c,
                        "instance_binary." + c.picture,
                        c.golden().json.at("/instance_binary/" + c.picture),
                        defaults(Task.INSTANCE).withScoreThreshold(t)));
            }
            return Stream.of(0.5, 0.8).map(t -> {
                String key = c.prefix + "instance.t" + t;
                return new Run(
                        c,
                        key + "." + c.picture,
                        c.golden().json.get(key).get(c.picture),
                        defaults(Task.INSTANCE).withScoreThreshold(t));
            });
        });
    }

    @ParameterizedTest
    @MethodSource("instances")
    void instancesAreTransformers(Run run) {
        Prediction prediction = run.c.prediction();
        int pixels = run.c.height * run.c.width;
        InstanceSegmentation result = POST_PROCESSOR.instances(
                prediction, Golden.blank(run.c.height, run.c.width), Golden.labels(prediction.classes()), run.options);
        int[] masks = run.c.golden().ints(run.tensor);
        List<Segment> left = new ArrayList<>(result.segments());
        assertThat(left).hasSize(run.segments.size());
        for (int i = 0; i < run.segments.size(); i++) { // in no particular order, and scores may be equal
            JsonNode expected = run.segments.get(i);
            int[] mask = Arrays.copyOfRange(masks, i * pixels, (i + 1) * pixels);
            Segment found = left.stream()
                    .filter(s -> s.labelId() == expected.get("label_id").intValue())
                    .filter(s -> Math.abs(s.score() - expected.get("score").doubleValue()) <= 1e-5)
                    .filter(s -> Golden.difference(mask, Golden.ints(s.mask().decode())) <= Golden.TIES)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no instance like " + expected + " among " + left));
            left.remove(found);
        }
        assertThat(left).isEmpty();
    }

    private static PostProcessOptions defaults(Task task) {
        return PostProcessOptions.defaults(Compat.HF, task, Golden.labels(1));
    }
}
