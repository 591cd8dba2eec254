package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.model.FloatParts;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

class QuantizerTests {
    private static final InputRange RANGE = new InputRange(-1.5f, 3);
    private static final Path SOURCE = Fixtures.path("tiny-swin");

    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void quantize() {
        folder = temp.resolve("int8");
        Map<String, List<InputRange>> inputs = new TreeMap<>();
        try (ModelFiles model = ModelFiles.open(SOURCE)) {
            for (Parameter p : new Mask2FormerNetwork(model.config()).parameters()) {
                if (p.shape().length > 1 && p.name().contains("dense") && !FloatParts.contains(p.name())) {
                    inputs.put(p.name(), List.of(RANGE));
                }
            }
        }
        assertThat(inputs).isNotEmpty();
        Quantizer.quantize(SOURCE, folder, inputs, "a card", false);
    }

    @Test
    void whatIsReadIsWithinHalfAStepOfWhatWasWrittenAndTheRestIsTheSame() {
        try (ModelFiles before = ModelFiles.open(SOURCE);
                ModelFiles after = ModelFiles.open(folder)) {
            assertThat(after.config()).isEqualTo(before.config());
            int quantized = 0;
            for (Parameter p : new Mask2FormerNetwork(before.config()).parameters()) {
                HostTensor was = before.weights().tensor(p.name());
                HostTensor is = after.weights().tensor(p.name());
                assertThat(is.shape()).as(p.name()).isEqualTo(was.shape());
                assertThat(after.weights().dtype(p.name())).as(p.name()).isEqualTo(is.dtype());
                if (after.weights().quantized(p.name()).isPresent()) {
                    quantized++;
                    assertWithinHalfAStep(
                            was, is, after.weights().quantized(p.name()).get());
                } else {
                    assertThat(is.data()).as(p.name()).isEqualTo(was.data());
                }
            }
            assertThat(quantized).isPositive();
        }
    }

    private static void assertWithinHalfAStep(HostTensor was, HostTensor is, QuantizedTensor quantized) {
        assertThat(quantized.inputs()).containsExactly(RANGE);
        assertThat(quantized.values().dtype()).isEqualTo(DType.I8);
        float[] a = was.toFloats();
        float[] b = is.toFloats();
        int width = a.length / quantized.scales().length;
        for (int i = 0; i < a.length; i++) {
            float step = quantized.scales()[i / width];
            assertThat(Math.abs(a[i] - b[i])).as("%s [%d]", was, i).isLessThanOrEqualTo(0.5001f * step);
        }
    }

    @Test
    void theFolderNamesItsFormAndHasTheCard() throws IOException {
        assertThat(folder.resolve("config.json")).content().contains("\"quant_method\" : \"mask2former-int8\"");
        assertThat(folder.resolve("README.md")).hasContent("a card");
        assertThat(Files.size(folder.resolve("model.safetensors")))
                .isLessThan(Files.size(SOURCE.resolve("model.safetensors")));
    }

    @Test
    void aFormOfOthersIsRefused() throws IOException {
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("mask2former-int8", "bitsandbytes"));
        assertThatThrownBy(() -> ModelFiles.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("config.json", "quant_method", "mask2former-int8");
    }

    @Test
    void itIsNotQuantisedTwice() {
        assertThatThrownBy(() -> Quantizer.quantize(folder, temp.resolve("again"), Map.of(), "", false))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("is quantised already");
        assertThat(temp.resolve("again")).doesNotExist();
    }

    @Test
    void convertedItIsAnOrdinaryCheckpointAgain() {
        Path plain = temp.resolve("plain");
        Converter.convert(folder, plain, false);
        try (ModelFiles quantized = ModelFiles.open(folder);
                ModelFiles model = ModelFiles.open(plain)) {
            assertThat(plain.resolve("config.json")).content().doesNotContain("quantization");
            for (String name : quantized.weights().names()) {
                assertThat(model.weights().quantized(name)).isEmpty();
                assertThat(model.weights().tensor(name).data())
                        .as(name)
                        .isEqualTo(quantized.weights().tensor(name).data());
            }
        }
    }

    @Test
    void zeroIsAStepOfEveryRange() {
        for (InputRange range : List.of(RANGE, new InputRange(0, 7), new InputRange(-2, 0))) {
            assertThat(range.zeroPoint()).as("%s", range).isBetween(0, 255);
        }
        assertThatThrownBy(() -> new InputRange(0.5f, 1)).hasMessageContaining("0.5");
        assertThatThrownBy(() -> new InputRange(0, Float.NaN)).hasMessageContaining("NaN");
    }
}
