package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.mask2former.Mask2Former;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.image.TestSize;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;
import org.mask2former.result.PostProcessorConfig;

/**
 * Writes a checkpoint of any supported kind as a folder in the hub's layout, which Transformers loads as well:
 * {@code config.json}, {@code preprocessor_config.json} and {@code model.safetensors}, and where the source has them {@code
 * labels.json}, {@code postprocessor_config.json} and {@code README.md}. Weights are copied one at a time. Stateless; see {@link ModelFolder} for what happens if it fails.
 */
public final class Converter {
    private static final int IGNORE_INDEX = 255;

    private Converter() {}

    /** Converts a checkpoint whose weights keep their type; see {@link #convert(Path, Path, Optional, boolean)}. */
    public static void convert(Path source, Path folder, boolean overwrite) {
        convert(source, folder, Optional.empty(), overwrite);
    }

    /**
     * Converts a checkpoint.
     *
     * @param source a folder or file, as for {@link ModelFiles#open}
     * @param folder where the files go; made if need be
     * @param type what the weights become, float32, float16 or bfloat16; empty to keep what they are
     * @param overwrite whether files of these names may be replaced; others in the folder always stay
     * @throws CheckpointException if the source cannot be read or does not fit its network, if there are such files
     *     already, or they cannot be written
     */
    public static void convert(Path source, Path folder, Optional<DType> type, boolean overwrite) {
        try (ModelFiles model = ModelFiles.open(source)) {
            List<Parameter> parameters = new Mask2FormerNetwork(model.config()).parameters();
            CheckpointFit.check(parameters, model.weights());
            ModelFolder.write(folder, overwrite, aside -> {
                ConfigJson.write(aside.resolve(ModelFiles.CONFIG), model.config());
                writePreprocessor(aside.resolve(ModelFiles.PREPROCESSOR), model);
                ModelFolder.copy(Mask2Former.LABELS_FILE, source, aside);
                ModelFolder.copy(PostProcessorConfig.FILE_NAME, source, aside);
                ModelFolder.copy(HubModelFiles.README, source, aside);
                Weights weights = complete(parameters, model, type);
                Safetensors.write(aside.resolve(ModelFiles.WEIGHTS), weights, Map.of("format", "pt"));
            });
        }
    }

    static void writePreprocessor(Path file, ModelFiles model) throws IOException {
        if (model.preprocessorJson().isPresent()) {
            Files.copy(model.preprocessorJson().get(), file);
            return;
        }
        ModelConfig config = model.config();
        PreprocessorConfig byDefault = PreprocessorConfig.DEFAULT;
        PreprocessorConfig preprocessor = new PreprocessorConfig(
                byDefault.doResize(),
                TestSize.published(config.labels(), config.backbone().displayName())
                        .orElse(byDefault.size()),
                byDefault.sizeDivisor(),
                byDefault.doRescale(),
                byDefault.rescaleFactor(),
                byDefault.doNormalize(),
                byDefault.imageMean(),
                byDefault.imageStd(),
                byDefault.doReduceLabels(),
                OptionalInt.of(IGNORE_INDEX),
                OptionalInt.of(config.numClasses()));
        Files.writeString(file, preprocessor.toJson());
    }

    /** The network's weights, and what Transformers keeps beside them, so that it finds nothing missing. */
    private static Weights complete(List<Parameter> parameters, ModelFiles model, Optional<DType> type) {
        Weights weights = model.weights();
        Map<String, LazyTensor> tensors = new LinkedHashMap<>();
        for (Parameter p : parameters) {
            DType wanted = type.orElse(weights.dtype(p.name()));
            tensors.put(
                    p.name(),
                    new LazyTensor(
                            wanted,
                            p.shape(),
                            () -> weights.tensor(p.name()).to(wanted).data()));
        }
        for (Map.Entry<String, HostTensor> e :
                beside(parameters, model.config()).entrySet()) {
            HostTensor found = weights.names().contains(e.getKey()) ? weights.tensor(e.getKey()) : e.getValue();
            HostTensor tensor = found.dtype() == DType.I64 ? found : found.to(type.orElse(found.dtype()));
            tensors.put(e.getKey(), new LazyTensor(tensor.dtype(), tensor.shape(), tensor::data));
        }
        return new LazyWeights(weights.source(), tensors, () -> {});
    }

    /** The initial values of buffers and of the one norm that Transformers has but no forward pass uses. */
    private static Map<String, HostTensor> beside(List<Parameter> parameters, ModelConfig config) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        float[] emptyWeight = new float[config.numClasses() + 1];
        Arrays.fill(emptyWeight, 1);
        emptyWeight[config.numClasses()] = (float) config.loss().noObjectWeight();
        tensors.put("criterion.empty_weight", HostTensor.of(emptyWeight, emptyWeight.length));
        for (Parameter p : parameters) {
            if (p.name().endsWith(".running_var")) {
                String name = p.name().replace(".running_var", ".num_batches_tracked");
                tensors.put(name, HostTensor.of(new long[] {0}));
            }
            if (p.name().endsWith("encoder.hidden_states_norms.stage4.weight")) {
                float[] ones = new float[p.shape()[0]];
                Arrays.fill(ones, 1);
                String norm = "model.pixel_level_module.encoder.swin.layernorm.";
                tensors.put(norm + "weight", HostTensor.of(ones, ones.length));
                tensors.put(norm + "bias", HostTensor.of(new float[ones.length], ones.length));
            }
        }
        return tensors;
    }
}
