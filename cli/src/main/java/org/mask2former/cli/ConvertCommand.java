package org.mask2former.cli;

import java.nio.file.Path;
import org.mask2former.checkpoint.Converter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former convert}. */
@Command(
        name = "convert",
        description = "Write any checkpoint as a folder in the hub's layout, which Transformers loads as well.",
        footer = {
            "",
            "The folder gets config.json, preprocessor_config.json and model.safetensors. Of a Detectron2 checkpoint"
                    + " without config.json the architecture is inferred from the weights."
        })
final class ConvertCommand extends TerminalCommand {
    @Mixin
    private ModelOption model;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            order = 2,
            description = "The folder to write.")
    private Path output;

    @Option(names = "--overwrite", order = 3, description = "Replace files of these names in it.")
    private boolean overwrite;

    ConvertCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        Path source = model.find(terminal, hubSettings());
        Converter.convert(source, output, overwrite);
        terminal.out().println(output);
        return ExitCode.OK;
    }
}
