package org.mask2former.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option that was not given gets its value: the environment ({@code --class-threshold} is
 * {@code M2F_CLASS_THRESHOLD}), then the config file, then the option's own default.
 *
 * <p>The file is YAML. Its keys are options without their dashes; those of one command alone may stand under its name:
 *
 * <pre>
 * device: cuda
 * predict:
 *   threshold: 0.6
 *   save: [coco-panoptic, geojson]
 * </pre>
 */
final class Defaults implements IDefaultValueProvider {
    private static final Path FILE = Path.of("mask2former.yaml");
    private static final Set<String> NEVER = Set.of("help", "config", "verbose");

    private final Map<String, String> environment;
    /** By {@code option} and by {@code command.option}. */
    private final Map<String, String> file;

    private Defaults(Map<String, String> environment, Map<String, String> file) {
        this.environment = environment;
        this.file = file;
    }

    /**
     * Reads the config file that {@code args}, {@code M2F_CONFIG} or the current folder names.
     *
     * @throws Mask2FormerException if a file that was named is missing, is no YAML, or has a key that is no option
     */
    static Defaults read(Map<String, String> environment, CommandLine line, String... args) {
        Optional<Path> named = configOption(args)
                .or(() -> Optional.ofNullable(environment.get("M2F_CONFIG")))
                .filter(f -> !f.isEmpty())
                .map(Path::of);
        Path path = named.orElse(FILE);
        if (named.isEmpty() && !Files.exists(FILE)) {
            return new Defaults(environment, Map.of());
        }
        return new Defaults(environment, parse(path, line));
    }

    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option)) {
            return null;
        }
        String name = key(option);
        if (NEVER.contains(name)) {
            return null;
        }
        String variable = "M2F_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
        String set = environment.get(variable);
        if (set != null && !set.isEmpty()) {
            return set;
        }
        return file.getOrDefault(section(arg.command()) + "." + name, file.get(name));
    }

    /** Commands of a command, such as data check, share its section. */
    private static String section(CommandSpec command) {
        CommandSpec parent = command.parent();
        return parent == null || parent.parent() == null ? command.name() : section(parent);
    }

    private static Map<String, String> parse(Path path, CommandLine line) {
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(Files.readString(path));
        } catch (JsonProcessingException e) {
            throw new Mask2FormerException(
                    path + ": is not YAML: "
                            + String.valueOf(e.getOriginalMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse("") + "; write one \"option: value\" a line",
                    e);
        } catch (NoSuchFileException e) {
            throw new Mask2FormerException(path + ": there is no such file; correct --config or M2F_CONFIG", e);
        } catch (IOException e) {
            throw new Mask2FormerException(path + ": the config file cannot be read (" + e + ")", e);
        }
        Map<String, String> values = new HashMap<>();
        if (root.isMissingNode() || root.isNull()) {
            return values;
        }
        if (!root.isObject()) {
            throw new Mask2FormerException(path + ": is not a list of options; write one \"option: value\" a line");
        }
        Map<String, CommandLine> commands = line.getSubcommands();
        Set<String> everywhere = commands.values().stream()
                .flatMap(c -> options(c).stream())
                .collect(Collectors.toCollection(TreeSet::new));
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            CommandLine command = commands.get(entry.getKey());
            if (command == null || !entry.getValue().isObject()) {
                Set<String> known = new TreeSet<>(everywhere);
                known.addAll(commands.keySet());
                put(values, path, "", entry, known);
                continue;
            }
            for (Map.Entry<String, JsonNode> inner : entry.getValue().properties()) {
                put(values, path, entry.getKey() + ".", inner, options(command));
            }
        }
        return values;
    }

    private static void put(
            Map<String, String> values,
            Path path,
            String prefix,
            Map.Entry<String, JsonNode> entry,
            Set<String> known) {
        String key = entry.getKey();
        if (!known.contains(key)) {
            throw new Mask2FormerException(
                    path + ": \"" + prefix + key + "\" is no option" + Suggestions.didYouMean(key, known));
        }
        values.put(prefix + key, text(path, prefix + key, entry.getValue()));
    }

    /** A value as it would be typed: lists and maps joined by commas. */
    private static String text(Path path, String key, JsonNode value) {
        if (value.isValueNode() && !value.isNull()) {
            return value.asText();
        }
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .map(v -> text(path, key, v))
                    .collect(Collectors.joining(","));
        }
        if (value.isObject() && !value.isEmpty()) {
            return value.properties().stream()
                    .map(e -> e.getKey() + "=" + text(path, key, e.getValue()))
                    .collect(Collectors.joining(","));
        }
        throw new Mask2FormerException(path + ": \"" + key + "\" has no value");
    }

    private static Set<String> options(CommandLine command) {
        Stream<OptionSpec> own = command.getCommandSpec().options().stream();
        Stream<OptionSpec> below =
                command.getSubcommands().values().stream().flatMap(c -> c.getCommandSpec().options().stream());
        return Stream.concat(own, below)
                .map(Defaults::key)
                .filter(k -> !NEVER.contains(k))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    /** The config file has to be known before the options are parsed, for their defaults are in it. */
    private static Optional<String> configOption(String... args) {
        if (args.length > 0 && args[0].equals("train")) {
            return Optional.empty(); // there it is the run that --config describes
        }
        List<String> list = List.of(args);
        for (int i = 0; i < list.size() && !list.get(i).equals("--"); i++) {
            if (list.get(i).startsWith("--config=")) {
                return Optional.of(list.get(i).substring("--config=".length()));
            }
            if (list.get(i).equals("--config") && i + 1 < list.size()) {
                return Optional.of(list.get(i + 1));
            }
        }
        return Optional.empty();
    }
}
