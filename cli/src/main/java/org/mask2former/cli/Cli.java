package org.mask2former.cli;

import java.util.List;
import org.mask2former.Mask2FormerException;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line as a whole: its commands, how it reports errors, and the exit codes. */
final class Cli {
    private Cli() {}

    /** Runs one command line and returns its exit code; never throws for what a user can cause. */
    static int run(Terminal terminal, String... args) {
        try {
            return commandLine(terminal).execute(args);
        } catch (OutOfMemoryError e) {
            error(
                    terminal,
                    "out of memory: " + e.getMessage() + "; take a smaller --size, or give Java more memory,"
                            + " for example M2F_JAVA_OPTS=-Xmx8g");
            return ExitCode.FAILURE;
        } finally {
            terminal.out().flush();
            terminal.err().flush();
        }
    }

    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new Mask2FormerCommand());
        for (Object command : List.of(new VersionCommand(terminal), new CompletionCommand(terminal))) {
            line.addSubcommand(command);
        }
        return line.setOut(terminal.out())
                .setErr(terminal.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colored() ? Ansi.ON : Ansi.OFF))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler((e, given) -> usageError(terminal, e))
                .setExecutionExceptionHandler((e, failed, parsed) -> failure(terminal, e));
    }

    private static int usageError(Terminal terminal, ParameterException e) {
        String message = e.getMessage();
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            message += "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
        }
        error(terminal, message);
        terminal.err().println("See " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static int failure(Terminal terminal, Exception e) {
        if (e instanceof Mask2FormerException) {
            error(terminal, e.getMessage());
        } else {
            error(terminal, "a fault in this program, please report it with what follows: " + e);
            e.printStackTrace(terminal.err());
        }
        return ExitCode.FAILURE;
    }

    static void error(Terminal terminal, String message) {
        Ansi ansi = terminal.colored() ? Ansi.ON : Ansi.OFF;
        terminal.err().println(ansi.string("@|bold,red error:|@ ") + message);
    }
}
