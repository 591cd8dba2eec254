package org.mask2former.cli;

import picocli.CommandLine.Command;

/** {@code mask2former version}. */
@Command(name = "version", description = "Print the versions of this program, libtorch and Java.")
final class VersionCommand extends TerminalCommand {
    VersionCommand(Terminal terminal) {
        super(terminal);
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
