package org.mask2former.cli;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line as a whole: its commands, how it reports errors, and the exit codes. */
final class Cli {
    private Cli() {}

    /** Runs one command line and returns its exit code; never throws for what a user can cause. */
    static int run(Terminal terminal, String... args) {
        CommandLine line = commandLine(terminal);
        try {
            line.setDefaultValueProvider(Defaults.read(terminal.environment(), line, args));
            return line.execute(args);
        } catch (Mask2FormerException e) { // the config file
            error(terminal, String.valueOf(e.getMessage()));
            return ExitCode.USAGE;
        } catch (OutOfMemoryError e) {
            error(terminal, message(e));
            return ExitCode.FAILURE;
        } finally {
            terminal.out().flush();
            terminal.err().flush();
        }
    }

    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new Mask2FormerCommand());
        for (BasicCommand command : commands(terminal)) {
            line.addSubcommand(command);
        }
        Objects.requireNonNull(line.getSubcommands().get("data")).addSubcommand(new DataCheckCommand(terminal));
        line.getSubcommands().values().forEach(Cli::tidyHelp);
        return line.setOut(terminal.out())
                .setErr(terminal.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colored() ? Ansi.ON : Ansi.OFF))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setExecutionStrategy(Cli::runCommand)
                .setParameterExceptionHandler((e, given) -> usageError(terminal, e))
                .setExecutionExceptionHandler((e, failed, parsed) -> failure(terminal, failed, e));
    }

    private static void tidyHelp(CommandLine command) {
        command.getCommandSpec().usageMessage().abbreviateSynopsis(true).sortOptions(false);
        command.getSubcommands().values().forEach(Cli::tidyHelp);
    }

    private static List<BasicCommand> commands(Terminal terminal) {
        return List.of(
                new PredictCommand(terminal),
                new TrainCommand(terminal),
                new ValCommand(terminal),
                new DataCommand(terminal),
                new ServeCommand(terminal),
                new InfoCommand(terminal),
                new BenchmarkCommand(terminal),
                new DownloadCommand(terminal),
                new ConvertCommand(terminal),
                new QuantizeCommand(terminal),
                new PreprocessCommand(terminal),
                new LogitsCommand(terminal),
                new DoctorCommand(terminal),
                new VersionCommand(terminal),
                new CompletionCommand(terminal));
    }

    private static int runCommand(ParseResult parsed) {
        LogConfigurator.verbosity(verbosity(lastOf(parsed)));
        return new RunLast().execute(parsed);
    }

    private static int usageError(Terminal terminal, ParameterException e) {
        CommandLine command = e.getCommandLine();
        String message = String.valueOf(e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched) {
            message = unmatched(command, unmatched.getUnmatched().get(0));
        }
        error(terminal, message);
        terminal.err().println("See " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static String unmatched(CommandLine command, String word) {
        Stream<String> options = command.getCommandSpec().optionsMap().keySet().stream();
        if (word.startsWith("-")) {
            String name = word.replaceFirst("=.*", "");
            return "unknown option " + name + Suggestions.didYouMean(name, options.toList());
        }
        if (!command.getSubcommands().isEmpty()) {
            return "unknown command " + word
                    + Suggestions.didYouMean(word, command.getSubcommands().keySet());
        }
        return "\"" + word + "\" was not expected";
    }

    private static int failure(Terminal terminal, CommandLine command, Exception e) {
        error(terminal, message(e));
        if (verbosity(command) > 0) {
            e.printStackTrace(terminal.err());
        }
        return ExitCode.FAILURE;
    }

    /** What a failure is called in one line. */
    static String message(Throwable e) {
        if (e instanceof Mask2FormerException) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof OutOfMemoryError) {
            return "out of memory (" + e.getMessage()
                    + "); take a smaller --size, or give Java more memory, for example" + " M2F_JAVA_OPTS=-Xmx8g";
        }
        StackTraceElement[] stack = e.getStackTrace();
        return "a fault in this program; please report it: " + e + (stack.length > 0 ? " at " + stack[0] : "")
                + " (--verbose tells more)";
    }

    private static CommandLine lastOf(ParseResult parsed) {
        List<CommandLine> lines = parsed.asCommandLineList();
        return lines.get(lines.size() - 1);
    }

    private static int verbosity(CommandLine line) {
        return line.getCommand() instanceof BasicCommand command ? command.verbosity() : 0;
    }

    static void error(Terminal terminal, String message) {
        Ansi ansi = terminal.colored() ? Ansi.ON : Ansi.OFF;
        terminal.err().println(ansi.string("@|bold,red error:|@ ") + message);
    }
}
