package org.mask2former.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.mask2former.checkpoint.Converter;
import org.mask2former.ops.DType;
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

    @Option(
            names = "--dtype",
            completionCandidates = LowerCase.WeightTypes.class,
            paramLabel = "TYPE",
            order = 3,
            description = "Type of the weights, ${COMPLETION-CANDIDATES} (default: what they are).")
    private Optional<WeightType> type = Optional.empty();

    @Option(names = "--overwrite", order = 4, description = "Replace files of these names in it.")
    private boolean overwrite;

    /** What weights can be written as. */
    enum WeightType {
        /** Single precision. */
        FP32(DType.F32),
        /** Half precision: half the size. */
        FP16(DType.F16),
        /** Single precision's range with 8 bits of it: half the size. */
        BF16(DType.BF16);

        private final DType dtype;

        WeightType(DType dtype) {
            this.dtype = dtype;
        }
    }

    ConvertCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        Path source = model.find(terminal, hubSettings());
        Converter.convert(source, output, type.map(t -> t.dtype), overwrite);
        terminal.out().println(output);
        return ExitCode.OK;
    }
}
