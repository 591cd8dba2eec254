package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.CheckpointFit;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/**
 * The model a run begins with: from nothing, with a pretrained backbone, or another model, whose class head is drawn anew
 * where the classes differ.
 *
 * @param config with the data set's classes
 * @param weights all that the network needs, in memory
 * @param preprocessing at the run's size
 * @param said what a person should know of it, one line each
 */
record StartingPoint(ModelConfig config, Weights weights, PreprocessorConfig preprocessing, List<String> said) {
    private static final String CLASS_HEAD = "class_predictor.";

    StartingPoint {
        said = List.copyOf(said);
    }

    /**
     * @param labels the data set's classes
     * @param find the folder or file of a model's name
     */
    static StartingPoint of(TrainingConfig run, List<String> labels, Function<String, Path> find) {
        if (run.start().isPresent()) {
            return from(run, find.apply(run.start().get()), labels);
        }
        ModelConfig config = run.model().orElseThrow().withLabels(labels);
        List<Parameter> parameters = new Mask2FormerNetwork(config).parameters();
        PreprocessorConfig preprocessing = PreprocessorConfig.DEFAULT.withSize(run.size());
        if (run.backbone().isPresent()) {
            Path location = find.apply(run.backbone().get());
            return around(
                    PretrainedBackbone.load(location, config, parameters), config, parameters, run, preprocessing);
        }
        return new StartingPoint(
                config,
                Initialisation.random(config, parameters, run.seed()),
                preprocessing,
                List.of("all weights are drawn at random"));
    }

    private static StartingPoint around(
            PretrainedBackbone backbone,
            ModelConfig config,
            List<Parameter> parameters,
            TrainingConfig run,
            PreprocessorConfig preprocessing) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (Parameter p : parameters) {
            HostTensor pretrained = backbone.tensors().get(p.name());
            tensors.put(p.name(), pretrained == null ? Initialisation.random(config, p, run.seed()) : pretrained);
        }
        List<String> said = new ArrayList<>(backbone.said());
        said.add("all other weights are drawn at random");
        return new StartingPoint(
                config,
                Weights.of("pretrained backbone and random weights", tensors),
                backbone.preprocessorJson()
                        .map(preprocessing::withNormalisationOf)
                        .orElse(preprocessing),
                said);
    }

    private static StartingPoint from(TrainingConfig run, Path location, List<String> labels) {
        List<String> said = new ArrayList<>();
        try (ModelFiles files = ModelFiles.open(location)) {
            ModelConfig config = run.changes().applyTo(files.config().withLabels(labels));
            boolean sameClasses = files.config().labels().equals(labels);
            Map<String, HostTensor> tensors = new LinkedHashMap<>();
            CheckpointFit.check(new Mask2FormerNetwork(files.config()).parameters(), files.weights());
            for (Parameter p : new Mask2FormerNetwork(config).parameters()) {
                boolean anew = !sameClasses && p.name().startsWith(CLASS_HEAD);
                String source = DecoderLayers.source(p.name(), files.config().decoderLayers());
                tensors.put(
                        p.name(),
                        anew ? Initialisation.random(config, p, run.seed()) : inMemory(files.weights(), source));
            }
            said.add("weights are from " + location);
            int added = config.decoderLayers() - files.config().decoderLayers();
            if (added > 0) {
                said.add("its decoder gets " + added + (added == 1 ? " layer" : " layers")
                        + " more, which begin as copies of the last ones");
            }
            if (!sameClasses) {
                said.add("its class head is drawn anew: it knows "
                        + files.config().numClasses()
                        + " classes, the data set has " + labels.size()
                        + (files.config().numClasses() == labels.size() ? " others" : ""));
            }
            PreprocessorConfig preprocessing = files.preprocessorJson()
                    .map(PreprocessorConfig::read)
                    .orElse(PreprocessorConfig.DEFAULT)
                    .withSize(run.size());
            return new StartingPoint(config, Weights.of(location.toString(), tensors), preprocessing, said);
        } catch (IllegalArgumentException e) {
            throw new Mask2FormerException(location + " cannot be trained on: " + e.getMessage(), e);
        }
    }

    /** The source is closed before the copy is used. */
    private static HostTensor inMemory(Weights weights, String name) {
        HostTensor tensor = weights.tensor(name);
        return HostTensor.of(tensor.toFloats(), tensor.shape());
    }
}
