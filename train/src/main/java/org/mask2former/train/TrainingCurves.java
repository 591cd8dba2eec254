package org.mask2former.train;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.mask2former.data.Fonts;
import org.mask2former.image.Image;

/** The table of a run as two plots, losses above and measures below. Stateless. */
final class TrainingCurves {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 450;

    private TrainingCurves() {}

    /** Writes them, unless there is nothing to draw yet, or no font to draw with. */
    static void draw(List<Map<String, Double>> rows, Path file) {
        if (!Fonts.available()) {
            return;
        }
        XYChart losses = chart("Losses, means of each interval", "loss of the last layer");
        XYChart measures = chart("Measures on the validation part", "percent");
        measures.getStyler().setYAxisMin(0.0);
        List<XYChart> drawn = new ArrayList<>();
        if (add(losses, List.of("class", "mask", "dice", "separation", "teacher"), rows)) {
            drawn.add(losses);
        }
        if (add(measures, List.of("pq", "ap", "ap50", "miou"), rows)) {
            drawn.add(measures);
        }
        if (!drawn.isEmpty()) {
            Image.of(below(drawn)).write(file);
        }
    }

    private static XYChart chart(String title, String unit) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("step")
                .yAxisTitle(unit)
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE).setLegendPosition(Styler.LegendPosition.OutsideE);
        return chart;
    }

    /** @return whether there is anything in these columns */
    private static boolean add(XYChart chart, List<String> columns, List<Map<String, Double>> rows) {
        boolean any = false;
        for (String column : columns) {
            List<Map<String, Double>> present = rows.stream()
                    .filter(r -> r.containsKey(column) && Double.isFinite(r.get(column)))
                    .toList();
            if (!present.isEmpty()) {
                double[] steps =
                        present.stream().mapToDouble(r -> r.get("step")).toArray();
                double[] values =
                        present.stream().mapToDouble(r -> r.get(column)).toArray();
                chart.addSeries(column, steps, values).setMarker(SeriesMarkers.NONE);
                any = true;
            }
        }
        return any;
    }

    private static BufferedImage below(List<XYChart> charts) {
        BufferedImage all = new BufferedImage(WIDTH, HEIGHT * charts.size(), BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = all.createGraphics();
        for (int i = 0; i < charts.size(); i++) {
            graphics.drawImage(BitmapEncoder.getBufferedImage(charts.get(i)), 0, i * HEIGHT, null);
        }
        graphics.dispose();
        return all;
    }
}
