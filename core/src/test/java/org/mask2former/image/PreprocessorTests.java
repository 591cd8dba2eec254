package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Compat;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.TestSize.Exact;
import org.mask2former.image.TestSize.ShortestEdge;
import org.mask2former.ops.HostTensor;

class PreprocessorTests {
    static List<Arguments> processorFixtures() {
        List<Arguments> all = new ArrayList<>();
        for (String config : List.of("coco", "ade", "square", "no_divisor")) {
            for (int picture = 0; picture < 5; picture++) {
                all.add(Arguments.of(config, picture));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("processorFixtures")
    void hfRulesGiveTransformersValuesToTheLastBit(String config, int picture) {
        Preprocessor preprocessor = new Preprocessor(
                PreprocessorConfig.read(Fixtures.path("processor/" + config + "/preprocessor_config.json")),
                Compat.HF,
                Optional.empty());
        Image image = Image.read(Fixtures.path("processor/picture" + picture + ".png"));
        PixelValues actual = preprocessor.prepare(image);
        try (Weights expected = Safetensors.open(Fixtures.path("processor/expected.safetensors"))) {
            HostTensor values = expected.tensor(config + "." + picture + ".pixel_values");
            assertThat(values.shape()).containsExactly(3, actual.height(), actual.width());
            assertThat(actual.values()).isEqualTo(values.toFloats());
            float[] mask =
                    expected.tensor(config + "." + picture + ".pixel_mask").toFloats();
            assertThat(actual.pixelMask()).hasSize(mask.length);
            for (int i = 0; i < mask.length; i++) {
                assertThat((float) actual.pixelMask()[i]).isEqualTo(mask[i]);
            }
        }
        assertThat(preprocessor.geometry(image.height(), image.width()))
                .isEqualTo(actual.geometries().get(0));
    }

    /** The four numbers are height and width of the picture and of what it becomes; from Detectron2's own code. */
    @ParameterizedTest
    @CsvSource({
        "800/1333, 480, 640, 800, 1067",
        "800/1333, 427, 640, 800, 1199",
        "800/1333, 1080, 1920, 750, 1333",
        "800/1333, 2000, 500, 1333, 333",
        "800/1333, 500, 500, 800, 800",
        "800/1333, 333, 1000, 444, 1333",
        "512/2048, 683, 1024, 512, 768",
        "640/2560, 100, 1000, 256, 2560",
        "1024/2048, 1024, 2048, 1024, 2048",
        "2048/2048, 3024, 4032, 1536, 2048",
        "800/1333, 1, 5000, 1, 1333",
    })
    void paperRulesKeepTheAspectRatioAndPadToTheNextMultiple(String size, int h, int w, int validH, int validW) {
        Preprocessor preprocessor =
                new Preprocessor(PreprocessorConfig.DEFAULT, Compat.PAPER, Optional.of(TestSize.parse(size)));
        Geometry g = preprocessor.geometry(h, w);
        assertThat(List.of(g.imageHeight(), g.imageWidth(), g.validHeight(), g.validWidth()))
                .containsExactly(h, w, validH, validW);
        assertThat(g.inputHeight()).isEqualTo((validH + 31) / 32 * 32);
        assertThat(g.inputWidth()).isEqualTo((validW + 31) / 32 * 32);
    }

    /** From Transformers' get_size_with_aspect_ratio, before the stretch to a multiple of 32. */
    @ParameterizedTest
    @CsvSource({
        "800/1333, 480, 640, 800, 1066",
        "800/1333, 1080, 1920, 750, 1333",
        "800/1333, 800, 1000, 800, 1000",
        "800/1333, 333, 1000, 444, 1333",
        "800/1333, 427, 640, 800, 1199",
        "800/1333, 1000, 427, 1333, 569",
        "80/133, 97, 131, 80, 108",
        "70/133, 33, 400, 11, 133",
        "800/1333, 1, 5000, 1, 1333",
    })
    void hfRulesTruncateTheLongerSide(String size, int h, int w, int validH, int validW) {
        Geometry g = new Preprocessor(withDivisor(0), Compat.HF, Optional.of(TestSize.parse(size))).geometry(h, w);
        assertThat(List.of(g.validHeight(), g.validWidth())).containsExactly(validH, validW);
        assertThat(List.of(g.inputHeight(), g.inputWidth())).containsExactly(validH, validW);
        Geometry stretched = new Preprocessor(PreprocessorConfig.DEFAULT, Compat.HF, Optional.of(TestSize.parse(size)))
                .geometry(h, w);
        assertThat(stretched.validHeight()).isEqualTo((validH + 31) / 32 * 32);
        assertThat(stretched.inputHeight()).isEqualTo(stretched.validHeight());
        assertThat(stretched.inputWidth()).isEqualTo(stretched.validWidth());
    }

    @Test
    void paperRulesNormaliseInUnitsOfEightBits() {
        byte[] rgb = {0, 0, 0, (byte) 255, (byte) 255, (byte) 255, 124, 116, 104, 10, 20, 30};
        PixelValues values = new Preprocessor(PreprocessorConfig.DEFAULT, Compat.PAPER, Optional.of(new Exact(1, 4)))
                .prepare(Image.ofRgb(4, 1, rgb));
        float[] mean = {123.675f, 116.28f, 103.53f};
        float[] std = {58.395f, 57.12f, 57.375f};
        assertThat(values.height()).isEqualTo(32);
        assertThat(values.width()).isEqualTo(32);
        for (int c = 0; c < 3; c++) {
            for (int x = 0; x < 32; x++) {
                float expected = x < 4 ? ((rgb[3 * x + c] & 0xFF) - mean[c]) / std[c] : 0;
                assertThat(values.values()[c * 1024 + x]).isEqualTo(expected);
            }
            assertThat(Arrays.copyOfRange(values.values(), c * 1024 + 32, (c + 1) * 1024))
                    .containsOnly(0f);
        }
        assertThat(values.pixelMask()).startsWith(1, 1, 1, 1, 0);
    }

    @Test
    void theHubsRoundedMeansGiveThePapersValues() {
        PreprocessorConfig hub = PreprocessorConfig.parse("""
                {"image_mean": [0.48500001430511475, 0.4560000002384186, 0.4059999883174896],
                 "image_std": [0.2290000021457672, 0.2239999920129776, 0.22499999403953552]}
                """.getBytes(java.nio.charset.StandardCharsets.UTF_8), "hub");
        Image image = Goldens.noise(50, 40);
        assertThat(new Preprocessor(hub, Compat.PAPER, Optional.empty())
                        .prepare(image)
                        .values())
                .isEqualTo(new Preprocessor(PreprocessorConfig.DEFAULT, Compat.PAPER, Optional.empty())
                        .prepare(image)
                        .values());
    }

    @ParameterizedTest
    @CsvSource({"PAPER", "HF"})
    void everyPictureOfABatchIsWhatItIsAlonePlusZeros(Compat compat) {
        Preprocessor preprocessor =
                new Preprocessor(PreprocessorConfig.DEFAULT, compat, Optional.of(new ShortestEdge(60, 200)));
        List<Image> images = List.of(Goldens.noise(50, 70), Goldens.noise(33, 33), Goldens.noise(200, 31));
        PixelValues batch = preprocessor.prepare(images);
        assertThat(batch.batch()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            PixelValues alone = preprocessor.prepare(images.get(i));
            Geometry g = batch.geometries().get(i);
            Geometry a = alone.geometries().get(0);
            assertThat(List.of(g.validHeight(), g.validWidth())).containsExactly(a.validHeight(), a.validWidth());
            for (int c = 0; c < 3; c++) {
                for (int y = 0; y < batch.height(); y++) {
                    for (int x = 0; x < batch.width(); x++) {
                        float expected = y < g.validHeight() && x < g.validWidth()
                                ? alone.values()[(c * alone.height() + y) * alone.width() + x]
                                : 0;
                        float actual = batch.values()[((i * 3 + c) * batch.height() + y) * batch.width() + x];
                        assertThat(actual).isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void withoutResizingThePictureKeepsItsSize() {
        PreprocessorConfig config = PreprocessorConfig.parse(bytes("{\"do_resize\": false}"), "test");
        Geometry hf = new Preprocessor(config, Compat.HF, Optional.empty()).geometry(50, 70);
        assertThat(hf).isEqualTo(new Geometry(50, 70, 50, 70, 50, 70));
        Geometry paper = new Preprocessor(config, Compat.PAPER, Optional.empty()).geometry(50, 70);
        assertThat(paper).isEqualTo(new Geometry(50, 70, 50, 70, 64, 96));
        Geometry asked = new Preprocessor(config, Compat.HF, Optional.of(new Exact(64, 32))).geometry(50, 70);
        assertThat(asked).isEqualTo(new Geometry(50, 70, 64, 32, 64, 32));
    }

    @Test
    void rescalingAndNormalisingCanBeLeftOut() {
        Image image = Image.ofRgb(1, 1, new byte[] {10, 20, 30});
        String none = "{\"do_resize\": false, \"size_divisor\": 0, \"do_normalize\": false, \"do_rescale\": false}";
        String scaled = "{\"do_resize\": false, \"size_divisor\": 0, \"do_normalize\": false}";
        String normal = "{\"do_resize\": false, \"size_divisor\": 0, \"do_rescale\": false, \"image_mean\": [8, 8, 8],"
                + " \"image_std\": 2}";
        for (Compat compat : Compat.values()) {
            assertThat(values(none, compat, image)).containsExactly(10, 20, 30);
            assertThat(values(scaled, compat, image))
                    .containsExactly((float) (10 / 255.0), (float) (20 / 255.0), (float) (30 / 255.0));
            assertThat(values(normal, compat, image)).containsExactly(1, 6, 11);
        }
    }

    @Test
    void bothRuleBooksAgreeWhereNothingIsResized() {
        Image image = Goldens.noise(64, 32);
        float[] paper = new Preprocessor(PreprocessorConfig.DEFAULT, Compat.PAPER, Optional.of(new Exact(32, 64)))
                .prepare(image)
                .values();
        float[] hf = new Preprocessor(PreprocessorConfig.DEFAULT, Compat.HF, Optional.of(new Exact(32, 64)))
                .prepare(image)
                .values();
        assertThat(paper).containsExactly(hf, within(1e-5f));
    }

    @Test
    void aBatchThatNoArrayHoldsIsRefusedInOneLine() {
        Preprocessor preprocessor =
                new Preprocessor(PreprocessorConfig.DEFAULT, Compat.HF, Optional.of(new Exact(32000, 32000)));
        assertThatThrownBy(() -> preprocessor.prepare(Goldens.noise(2, 2)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("1 pictures of 32000×32000 are too much for one batch; give a smaller size or fewer"
                        + " pictures at a time");
    }

    private static float[] values(String json, Compat compat, Image image) {
        return new Preprocessor(PreprocessorConfig.parse(bytes(json), "test"), compat, Optional.empty())
                .prepare(image)
                .values();
    }

    private static PreprocessorConfig withDivisor(int divisor) {
        return PreprocessorConfig.parse(bytes("{\"size_divisor\": " + divisor + "}"), "test");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void batchesOfOneSizeStackInTheirOrderAndOthersDoNot() {
        PixelValues first = new PixelValues(new float[] {1, 2, 3}, 1, 1, List.of(new Geometry(7, 7, 1, 1, 1, 1)));
        PixelValues second = new PixelValues(new float[] {4, 5, 6}, 1, 1, List.of(new Geometry(9, 9, 1, 1, 1, 1)));
        PixelValues both = PixelValues.stack(List.of(first, second));
        assertThat(both.values()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(both.geometries()).extracting(Geometry::imageHeight).containsExactly(7, 9);
        assertThat(PixelValues.stack(List.of(first))).isSameAs(first);
        PixelValues wide = new PixelValues(new float[6], 1, 2, List.of(new Geometry(1, 2, 1, 2, 1, 2)));
        assertThatThrownBy(() -> PixelValues.stack(List.of(first, wide)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1×1")
                .hasMessageContaining("2×1");
        assertThatThrownBy(() -> PixelValues.stack(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
