package org.mask2former;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.mask2former.checkpoint.CheckpointFit;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.ModelLocation;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.image.Preprocessor;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.Effort;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineProvider;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.Profile;
import org.mask2former.result.InstanceSegmentation;
import org.mask2former.result.Labels;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.PostProcessor;
import org.mask2former.result.PostProcessorConfig;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticSegmentation;

/**
 * A model that segments pictures.
 *
 * <pre>{@code
 * try (Mask2Former model = Mask2Former.load("facebook/mask2former-swin-tiny-coco-panoptic")) {
 *     PanopticSegmentation result = model.panoptic(Image.read(Path.of("street.jpg")));
 *     result.segments().forEach(s -> System.out.printf("%s %.2f %d px%n", s.label(), s.score(), s.area()));
 *     result.overlay().write(Path.of("street-panoptic.png"));
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: they share one copy of the weights, and forward passes run one after the other, each on
 * all the threads the model was given. {@link #close()} frees the native memory; any use after it throws
 * {@link IllegalStateException}.
 */
public final class Mask2Former implements AutoCloseable {
    /** Names, colours and thing or stuff of the classes, beside a checkpoint; the form of the tables in docs/labels.md. */
    public static final String LABELS_FILE = "labels.json";

    private final ModelConfig config;
    private final Labels labels;
    private final Preprocessor preprocessor;
    private final PostProcessorConfig postProcessing;
    private final PostProcessor postProcessor;
    private final Engine engine;
    private final Compat compat;
    private final boolean semanticOnly;

    private Mask2Former(
            ModelConfig config,
            Labels labels,
            Preprocessor preprocessor,
            Engine engine,
            Compat compat,
            PostProcessorConfig postProcessing,
            boolean semanticOnly) {
        this.config = config;
        this.labels = labels;
        this.preprocessor = preprocessor;
        this.postProcessor = PostProcessor.of(compat);
        this.engine = engine;
        this.compat = compat;
        this.postProcessing = postProcessing;
        this.semanticOnly = semanticOnly;
    }

    /**
     * Loads a model with the default options.
     *
     * @param model a folder in the hub's layout, a checkpoint file, or a model on the hub, {@code owner/name[@revision]}
     * @throws Mask2FormerException if there is none, it cannot be fetched, is damaged or does not fit; the message says
     *     what to do
     */
    public static Mask2Former load(String model) {
        return load(model, LoadOptions.defaults());
    }

    /** Loads a model. @see #load(String) */
    public static Mask2Former load(String model, LoadOptions options) {
        Path location = ModelLocation.find(model, options.hub(), options.progress());
        try (ModelFiles files = ModelFiles.open(location)) {
            ModelConfig config = files.config();
            CheckpointFit.check(new Mask2FormerNetwork(config).parameters(), files.weights());
            Labels labels = labels(location, config);
            Preprocessor preprocessor = Preprocessor.forModel(
                    files.preprocessorJson().map(PreprocessorConfig::read).orElse(PreprocessorConfig.DEFAULT),
                    options.compat(),
                    options.size(),
                    config.labels(),
                    config.backbone().displayName());
            Engine engine = provider().open(config, files.weights(), options.engine());
            boolean semanticOnly = Task.named(model).equals(Optional.of(Task.SEMANTIC));
            PostProcessorConfig postProcessing = options.compat() == Compat.PAPER
                    ? PostProcessorConfig.in(folder(location))
                    : PostProcessorConfig.NONE;
            return new Mask2Former(
                    config, labels, preprocessor, engine, options.compat(), postProcessing, semanticOnly);
        }
    }

    private static Path folder(Path location) {
        return Files.isDirectory(location) ? location : location.resolveSibling("");
    }

    private static Labels labels(Path location, ModelConfig config) {
        Path file = folder(location).resolve(LABELS_FILE);
        if (!Files.exists(file)) {
            return Labels.forNames(config.labels());
        }
        Labels labels = Labels.read(file);
        if (labels.size() != config.numClasses()) {
            throw new Mask2FormerException(file + " names " + labels.size() + " classes, but the model has "
                    + config.numClasses() + "; correct the file, or remove it to use the names in config.json");
        }
        return labels;
    }

