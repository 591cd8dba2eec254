package org.mask2former.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;

/** {@code mask2former doctor}. */
@Command(
        name = "doctor",
        description =
                "Look at Java, libtorch, CPU, GPU, memory, disk and network, and say what to do where something is amiss.",
        footer = {"", "Exit code 1 if something stands in the way of segmenting pictures."})
final class DoctorCommand extends TerminalCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    DoctorCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws JsonProcessingException {
        List<Check> checks = new Doctor(this::hubSettings).examine();
        if (json) {
            terminal.out()
                    .println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(checks));
        } else {
            checks.forEach(this::print);
        }
        return checks.stream().anyMatch(c -> c.state() == Check.State.FAIL) ? ExitCode.FAILURE : ExitCode.OK;
    }

    private void print(Check check) {
        String style = switch (check.state()) {
            case OK -> "green";
            case WARN -> "yellow";
            case FAIL -> "red";
        };
        String state = String.format("%-4s", check.state());
        Ansi ansi = terminal.colored() ? Ansi.ON : Ansi.OFF;
        terminal.out()
                .printf("%s  %-12s %s%n", ansi.string("@|" + style + " " + state + "|@"), check.name(), check.found());
        if (!check.advice().isEmpty()) {
            terminal.out().printf("%19s%s%n", "", "→ " + check.advice());
        }
    }
}
