package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.checkpoint.CheckpointFit;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;
import org.mask2former.model.BackboneConfig;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.RandomWeights;
import org.mask2former.model.ResNetConfig;
import org.mask2former.model.SwinConfig;
import org.mask2former.result.Prediction;

/** The published sizes are built, saved, loaded and run, and give the same twice and on any number of threads. */
class FullSizeModelTests {
    private static final int HEIGHT = 96;
    private static final int WIDTH = 160;

    @ParameterizedTest
    @ValueSource(strings = {"Swin-T", "Swin-S", "Swin-B", "Swin-L", "ResNet-50", "ResNet-101"})
    void runsAlikeTwiceAndOnAnyNumberOfThreads(String name, @TempDir Path folder) {
        List<Integer> deep = List.of(2, 2, 18, 2);
        BackboneConfig backbone = switch (name) {
            case "Swin-T" -> SwinConfig.of(96, List.of(2, 2, 6, 2), List.of(3, 6, 12, 24), 7);
            case "Swin-S" -> SwinConfig.of(96, deep, List.of(3, 6, 12, 24), 7);
            case "Swin-B" -> SwinConfig.of(128, deep, List.of(4, 8, 16, 32), 12);
            case "Swin-L" -> SwinConfig.of(192, deep, List.of(6, 12, 24, 48), 12);
            case "ResNet-50" -> ResNetConfig.ofDepths(List.of(3, 4, 6, 3));
            default -> ResNetConfig.ofDepths(List.of(3, 4, 23, 3));
        };
        List<String> labels =
                IntStream.range(0, 133).mapToObj(i -> "class " + i).toList();
        ModelConfig config = ModelConfig.of(backbone, name.equals("Swin-L") ? 200 : 100, labels);
        assertThat(backbone.displayName()).isEqualTo(name);
        ConfigJson.write(folder.resolve(ModelFiles.CONFIG), config);
        Safetensors.write(
                folder.resolve(ModelFiles.WEIGHTS),
                new RandomWeights(new Mask2FormerNetwork(config).parameters(), 5),
                Map.of("format", "pt"));

        try (ModelFiles files = ModelFiles.open(folder)) {
            assertThat(files.config()).isEqualTo(config);
            CheckpointFit.check(new Mask2FormerNetwork(files.config()).parameters(), files.weights());
            Prediction[] single = twice(files, 1);
            Prediction[] pair = twice(files, 2);
            assertThat(single[0].maskLogits()).isEqualTo(single[1].maskLogits());
            assertThat(pair[0].maskLogits()).isEqualTo(pair[1].maskLogits());
            assertThat(single[0].queries()).isEqualTo(config.numQueries());
            assertThat(spread(single[0].maskLogits()))
                    .as("the masks say something")
                    .isGreaterThan(0.01);
            assertThat(worst(single[0].maskLogits(), pair[0].maskLogits()))
                    .isLessThan(1e-3 * spread(single[0].maskLogits()));
            assertThat(worst(single[0].classLogits(), pair[0].classLogits()))
                    .isLessThan(1e-3 * spread(single[0].classLogits()));
        }
    }

    private static Prediction[] twice(ModelFiles files, int threads) {
        Random random = new Random(3);
        float[] values = new float[3 * HEIGHT * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        PixelValues pixels = new PixelValues(
                values,
                HEIGHT,
                WIDTH,
                Collections.nCopies(1, new Geometry(HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH)));
        try (Engine engine = new TorchEngineProvider()
                .open(files.config(), files.weights(), EngineOptions.DEFAULT.withThreads(threads))) {
            return new Prediction[] {
                engine.predict(pixels).get(0), engine.predict(pixels).get(0)
            };
        }
    }

    private static double spread(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float v : values) {
            sum += v;
            squares += (double) v * v;
        }
        double mean = sum / values.length;
        return Math.sqrt(squares / values.length - mean * mean);
    }

    private static double worst(float[] a, float[] b) {
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
        }
        return worst;
    }
}
