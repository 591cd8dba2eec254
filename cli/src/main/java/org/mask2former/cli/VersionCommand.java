package org.mask2former.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mask2former version}. */
@Command(name = "version", description = "Print the versions of this program, libtorch and Java.")
final class VersionCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help.")
    private boolean help;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Version version = Version.read();
        terminal.out()
                .printf(
                        "mask2former %s (libtorch %s, Java %s, %s %s)%n",
                        version.program(),
                        version.libtorch(),
                        System.getProperty("java.version"),
                        System.getProperty("os.name"),
                        System.getProperty("os.arch"));
        return ExitCode.OK;
    }
}
