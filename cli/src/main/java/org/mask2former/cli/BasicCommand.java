package org.mask2former.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.mask2former.checkpoint.HubSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: the terminal, help, and how much it tells. */
abstract class BasicCommand implements Callable<Integer> {
    final Terminal terminal;

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            order = 1000,
            description = "Print this help.")
    private boolean help;

    @Option(
            names = {"-v", "--verbose"},
            order = 1001,
            description = "Tell more on standard error; twice for still more.")
    private boolean[] verbose = {};

    BasicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** 0 quiet, 1 information, 2 and more everything. */
    int verbosity() {
        return verbose.length;
    }

    /** The hub as the environment's {@code HF_} variables describe it. */
    HubSettings hubSettings() {
        return HubSettings.fromEnvironment(terminal.environment(), Path.of(System.getProperty("user.home")));
    }

    /** The user asked for something that makes no sense: exit code 2. */
    ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
