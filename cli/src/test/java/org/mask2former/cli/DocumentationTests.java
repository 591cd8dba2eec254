package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mask2former.Fixtures;
import picocli.CommandLine;

/** What the documentation tells people to type, copy or open is there. */
class DocumentationTests {
    private static final Pattern COMMAND = Pattern.compile("(?m)(?:^    |`)(?:\\./)?mask2former (.+?)(?:`|$)");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]+");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#]+)(?:#[^)]*)?\\)");
    private static final Pattern VERSION = Pattern.compile(
            "<artifactId>(mask2former-torch|javacpp|openblas|pytorch)</artifactId>\\s*<version>([^<]+)</version>");

    private final CommandLine line = Cli.commandLine(Terminal.ofProcess());

    @Test
    void everyCommandAndOptionThatIsShownExists() throws IOException {
        int checked = 0;
        for (Path page : pages()) {
            Matcher command = COMMAND.matcher(Files.readString(page));
            while (command.find()) {
                String[] words = command.group(1).split("\\s+");
                if (words[0].startsWith("-") || words[0].equals("COMMAND")) {
                    continue;
                }
                CommandLine known = line.getSubcommands().get(words[0]);
                assertThat(known).as("%s: %s", page, command.group()).isNotNull();
                if (!known.getSubcommands().isEmpty()) {
                    known = known.getSubcommands().get(words[1]);
                    assertThat(known).as("%s: %s", page, command.group()).isNotNull();
                }
                Matcher option = OPTION.matcher(command.group(1).replaceFirst("\\|.*", ""));
                while (option.find()) {
                    assertThat(known.getCommandSpec().optionsMap())
                            .as("%s: %s", page, command.group())
                            .containsKey(option.group());
                }
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(8);
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                assertThat(page.resolveSibling(link.group(1)).normalize())
                        .as("a link in %s", page)
                        .exists();
            }
        }
    }

    @Test
    void everyPageIsInTheIndex() throws IOException {
        String index = Files.readString(Fixtures.root().resolve("docs/index.md"));
        try (Stream<Path> docs = Files.list(Fixtures.root().resolve("docs"))) {
            assertThat(docs.filter(p -> p.toString().endsWith(".md") && !p.endsWith("index.md")))
                    .allSatisfy(p -> assertThat(index).contains("(" + p.getFileName() + ")"));
        }
    }

    @Test
    void everyCommandIsInTheTableOfCommands() throws IOException {
        String page = Files.readString(Fixtures.root().resolve("docs/cli.md"));
        assertThat(line.getSubcommands()).allSatisfy((name, command) -> {
            if (command.getSubcommands().isEmpty()) {
                assertThat(page).contains("`" + name + "`");
            }
            assertThat(command.getSubcommands().keySet())
                    .allSatisfy(c -> assertThat(page).contains("`" + name + " " + c + "`"));
        });
    }

    @Test
    void theVersionsToCopyAreThoseOfThisBuild() throws IOException {
        Version built = Version.read();
        String javacpp = built.libtorch().substring(built.libtorch().indexOf('-') + 1);
        for (String file : List.of("README.md", "examples/segment/pom.xml")) {
            String text =
                    Files.readString(Fixtures.root().resolve(file)).replace("${mask2former.version}", "0.1.0-SNAPSHOT");
            Set<String> seen = new TreeSet<>();
            Matcher version = VERSION.matcher(text);
            while (version.find()) {
                seen.add(version.group(1));
                String expected = switch (version.group(1)) {
                    case "mask2former-torch" -> built.program();
                    case "pytorch" -> built.libtorch();
                    case "javacpp" -> javacpp;
                    default -> version.group(2).replaceFirst("-.*", "-" + javacpp);
                };
                assertThat(version.group(2))
                        .as("%s in %s", version.group(1), file)
                        .isEqualTo(expected);
            }
            assertThat(seen).as(file).hasSize(4);
        }
    }

    private static List<Path> pages() throws IOException {
        Path root = Fixtures.root();
        List<Path> pages = new ArrayList<>(
                List.of(root.resolve("README.md"), root.resolve("CONTRIBUTING.md"), root.resolve("CHANGELOG.md")));
        try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            docs.filter(p -> p.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }
}
