package org.mask2former.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.mask2former.model.Precision;

/**
 * What a benchmark of one combination found.
 *
 * @param seconds of the timed passes, shortest first
 * @param flop operations of one pass, for the whole batch
 * @param peakFlops operations a second that matrix products reach here
 * @param peakRss the most resident memory the process has had, if the system tells
 */
record BenchmarkRun(
        String model,
        String engine,
        Precision precision,
        int threads,
        int height,
        int width,
        int batch,
        double[] seconds,
        double flop,
        double peakFlops,
        Optional<Long> peakRss) {
    double median() {
        return Repetition.median(seconds);
    }

    /** How many times as long the median pass takes as all its operations would at the machine's peak. */
    double timesBound() {
        return median() / (flop / peakFlops);
    }

    /** One line for people. */
    String line() {
        return String.format(
                Locale.ROOT,
                "%dx%d batch %d: median %.1f ms, min %.1f, max %.1f over %d; %.0f GFLOP/s of %.0f (%.2f times the bound)%s; %s",
                width,
                height,
                batch,
                1e3 * median(),
                1e3 * seconds[0],
                1e3 * seconds[seconds.length - 1],
                seconds.length,
                flop / median() / 1e9,
                peakFlops / 1e9,
                timesBound(),
                peakRss.map(b -> String.format(Locale.ROOT, "; %d MB resident at most", b >> 20))
                        .orElse(""),
                engine);
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("model", model);
        fields.put("engine", engine);
        fields.put("precision", precision.name().toLowerCase(Locale.ROOT));
        fields.put("size", width + "x" + height);
        fields.put("width", width);
        fields.put("height", height);
        fields.put("batch", batch);
        fields.put("threads", threads);
        fields.put("runs", seconds.length);
        fields.put("median_seconds", median());
        fields.put("min_seconds", seconds[0]);
        fields.put("max_seconds", seconds[seconds.length - 1]);
        fields.put("gflop", flop / 1e9);
        fields.put("gflops", flop / median() / 1e9);
        fields.put("peak_gflops", peakFlops / 1e9);
        fields.put("times_bound", timesBound());
        peakRss.ifPresent(bytes -> fields.put("peak_rss_bytes", bytes));
        return fields;
    }

    static Optional<Long> peakRssBytes() {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
