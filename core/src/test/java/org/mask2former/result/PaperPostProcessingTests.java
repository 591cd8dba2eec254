package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Compat;
import org.mask2former.Task;
import org.mask2former.image.Geometry;

/** The original's three inference functions, on a picture that was resized and padded. */
class PaperPostProcessingTests {
    private static final Golden GOLDEN = new Golden("postprocess-paper");
    private static final Geometry GEOMETRY = new Geometry(75, 131, 119, 194, 128, 208);
    private static final Labels LABELS = Golden.labels(6, 2, 4, 5);
    private static final PostProcessor POST_PROCESSOR = PostProcessor.of(Compat.PAPER);

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void semanticMapsAreTheOriginals(int picture) {
        SemanticSegmentation result = POST_PROCESSOR.semantic(prediction(picture), Golden.blank(75, 131), LABELS);
        assertThat(Golden.difference(GOLDEN.ints("semantic." + picture), Golden.ints(result.classMap())))
                .isLessThanOrEqualTo(Golden.TIES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void panopticMapsAndSegmentsAreTheOriginals(int picture) {
        PostProcessOptions options =
                PostProcessOptions.defaults(Compat.PAPER, Task.PANOPTIC, LABELS).withScoreThreshold(0.6);
        PanopticSegmentation result =
                POST_PROCESSOR.panoptic(prediction(picture), Golden.blank(75, 131), LABELS, options);
        assertThat(Golden.difference(GOLDEN.ints("panoptic." + picture), result.idMap()))
                .isLessThanOrEqualTo(Golden.TIES);
        List<Segment> segments = result.segments().stream()
                .sorted(Comparator.comparingInt(Segment::id))
                .toList();
        JsonNode expected = GOLDEN.json.get("panoptic." + picture);
        assertThat(segments).hasSize(expected.size());
        for (int i = 0; i < segments.size(); i++) {
            assertThat(segments.get(i).id()).isEqualTo(expected.get(i).get("id").intValue());
            assertThat(segments.get(i).labelId())
                    .isEqualTo(expected.get(i).get("category_id").intValue());
            assertThat(segments.get(i).thing())
                    .isEqualTo(expected.get(i).get("isthing").booleanValue());
        }
    }

    @ParameterizedTest
    @CsvSource({"all, 0", "all, 1", "things, 0", "things, 1"})
    void instancesAreTheOriginals(String which, int picture) {
        Labels labels = which.equals("all") ? Golden.labels(6) : LABELS;
        PostProcessOptions options = PostProcessOptions.defaults(Compat.PAPER, Task.INSTANCE, labels)
                .withScoreThreshold(0)
                .withTopK(10);
        InstanceSegmentation result =
                POST_PROCESSOR.instances(prediction(picture), Golden.blank(75, 131), labels, options);
        String key = "instance." + which + "." + picture + ".";
        float[] scores = GOLDEN.floats(key + "scores");
        int[] classes = GOLDEN.ints(key + "classes");
        int[] masks = GOLDEN.ints(key + "masks");
        Integer[] order = IntStream.range(0, scores.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> -scores[i])); // the original leaves them unordered
        assertThat(result.segments()).hasSize(scores.length);
        for (int i = 0; i < order.length; i++) {
            Segment segment = result.segments().get(i);
            assertThat(segment.score()).isCloseTo(scores[order[i]], within(1e-5));
            assertThat(segment.labelId()).isEqualTo(classes[order[i]]);
            int[] mask = Arrays.copyOfRange(masks, order[i] * 75 * 131, (order[i] + 1) * 75 * 131);
            assertThat(Golden.difference(mask, Golden.ints(segment.mask().decode())))
                    .isLessThanOrEqualTo(Golden.TIES);
        }
    }

    private static Prediction prediction(int picture) {
        return GOLDEN.prediction("class_logits", "mask_logits", picture, GEOMETRY);
    }
}
