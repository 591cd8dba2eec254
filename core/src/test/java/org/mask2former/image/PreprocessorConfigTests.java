package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.TestSize.Exact;
import org.mask2former.image.TestSize.ShortestEdge;

class PreprocessorConfigTests {
    /** As the conversion script writes it. */
    private static final String HUB = """
            {"_max_size": 1333, "do_normalize": true, "do_rescale": true, "do_resize": true, "ignore_index": 255,
             "image_mean": [0.48500001430511475, 0.4560000002384186, 0.4059999883174896],
             "image_processor_type": "Mask2FormerImageProcessor",
             "image_std": [0.2290000021457672, 0.2239999920129776, 0.22499999403953552],
             "num_labels": 133, "reduce_labels": false, "resample": 2, "rescale_factor": 0.00392156862745098,
             "size": {"height": 384, "width": 384}, "size_divisor": 32}
            """;

    @Test
    void readsAHubFile() {
        PreprocessorConfig config = parse(HUB);
        assertThat(config.size()).isEqualTo(new Exact(384, 384));
        assertThat(config.imageMean()).containsExactly(0.48500001430511475, 0.4560000002384186, 0.4059999883174896);
        assertThat(config.ignoreIndex()).hasValue(255);
        assertThat(config.numLabels()).hasValue(133);
        assertThat(config.doReduceLabels()).isFalse();
    }

    @Test
    void anEmptyFileMeansTransformersDefaults() {
        assertThat(parse("{}")).isEqualTo(PreprocessorConfig.DEFAULT);
        assertThat(PreprocessorConfig.DEFAULT.size()).isEqualTo(new ShortestEdge(800, 1333));
        assertThat(PreprocessorConfig.DEFAULT.sizeDivisor()).isEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"size": 640, "max_size": 2560}                                 | 640/2560
            {"size": 640, "_max_size": 2000}                                | 640/2000
            {"size": 640}                                                   | 640/1333
            {"max_size": 1000}                                              | 800/1000
            {"size": {"shortest_edge": 512, "longest_edge": 2048}}          | 512/2048
            {"size": {"shortest_edge": 512}, "max_size": 900}               | 512/900
            {"size": {"shortest_edge": 512, "longest_edge": 2048, "height": null, "width": null}} | 512/2048
            {"size": {"height": 272, "width": 480}}                         | 480x272
            {"size": [272, 480]}                                            | 480x272
            """)
    void understandsEveryWayASizeWasEverWritten(String json, String size) {
        assertThat(parse(json).size()).hasToString(size);
    }

    @Test
    void understandsOlderNames() {
        PreprocessorConfig config = parse("{\"size_divisibility\": 16, \"reduce_labels\": true,"
                + " \"feature_extractor_type\": \"MaskFormerFeatureExtractor\", \"image_mean\": 0.5}");
        assertThat(config.sizeDivisor()).isEqualTo(16);
        assertThat(config.doReduceLabels()).isTrue();
        assertThat(config.imageMean()).containsExactly(0.5, 0.5, 0.5);
        assertThat(parse("{\"size_divisor\": 8, \"size_divisibility\": 16}").sizeDivisor())
                .isEqualTo(8);
    }

    @Test
    void whatIsWrittenIsReadBackTheSame() {
        PreprocessorConfig hub = parse(HUB);
        PreprocessorConfig other = new PreprocessorConfig(
                false,
                new ShortestEdge(512, 2048),
                0,
                false,
                0.5,
                false,
                List.of(0.1, 0.2, 0.3),
                List.of(0.4, 0.5, 0.6),
                true,
                OptionalInt.of(0),
                OptionalInt.empty());
        for (PreprocessorConfig config : List.of(hub, other, PreprocessorConfig.DEFAULT)) {
            assertThat(parse(config.toJson())).isEqualTo(config);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            not json                             | is not JSON
            []                                   | must hold a JSON object
            {"size": {"longest_edge": 800}}      | size is
            {"size": {"shortest_edge": 800}}     | size is
            {"size": "large"}                    | size is
            {"size": {"height": -1, "width": 5}} | a picture size of -1 pixels
            {"size": 1.5}                        | size is
            {"size_divisor": -32}                | size_divisor -32
            {"size_divisor": "32"}               | size_divisor is "32", but must be a whole number
            {"resample": 3}                      | resample is 3, but only 2 (bilinear)
            {"do_resize": "yes"}                 | do_resize is "yes", but must be true or false
            {"image_mean": [0.5, 0.5]}           | image_mean is [0.5,0.5]
            {"image_std": [0, 1, 1]}             | must be positive
            {"image_std": ["a", 1, 1]}           | image_std is "a"
            {"rescale_factor": 0}                | must be positive
            {"do_center_crop": true}             | do_center_crop is true
            {"pad_size": {"height": 5, "width": 5}} | pad_size is not supported
            {"image_processor_type": "ViTImageProcessor"} | image_processor_type is ViTImageProcessor
            """)
    void whatIsNotUnderstoodIsNamedInOneLine(String json, String complaint) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(Mask2FormerException.class)
                .message()
                .startsWith("some.json")
                .contains(complaint)
                .doesNotContain("\n");
    }

    @Test
    void aFileThatIsNotThereIsNamed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve(PreprocessorConfig.FILE_NAME);
        assertThatThrownBy(() -> PreprocessorConfig.read(file))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("cannot read " + file + ": it does not exist; check the path");
        Files.writeString(file, HUB);
        assertThat(PreprocessorConfig.read(file)).isEqualTo(parse(HUB));
    }

    private static PreprocessorConfig parse(String json) {
        return PreprocessorConfig.parse(json.getBytes(StandardCharsets.UTF_8), "some.json");
    }
}
