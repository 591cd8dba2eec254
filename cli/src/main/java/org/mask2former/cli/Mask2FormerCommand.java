package org.mask2former.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program's name without a command: help, or an error. */
@Command(
        name = "mask2former",
        description = "Semantic, instance and panoptic segmentation of pictures with Mask2Former.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 some inputs failed, 130 interrupted.",
            "mask2former COMMAND --help tells more."
        })
final class Mask2FormerCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help.")
    private boolean help;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a COMMAND is missing");
    }
}
