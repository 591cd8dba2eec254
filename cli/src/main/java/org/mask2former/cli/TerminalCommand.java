package org.mask2former.cli;

import picocli.CommandLine.Option;

/** A command whose options can have their defaults in a file. */
abstract class TerminalCommand extends BasicCommand {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            order = 1002,
            description = "Where options have their defaults: YAML, option names as keys"
                    + " (default: mask2former.yaml in the current folder, if there).")
    private String config;

    TerminalCommand(Terminal terminal) {
        super(terminal);
    }
}
