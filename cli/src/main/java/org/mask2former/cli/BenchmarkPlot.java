package org.mask2former.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.mask2former.AtomicFile;

/** Draws the time of a pass against the pixels it sees, a line for each precision, batch and number of threads. */
final class BenchmarkPlot {
    private BenchmarkPlot() {}

    static void write(Path file, String model, List<BenchmarkRun> runs) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(600)
                .title(model)
                .xAxisTitle("megapixels a picture")
                .yAxisTitle("milliseconds a pass (median)")
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setXAxisMin(0.0);
        Map<String, List<BenchmarkRun>> lines = new LinkedHashMap<>();
        for (BenchmarkRun run : runs) {
            String name = String.format(
                    Locale.ROOT,
                    "%s, batch %d, %d threads",
                    run.precision().name().toLowerCase(Locale.ROOT),
                    run.batch(),
                    run.threads());
            lines.computeIfAbsent(name, n -> new ArrayList<>()).add(run);
        }
        lines.forEach((name, points) -> chart.addSeries(
                name,
                points.stream()
                        .mapToDouble(p -> (double) p.width() * p.height() / 1e6)
                        .toArray(),
                points.stream().mapToDouble(p -> 1e3 * p.median()).toArray()));
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        BitmapEncoder.saveBitmap(chart, png, BitmapEncoder.BitmapFormat.PNG);
        AtomicFile.write(file, out -> out.write(png.toByteArray()));
    }
}
