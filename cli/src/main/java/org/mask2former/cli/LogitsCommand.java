package org.mask2former.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.Mask2Former;
import org.mask2former.checkpoint.CheckpointException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Prediction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former logits}. */
@Command(
        name = "logits",
        description =
                "Run the network on prepared pixels and write what it says, for comparison with other implementations.",
        footer = {
            "",
            "The file has class_logits, float32 [B, Q, C+1], and mask_logits, float32 [B, Q, H/4, W/4]; with --all-layers"
                    + " also layer0.class_logits, layer0.mask_logits, layer1.class_logits, …: the predictions before the first"
                    + " layer of the transformer decoder, after it, and so on."
        })
final class LogitsCommand extends TerminalCommand {
    @Mixin
    private ModelOption model;

    @Option(
            names = "--pixel-values",
            required = true,
            paramLabel = "FILE",
            order = 2,
            description = "Safetensors file with pixel_values, float32 [B, 3, H, W], such as preprocess writes.")
    private Path pixelValues;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            order = 3,
            description = "The safetensors file to write.")
    private Path output;

    @Option(names = "--all-layers", order = 4, description = "Write the predictions of all layers.")
    private boolean allLayers;

    @Mixin
    private EngineOption engine;

    LogitsCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        PixelValues input = read(pixelValues);
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        try (Mask2Former opened = model.load(terminal, hubSettings(), new SizeOptions(), engine.options())) {
            if (allLayers) {
                List<List<Prediction>> layers = opened.predictAllLayers(input);
                for (int i = 0; i < layers.size(); i++) put(tensors, "layer" + i + ".", layers.get(i));
                put(tensors, "", layers.get(layers.size() - 1));
            } else {
                put(tensors, "", opened.predict(input));
            }
        }
        Safetensors.write(output, tensors);
        return ExitCode.OK;
    }

    private static PixelValues read(Path file) {
        try (Weights tensors = Safetensors.open(file)) {
            String name = "pixel_values";
            if (!tensors.names().contains(name)) {
                throw new CheckpointException(file + ": has no tensor pixel_values, float32 [B, 3, H, W], but "
                        + String.join(", ", tensors.names()));
            }
            int[] shape = tensors.shape(name);
            if (shape.length != 4
                    || shape[1] != 3
                    || Arrays.stream(shape).anyMatch(s -> s < 1)
                    || tensors.dtype(name) != DType.F32) {
                throw new CheckpointException(file + ": pixel_values is " + tensors.dtype(name) + Arrays.toString(shape)
                        + ", but must be F32[B, 3, H, W]");
            }
            Geometry whole = new Geometry(shape[2], shape[3], shape[2], shape[3], shape[2], shape[3]);
            return new PixelValues(
                    tensors.tensor(name).toFloats(), shape[2], shape[3], Collections.nCopies(shape[0], whole));
        }
    }

    /** The predictions of a batch as two tensors. */
    private static void put(Map<String, HostTensor> tensors, String prefix, List<Prediction> batch) {
        Prediction first = batch.get(0);
        List<float[]> classes = new ArrayList<>();
        List<float[]> masks = new ArrayList<>();
        for (Prediction p : batch) {
            classes.add(p.classLogits());
            masks.add(p.maskLogits());
        }
        tensors.put(
                prefix + "class_logits",
                HostTensor.of(joined(classes), batch.size(), first.queries(), first.classes() + 1));
        tensors.put(
                prefix + "mask_logits",
                HostTensor.of(joined(masks), batch.size(), first.queries(), first.maskHeight(), first.maskWidth()));
    }

    private static float[] joined(List<float[]> parts) {
        float[] all = new float[parts.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
