package org.mask2former.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mask2former.result.ResultWriter;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;

/** What becomes of results: files, and a line on standard output for each picture. */
final class Results implements AutoCloseable {
    private final Optional<ResultWriter> writer;
    private final OutputOptions options;
    private final String model;

    Results(Optional<ResultWriter> writer, OutputOptions options, String model) {
        this.writer = writer;
        this.options = options;
        this.model = model;
    }

    /** Writes a picture's files and returns the line to print. */
    String write(Source source, Segmentation result) {
        List<Path> files = writer.map(w -> w.write(result, source.name())).orElse(List.of());
        if (options.printsJson()) {
            return options.jsonForm()
                    .withIndent(false)
                    .toJson(result, source.name(), model)
                    .strip();
        }
        String where = files.isEmpty()
                ? ""
                : " → " + files.stream().map(Path::toString).collect(Collectors.joining(", "));
        return source.name() + ": " + summary(result) + where;
    }

    /** Such as {@code 2 person, car, sky}. */
    static String summary(Segmentation result) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Segment segment : result.segments()) counts.merge(segment.label(), 1, Integer::sum);
        return counts.isEmpty()
                ? "nothing found"
                : counts.entrySet().stream()
                        .map(e -> e.getValue() == 1 ? e.getKey() : e.getValue() + " " + e.getKey())
                        .collect(Collectors.joining(", "));
    }

    /** Puts the files for all pictures in their place. */
    @Override
    public void close() {
        writer.ifPresent(ResultWriter::close);
    }
}
