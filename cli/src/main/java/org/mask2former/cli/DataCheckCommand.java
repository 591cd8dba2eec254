package org.mask2former.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.data.Dataset;
import org.mask2former.data.DatasetCheck;
import org.mask2former.data.DatasetConfig;
import org.mask2former.data.DatasetPage;
import org.mask2former.data.DatasetReport;
import org.mask2former.data.Finding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mask2former data check}. */
@Command(
        name = "check",
        description = "Read every picture and annotation of a data set and tell what is wrong with them.",
        footer = {
            "",
            "The output folder gets index.html, report.json and sheets of pictures with their annotation drawn on them.",
            "Errors make the exit code 3, or 1 if no picture is free of them; what is only worth a look does not.",
            "",
            "  mask2former data check recipes/data/facade.yaml --data-root /data"
        })
final class DataCheckCommand extends TerminalCommand {
    /** Of each part, drawn on the sheets. */
    private static final int PICTURES_SHOWN = 24;

    @Parameters(paramLabel = "YAML", description = "The data set; docs/data.md describes the file.")
    private Path data;

    @Option(
            names = "--data-root",
            paramLabel = "DIR",
            order = 1,
            description = "Where the data set's files are (default: where the YAML says, else beside it).")
    private Optional<Path> root = Optional.empty();

    @Option(
            names = "--part",
            paramLabel = "PART",
            split = ",",
            order = 2,
            description = "The parts to check (default: all).")
    private List<String> parts = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            order = 3,
            description = "Folder of the page (default: runs/data/NAME, the data set's, or if that is there"
                    + " runs/data/NAME-2 and so on).")
    private Optional<Path> output = Optional.empty();

    @Option(
            names = "--json",
            order = 4,
            description = "Print JSON, a list with an object for each part; files are then written only if --output is"
                    + " given.")
    private boolean json;

    DataCheckCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws JsonProcessingException {
        DatasetConfig config = DatasetConfig.read(data);
        List<String> names = parts.isEmpty() ? List.copyOf(config.parts().keySet()) : parts;
        List<Dataset> opened =
                names.stream().map(name -> Dataset.open(config, name, root)).toList();
        Optional<Path> wanted = json ? output : output.or(() -> Optional.of(OutputFolder.free("data", config.name())));
        try (OutputFolder folder = OutputFolder.make(wanted)) {
            List<DatasetReport> reports = check(opened, folder);
            print(reports);
            folder.path()
                    .map(f -> new DatasetPage(f, PICTURES_SHOWN).write(opened, reports))
                    .ifPresent(page -> (json ? terminal.err() : terminal.out()).println("page: " + page));
            return exitCode(reports);
        }
    }

    private List<DatasetReport> check(List<Dataset> opened, OutputFolder folder) {
        int total = opened.stream().mapToInt(Dataset::size).sum();
        try (Interruption interruption = Interruption.of(folder::close);
                Progress progress = Progress.start(terminal, "checking", total, "", 1)) {
            return DatasetCheck.check(opened, (done, all) -> progress.advanceTo(done));
        }
    }

    private void print(List<DatasetReport> reports) throws JsonProcessingException {
        if (json) {
            terminal.out()
                    .println(new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(
                                    reports.stream().map(DatasetReport::toJson).toList()));
        } else {
            reports.forEach(report -> terminal.out().println(report.toText()));
        }
    }

    private static int exitCode(List<DatasetReport> reports) {
        long pictures = reports.stream().mapToLong(DatasetReport::pictures).sum();
        long bad = reports.stream()
                .mapToLong(report -> report.findings().stream()
                        .filter(f -> f.kind().isError())
                        .map(Finding::picture)
                        .distinct()
                        .count())
                .sum();
        return bad == 0 ? ExitCode.OK : bad < pictures ? ExitCode.SOME_INPUTS_FAILED : ExitCode.FAILURE;
    }
}
