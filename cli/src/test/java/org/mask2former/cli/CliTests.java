package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Suggestions;
import picocli.CommandLine;

class CliTests {
    @TempDir
    private Path temp;

    @Test
    void versionNamesTheProgramLibtorchAndJava() {
        Run run = Run.of("version");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .startsWith("mask2former 0.")
                .contains("libtorch 2.", "Java ")
                .doesNotContain("${");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void everyCommandHasHelpOnStandardOutput() {
        for (Map.Entry<String, CommandLine> command :
                Cli.commandLine(Terminal.ofProcess()).getSubcommands().entrySet()) {
            Run run = Run.of(command.getKey(), "--help");
            assertThat(run.code()).isZero();
            assertThat(run.out()).startsWith("Usage: mask2former " + command.getKey());
            assertThat(run.err()).isEmpty();
            assertThat(Run.of("--help").out()).contains("\n  " + command.getKey() + " ");
        }
    }

    @Test
    void commandsOfACommandHaveHelpToo() {
        assertThat(Run.of("data", "--help").out()).contains("\n  check ");
        Run run = Run.of("data", "check", "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("Usage: mask2former data check").contains("--data-root");
    }

    @Test
    void nothingIsColouredWhereStandardErrorIsNoTerminalOrNoColorIsSet() {
        assertThat(Run.of("nonsense").err()).doesNotContain("\u001b");
        Terminal plain =
                new Terminal(System.in, Terminal.writer(System.out), Terminal.writer(System.err), Map.of(), true);
        assertThat(plain.colored()).isTrue();
        Map<String, String> noColor = Map.of("NO_COLOR", "1");
        assertThat(new Terminal(System.in, plain.out(), plain.err(), noColor, true).colored())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|a COMMAND is missing",
                "versio|unknown command versio; did you mean version?",
                "zzzzzz|unknown command zzzzzz",
                "version --verbos|unknown option --verbos; did you mean --verbose?",
                "version extra|\"extra\" was not expected",
                "completion fish|expected one of [bash, zsh]",
                "download|Missing required parameter: 'MODEL'",
                "version --config|Missing required parameter for option '--config'"
            })
    void wrongUsageIsOneLineAndWhereToLookAndExitCode2(String line, String expected) {
        Run run = Run.of(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(2);
        assertThat(run.err()).startsWith("error: ").contains(expected, "\nSee mask2former");
    }

    @Test
    void completionIsAScriptThatBashAccepts() throws Exception {
        Run run = Run.of("completion", "bash");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("complete -F _complete_mask2former", "download");
        Path script = Files.writeString(temp.resolve("completion"), run.out());
        assertThat(new ProcessBuilder("bash", "-n", script.toString()).start().waitFor())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "verbos: 1|\"verbos\" is no option",
                "download: {nonsense: 1}|\"download.nonsense\" is no option",
                "downlod: {a: 1}|\"downlod\" is no option; did you mean download?",
                "[a, b]|is not a list of options",
                "'a: [1'|is not YAML"
            })
    void aConfigFileThatCannotBeMeantIsNamed(String content, String expected) throws IOException {
        Path file = Files.writeString(temp.resolve("my.yaml"), content);
        Run run = Run.of("version", "--config", file.toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).startsWith("error: " + file).contains(expected);
    }

    @Test
    void aConfigFileThatIsNamedButMissingIsAnErrorWhereverItIsNamed() {
        Path missing = temp.resolve("missing.yaml");
        assertThat(Run.of("version", "--config=" + missing).err()).contains(missing + ": there is no such file");
        assertThat(Run.with(Map.of("M2F_CONFIG", missing.toString()), "version").code())
                .isEqualTo(2);
        assertThat(Run.with(Map.of("M2F_CONFIG", ""), "version").code()).isZero();
    }

    @Test
    void anEmptyConfigFileIsFine() throws IOException {
        Path file = Files.writeString(temp.resolve("empty.yaml"), "# nothing yet\n");
        assertThat(Run.of("version", "--config", file.toString()).code()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"perdict,predict", "person,persn", "car,cat", "PREDICT,predict"})
    void aWordThatIsCloseIsSuggested(String word, String meant) {
        assertThat(Suggestions.didYouMean(word, java.util.List.of(meant, "zzzzzzzz")))
                .isEqualTo("; did you mean " + meant + "?");
    }

    @Test
    void aWordThatIsFarFromAllIsNot() {
        assertThat(Suggestions.didYouMean("segment", java.util.List.of("predict", "info")))
                .isEmpty();
    }
}
