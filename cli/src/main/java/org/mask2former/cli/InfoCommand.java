package org.mask2former.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.mask2former.checkpoint.HubClient;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.image.Geometry;
import org.mask2former.image.Preprocessor;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.ModelCost;
import org.mask2former.ops.Parameter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former info}. */
@Command(name = "info", description = "Tell what a model is, what it costs at a size, and its licence.")
final class InfoCommand extends TerminalCommand {
    /** A picture of the commonest shape in COCO; what --size leaves open depends on the picture. */
    private static final int PICTURE_WIDTH = 640;

    private static final int PICTURE_HEIGHT = 480;
    private static final int NAMES_SHOWN = 6;

    @Mixin
    private ModelOption model;

    @Mixin
    private SizeOptions size;

    @Option(names = "--weights", order = 29, description = "List all weights, too: their names and shapes.")
    private boolean listsWeights;

    @Option(names = "--json", order = 30, description = "Print JSON.")
    private boolean json;

    InfoCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws JsonProcessingException {
        HubSettings settings = hubSettings();
        ModelConfig config;
        Geometry input;
        try (ModelFiles files = model.open(terminal, settings)) {
            config = files.config();
            Preprocessor preprocessor = size.preprocessor(files);
            input = preprocessor.geometry(PICTURE_HEIGHT, PICTURE_WIDTH);
        }
        ModelCost cost = ModelCost.of(config, input.inputHeight(), input.inputWidth());
        Optional<String> licence =
                model.hubId().flatMap(id -> HubClient.create(settings).licence(id));
        if (json) {
            printJson(config, input, cost, licence);
        } else {
            printText(config, input, cost, licence);
            if (listsWeights) {
                printWeights(parameters(config));
            }
        }
        return ExitCode.OK;
    }

    private void printText(ModelConfig config, Geometry input, ModelCost cost, Optional<String> licence) {
        long weights = cost.parameters() * Float.BYTES;
        line("model", model.name());
        line("backbone", config.backbone().displayName());
        line("classes", classes(config.labels()));
        line("queries", Integer.toString(config.numQueries()));
        line(
                "layers",
                config.encoderLayers() + " in the pixel decoder, " + config.decoderLayers()
                        + " in the transformer decoder");
        line("parameters", millions(cost.parameters()));
        line(
                "input",
                input.inputWidth() + "×" + input.inputHeight() + " for a picture of " + PICTURE_WIDTH + "×"
                        + PICTURE_HEIGHT);
        line(
                "FLOPs",
                billions(cost.flops()) + " a picture, " + billions(backboneFlops(cost)) + " of it in the backbone");
        line(
                "memory",
                megabytes(weights) + " of weights, " + megabytes(cost.peakActivationBytes()) + " of activations");
        line("licence", licence.orElse("not known: the model is no model of the hub, or the hub cannot be asked"));
    }

    private static List<Parameter> parameters(ModelConfig config) {
        return new Mask2FormerNetwork(config).parameters();
    }

    private void printWeights(List<Parameter> parameters) {
        int width = parameters.stream().mapToInt(p -> p.name().length()).max().orElse(1);
        terminal.out().println();
        parameters.forEach(p -> terminal.out().printf("%-" + width + "s %s%n", p.name(), Arrays.toString(p.shape())));
    }

    private void line(String name, String value) {
        terminal.out().printf("%-11s %s%n", name, value);
    }

    private void printJson(ModelConfig config, Geometry input, ModelCost cost, Optional<String> licence)
            throws JsonProcessingException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("model", model.name());
        fields.put("backbone", config.backbone().displayName());
        fields.put("labels", config.labels());
        fields.put("queries", config.numQueries());
        fields.put("encoder_layers", config.encoderLayers());
        fields.put("decoder_layers", config.decoderLayers());
        fields.put("input_height", input.inputHeight());
        fields.put("input_width", input.inputWidth());
        fields.put("parameters", cost.parameters());
        fields.put("flops", cost.flops());
        fields.put("flops_by_part", cost.flopsByPart());
        fields.put("weight_bytes", cost.parameters() * Float.BYTES);
        fields.put("peak_activation_bytes", cost.peakActivationBytes());
        licence.ifPresent(l -> fields.put("licence", l));
        if (listsWeights) {
            Map<String, int[]> shapes = new LinkedHashMap<>();
            parameters(config).forEach(p -> shapes.put(p.name(), p.shape()));
            fields.put("weights", shapes);
        }
        terminal.out()
                .println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(fields));
    }

    private static String classes(List<String> labels) {
        String first = String.join(", ", labels.subList(0, Math.min(NAMES_SHOWN, labels.size())));
        return labels.size() + ": " + first + (labels.size() > NAMES_SHOWN ? ", …" : "");
    }

    private static long backboneFlops(ModelCost cost) {
        return cost.flopsByPart().entrySet().stream()
                .filter(part -> part.getKey().startsWith("pixel_level/backbone"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private static String millions(long count) {
        return String.format(Locale.ROOT, "%.1f M", count / 1e6);
    }

    private static String billions(long flops) {
        return String.format(Locale.ROOT, "%.1f G", flops / 1e9);
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f MB", bytes / 1e6);
    }
}
