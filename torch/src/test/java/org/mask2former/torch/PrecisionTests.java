package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Compat;
import org.mask2former.Fixtures;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.checkpoint.InputRange;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Quantizer;
import org.mask2former.image.Image;
import org.mask2former.image.Preprocessor;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.image.TestSize;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.FloatParts;
import org.mask2former.model.Precision;
import org.mask2former.result.Prediction;
import org.mask2former.result.SemanticSegmentation;

/**
 * Each precision gives the maps that float32 gives, but for a few pixels: on a real picture, with tiny models of random weights,
 * whose classes are closer to each other than a trained model's.
 */
class PrecisionTests {
    private static final Optional<TestSize> SIZE = Optional.of(new TestSize.Exact(192, 256));

    @TempDir
    private Path temp;

    @BeforeAll
    static void load() {
        Torch.load();
    }

    private static Image picture() {
        return Image.read(Fixtures.path("processor/picture0.png"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void halvesAndBfloat16(String fixture) {
        String model = Fixtures.path(fixture).toString();
        assertThat(agreement(model, Precision.FP16, model)).as("fp16").isGreaterThan(0.99);
        assertThat(agreement(model, Precision.BF16, model)).as("bf16").isGreaterThan(0.9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-resnet"})
    void integers(String fixture) {
        assumeTrue(runsIntegers(), "this processor is not known to have 8-bit integer instructions");
        Path source = Fixtures.path(fixture);
        String quantized = quantized(source).toString();
        assertThat(agreement(quantized, Precision.INT8, source.toString()))
                .as("int8")
                .isGreaterThan(0.9);
        assertThat(agreement(quantized, Precision.FP32, source.toString()))
                .as("the quantised weights in float32")
                .isGreaterThan(0.9);
        try (Mask2Former own = load(quantized, EngineOptions.DEFAULT);
                Mask2Former automatic = load(quantized, EngineOptions.DEFAULT.withPrecision(Precision.AUTO))) {
            assertThat(own.engine()).contains("int8");
            assertThat(automatic.engine()).contains("int8");
        }
    }

    @Test
    void onlyLayersThatMayBeBytesAre() {
        Map<String, List<InputRange>> ranges = observe(Fixtures.path("tiny-swin"));
        assertThat(ranges.keySet()).noneMatch(FloatParts::contains).hasSizeGreaterThan(50);
        assertThat(ranges.keySet()).anyMatch(n -> n.contains("encoder.layers")).anyMatch(n -> n.contains("in_proj"));
        ranges.forEach(
                (weight, inputs) -> assertThat(inputs).as(weight).hasSize(weight.endsWith("in_proj_weight") ? 3 : 1));
    }

    @Test
    void int8OfAnOrdinaryModelIsRefused() {
        assertThatThrownBy(() -> load(Fixtures.path("tiny-swin").toString(), options(Precision.INT8)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContainingAll("int8", "mask2former quantize");
    }

    @Test
    void theChoiceIsByWhatTheProcessorHas() throws IOException {
        assumeTrue(PackedLinear.isAvailable(), "this libtorch has no oneDNN, so the choice is always float32");
        Path none = cpu("sse2 avx2");
        Path integers = cpu("avx512_vnni");
        Path both = cpu("avx512_bf16 avx512_vnni");
        Optional<Precision> auto = Optional.of(Precision.AUTO);
        assertThat(CpuPrecision.choose(auto, false, none)).isEqualTo(Precision.FP32);
        assertThat(CpuPrecision.choose(auto, false, integers)).isEqualTo(Precision.FP32);
        assertThat(CpuPrecision.choose(auto, false, both)).isEqualTo(Precision.BF16);
        assertThat(CpuPrecision.choose(auto, true, none)).isEqualTo(Precision.FP32);
        assertThat(CpuPrecision.choose(auto, true, integers)).isEqualTo(Precision.INT8);
        assertThat(CpuPrecision.choose(Optional.empty(), true, both)).isEqualTo(Precision.INT8);
        assertThat(CpuPrecision.choose(Optional.empty(), false, both)).isEqualTo(Precision.FP32);
        assertThatThrownBy(() -> CpuPrecision.choose(Optional.of(Precision.INT8), true, none))
                .hasMessageContaining("VNNI");
    }

    private Path cpu(String flags) throws IOException {
        return Files.writeString(temp.resolve("cpuinfo " + flags), "model name\t: x\nflags\t\t: " + flags + "\n");
    }

    private static boolean runsIntegers() {
        try {
            return CpuPrecision.choose(Optional.empty(), true) == Precision.INT8;
        } catch (Mask2FormerException e) {
            return false;
        }
    }

    private Path quantized(Path source) {
        Path folder = temp.resolve("int8");
        Quantizer.quantize(source, folder, observe(source), "", false);
        return folder;
    }

    private static Map<String, List<InputRange>> observe(Path source) {
        try (ModelFiles files = ModelFiles.open(source);
                Calibration calibration = new Calibration(files.config(), files.weights(), 2)) {
            Preprocessor preprocessor = Preprocessor.forModel(
                    PreprocessorConfig.DEFAULT,
                    Compat.PAPER,
                    SIZE,
                    files.config().labels(),
                    files.config().backbone().displayName());
            calibration.observe(preprocessor.prepare(picture()));
            return calibration.ranges();
        }
    }

    private static EngineOptions options(Precision precision) {
        return EngineOptions.DEFAULT.withThreads(2).withPrecision(precision);
    }

    private static Mask2Former load(String model, EngineOptions engine) {
        return Mask2Former.load(model, LoadOptions.defaults().withSize(SIZE).withEngine(engine));
    }

    /** The share of pixels with the class that float32 gives them. */
    private static double agreement(String model, Precision precision, String reference) {
        short[] actual = classes(model, precision);
        short[] expected = classes(reference, Precision.FP32);
        int same = 0;
        for (int i = 0; i < expected.length; i++) {
            same += actual[i] == expected[i] ? 1 : 0;
        }
        return (double) same / expected.length;
    }

    private static short[] classes(String model, Precision precision) {
        Image picture = picture();
        try (Mask2Former loaded = load(model, options(precision))) {
            Prediction prediction = loaded.predict(picture);
            var result = (SemanticSegmentation)
                    loaded.segment(Task.SEMANTIC, picture, prediction, loaded.defaults(Task.SEMANTIC));
            return result.classMap().clone();
        }
    }
}