    private static EngineProvider provider() {
        return ServiceLoader.load(EngineProvider.class, Mask2Former.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new Mask2FormerException("there is no engine on the class path to run a model;"
                        + " add the dependency org.mask2former:mask2former-torch"));
    }

    /** Things one by one and stuff as a whole, with the rule book's thresholds. */
    public PanopticSegmentation panoptic(Image picture) {
        return panoptic(picture, defaults(Task.PANOPTIC));
    }

    public PanopticSegmentation panoptic(Image picture, PostProcessOptions options) {
        return postProcessor.panoptic(predict(picture), picture, labels, options);
    }

    /** Things one by one, with the rule book's thresholds. */
    public InstanceSegmentation instances(Image picture) {
        return instances(picture, defaults(Task.INSTANCE));
    }

    public InstanceSegmentation instances(Image picture, PostProcessOptions options) {
        return postProcessor.instances(predict(picture), picture, labels, options);
    }

    /** A class for every pixel. */
    public SemanticSegmentation semantic(Image picture) {
        return semantic(picture, defaults(Task.SEMANTIC));
    }

    public SemanticSegmentation semantic(Image picture, PostProcessOptions options) {
        return postProcessor.semantic(predict(picture), picture, labels, options);
    }

    /** Any task, for callers that choose it at run time. */
    public Segmentation segment(Task task, Image picture, PostProcessOptions options) {
        return segment(task, picture, predict(picture), options);
    }

    /** The meaning of a prediction made before, so that several tasks cost one forward pass. */
    public Segmentation segment(Task task, Image picture, Prediction prediction, PostProcessOptions options) {
        return postProcessor.segment(task, prediction, picture, labels, options);
    }

    /** What the network says of a picture: the raw logits. */
    public Prediction predict(Image picture) {
        return engine.predict(preprocessor.prepare(picture)).get(0);
    }

    /**
     * The same with an effort of its own, for callers that trade quality for time from one picture to the next.
     *
     * @throws Mask2FormerException if the model has fewer layers or queries than the effort asks for
     */
    public Prediction predict(Image picture, Effort effort) {
        return engine.predict(preprocessor.prepare(picture), effort).get(0);
    }

    /** What the network says of several pictures in one pass; smaller ones are padded to the largest. */
    public List<Prediction> predict(List<Image> pictures) {
        return engine.predict(preprocessor.prepare(pictures));
    }

    /** What the network says of pixels prepared elsewhere. */
    public List<Prediction> predict(PixelValues batch) {
        return engine.predict(batch);
    }

    /** @see #predict(Image, Effort) */
    public List<Prediction> predict(PixelValues batch, Effort effort) {
        return engine.predict(batch, effort);
    }

    /** The same after every layer of the transformer decoder; see {@link Engine#predictAllLayers}. */
    public List<List<Prediction>> predictAllLayers(PixelValues batch) {
        return engine.predictAllLayers(batch);
    }

    /** Where the time of a forward pass goes; see {@link Engine#profile}. */
    public Profile profile(PixelValues batch) {
        return engine.profile(batch);
    }

    /** How long a forward pass takes, without what goes in and out; see {@link Engine#forwardSeconds}. */
    public double forwardSeconds(PixelValues batch) {
        return engine.forwardSeconds(batch);
    }

    /** What matrix products reach here, in operations a second; see {@link Engine#peakFlops}. */
    public double peakFlops() {
        return engine.peakFlops();
    }

    /**
     * The thresholds of the model's rule book for a task, or its own where it has a {@code postprocessor_config.json}, which
     * {@link Compat#HF} does not read. A model whose name ends in {@code -semantic} makes its class
     * scores at the input's size, as the original does for models of that task only.
     */
    public PostProcessOptions defaults(Task task) {
        PostProcessOptions ruleBook = PostProcessOptions.defaults(compat, task, labels);
        return postProcessing.applyTo(ruleBook, task).withResizeScores(semanticOnly);
    }

    public ModelConfig config() {
        return config;
    }

    public Labels labels() {
        return labels;
    }

    public Preprocessor preprocessor() {
        return preprocessor;
    }

    /** What runs the model, for people. */
    public String engine() {
        return engine.description();
    }

    /** Waits for passes under way and frees the model; may be called twice. */
    @Override
    public void close() {
        engine.close();
    }
}
