package org.mask2former.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mask2former completion}. */
@Command(
        name = "completion",
        description = "Print a script that completes commands and options in the shell.",
        footer = {"", "In bash or zsh: source <(mask2former completion)"})
final class CompletionCommand extends TerminalCommand {
    enum Shell {
        bash,
        zsh
    }

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SHELL",
            defaultValue = "bash",
            description = "${COMPLETION-CANDIDATES}; both understand the same script (default: ${DEFAULT-VALUE}).")
    private Shell shell;

    CompletionCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        terminal.out().print(AutoComplete.bash("mask2former", spec.root().commandLine()));
        return ExitCode.OK;
    }
}
