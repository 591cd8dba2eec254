package org.mask2former.cli;

import picocli.CommandLine.Command;

/** {@code mask2former data}: holds the commands about data sets. */
@Command(name = "data", description = "Check data sets.", synopsisSubcommandLabel = "COMMAND")
final class DataCommand extends TerminalCommand {
    DataCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        throw usage("a COMMAND is missing: check");
    }
}
