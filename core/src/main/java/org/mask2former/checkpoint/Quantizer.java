package org.mask2former.checkpoint;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.Mask2Former;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;
import org.mask2former.result.PostProcessorConfig;

/**
 * Writes a checkpoint whose large weights are 8-bit integers, as a folder in the hub's layout: {@code config.json} names the
 * quantisation, and beside each quantised weight stand its scales and the range of its layer's input. It loads like any other
 * checkpoint of this project; Transformers does not know it. Stateless.
 */
public final class Quantizer {
    private Quantizer() {}

    /**
     * Refuses what {@link #quantize} would refuse, for callers about to do the long work that comes before it.
     *
     * @throws CheckpointException if the model does not fit its network or is quantised already, or there are files of a model
     *     in the folder and they may not be replaced
     */
    public static void check(ModelFiles model, Path folder, boolean overwrite) {
        ModelFolder.refuseExisting(folder, overwrite);
        check(model, new Mask2FormerNetwork(model.config()).parameters());
    }

    private static void check(ModelFiles model, List<Parameter> parameters) {
        CheckpointFit.check(parameters, model.weights());
        if (model.weights().isQuantized()) {
            throw new CheckpointException(model.weights().source()
                    + " is quantised already; name the model it was made of, whose weights are whole");
        }
    }

    /**
     * Quantises a checkpoint.
     *
     * @param source a folder or file, as for {@link ModelFiles#open}
     * @param folder where the files go; made if need be
     * @param inputs the weights to quantise, and the ranges of what they are applied to (see {@link QuantizedTensor#inputs});
     *     all others stay as they are
     * @param card the text of {@code README.md}
     * @param overwrite whether files of these names may be replaced; others in the folder always stay
     * @throws CheckpointException if the source cannot be read, does not fit its network or is quantised already, if there are
     *     such files already, or they cannot be written
     */
    public static void quantize(
            Path source, Path folder, Map<String, List<InputRange>> inputs, String card, boolean overwrite) {
        try (ModelFiles model = ModelFiles.open(source)) {
            List<Parameter> parameters = new Mask2FormerNetwork(model.config()).parameters();
            check(model, parameters);
            ModelFolder.write(folder, overwrite, aside -> {
                String config = ConfigJson.toJson(model.config(), true);
                Files.writeString(aside.resolve(ModelFiles.CONFIG), config, StandardCharsets.UTF_8);
                Converter.writePreprocessor(aside.resolve(ModelFiles.PREPROCESSOR), model);
                ModelFolder.copy(Mask2Former.LABELS_FILE, source, aside);
                ModelFolder.copy(PostProcessorConfig.FILE_NAME, source, aside);
                Files.writeString(aside.resolve(HubModelFiles.README), card, StandardCharsets.UTF_8);
                Map<String, HostTensor> tensors = tensors(parameters, model.weights(), inputs);
                Safetensors.write(
                        aside.resolve(ModelFiles.WEIGHTS),
                        Weights.of(source.toString(), tensors),
                        Map.of("format", "pt"));
            });
        }
    }

    private static Map<String, HostTensor> tensors(
            List<Parameter> parameters, Weights weights, Map<String, List<InputRange>> inputs) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (Parameter p : parameters) {
            HostTensor weight = weights.tensor(p.name());
            if (inputs.containsKey(p.name())) {
                QuantizedTensor quantized = QuantizedTensor.of(weight, inputs.get(p.name()));
                tensors.putAll(QuantizedWeights.tensors(p.name(), quantized));
            } else {
                tensors.put(p.name(), weight);
            }
        }
        return tensors;
    }
}
