package org.mask2former.data;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.mask2former.data.ClassBars.Bar;
import org.mask2former.image.Image;

/**
 * The plots of an evaluation, by name: PR curves, confusion matrix, a bar for each class. Drawn without a screen; a machine
 * without fonts gets none, and a warning in the log.
 */
final class Plots {
    /** More curves than these cannot be told apart. */
    private static final int MOST_CURVES = 10;
    /** More classes than these cannot be read. */
    private static final int MOST_IN_MATRIX = 30;

    /** Pixels between labels of an axis: so few that none is left out. */
    private static final int EVERY_LABEL = 10;

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 700;

    private Plots() {}

    static Map<String, Image> of(EvaluationReport report) {
        Map<String, Image> plots = new LinkedHashMap<>();
        if (!Fonts.available()) {
            return plots;
        }
        report.panoptic()
                .ifPresent(p -> bars(
                        plots,
                        "pq",
                        "PQ by class",
                        p.classes().stream()
                                .filter(c -> c.quality().measured())
                                .map(c -> new Bar(c.name(), c.quality().pq(), c.thing()))));
        report.instances().ifPresent(i -> {
            bars(
                    plots,
                    "ap",
                    "AP by class",
                    i.masks().classes().stream()
                            .filter(c -> c.ap().isPresent())
                            .map(c -> new Bar(c.name(), c.ap().getAsDouble(), true)));
            curves(i.masks()).ifPresent(image -> plots.put("pr", image));
        });
        report.semantic()
                .ifPresent(s -> bars(
                        plots,
                        "iou",
                        "IoU by class",
                        s.classes().stream()
                                .filter(c -> c.iou().isPresent())
                                .map(c -> new Bar(c.name(), c.iou().getAsDouble(), c.thing()))));
        report.confusion().flatMap(Plots::confusion).ifPresent(image -> plots.put("confusion", image));
        return plots;
    }

    /** The best on top. */
    private static void bars(Map<String, Image> plots, String name, String title, Stream<Bar> measured) {
        List<Bar> bars =
                measured.sorted(Comparator.comparingDouble(b -> -b.value())).toList();
        if (!bars.isEmpty()) {
            plots.put(name, ClassBars.draw(title, bars));
        }
    }

    private static Optional<Image> curves(CocoReport report) {
        List<CocoReport.OfClass> classes = report.classes().stream()
                .filter(c -> !c.curves().isEmpty())
                .sorted(Comparator.comparingLong(CocoReport.OfClass::truths).reversed())
                .toList();
        if (classes.isEmpty()) {
            return Optional.empty();
        }
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(
                        classes.size() > MOST_CURVES
                                ? "Precision and recall of masks: the mean, and the " + MOST_CURVES
                                        + " most frequent classes"
                                : "Precision and recall of masks")
                .xAxisTitle("recall")
                .yAxisTitle("precision")
                .build();
        chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.0);
        chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
        chart.getStyler().setChartBackgroundColor(Color.WHITE).setLegendPosition(Styler.LegendPosition.OutsideE);
        double[] recalls = CocoEvaluator.linspace(0, 1, 101);
        for (int i = 0; i < classes.get(0).curves().size(); i++) {
            double[] mean = new double[recalls.length];
            int curve = i;
            Arrays.setAll(
                    mean,
                    r -> classes.stream()
                            .mapToDouble(c -> c.curves().get(curve).precision()[r])
                            .average()
                            .orElseThrow());
            chart.addSeries("all, IoU " + classes.get(0).curves().get(i).threshold(), recalls, mean)
                    .setMarker(SeriesMarkers.NONE)
                    .setLineStyle(new BasicStroke(4));
        }
        List<String> names =
                unique(classes.stream().map(CocoReport.OfClass::name).toList());
        for (int c = 0; classes.size() > 1 && c < Math.min(MOST_CURVES, classes.size()); c++) {
            chart.addSeries(
                            names.get(c),
                            recalls,
                            classes.get(c).curves().get(0).precision())
                    .setMarker(SeriesMarkers.NONE)
                    .setLineStyle(new BasicStroke(1.5f));
        }
        return Optional.of(Image.of(BitmapEncoder.getBufferedImage(chart)));
    }

    /** Each row in percent of the truth; of many classes those that occur most. */
    private static Optional<Image> confusion(ConfusionMatrix matrix) {
        int classes = matrix.names().size();
        int[] shown = IntStream.rangeClosed(0, classes)
                .boxed()
                .filter(c -> matrix.ofTruth(c) + matrix.ofPrediction(c) > 0)
                .sorted(Comparator.comparingLong(c -> c == classes ? Long.MIN_VALUE : -matrix.ofTruth(c)))
                .limit(MOST_IN_MATRIX)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        if (shown.length == 0) {
            return Optional.empty();
        }
        List<String> names = unique(Arrays.stream(shown)
                .mapToObj(c -> c == classes ? matrix.none() : matrix.names().get(c))
                .toList());
        List<Number[]> cells = new ArrayList<>();
        for (int p = 0; p < shown.length; p++) {
            for (int t = 0; t < shown.length; t++) {
                long all = matrix.ofTruth(shown[t]);
                long percent = all == 0 ? 0 : Math.round(100.0 * matrix.get(shown[t], shown[p]) / all);
                // From the top down, as one reads a matrix.
                cells.add(new Number[] {p, shown.length - 1 - t, percent});
            }
        }
        List<String> rows = new ArrayList<>(names);
        Collections.reverse(rows);
        int side = 300 + 34 * shown.length;
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(Math.max(WIDTH, side + 200))
                .height(Math.max(HEIGHT, side))
                .title("What was taken for what, in % of the truth")
                .xAxisTitle("predicted")
                .yAxisTitle("truth")
                .build();
        chart.getStyler()
                .setMin(0)
                .setMax(100)
                .setRangeColors(new Color[] {Color.WHITE, new Color(0xa6cee3), new Color(0x4a90c2)})
                .setShowValue(shown.length <= MOST_IN_MATRIX / 2);
        chart.getStyler()
                .setXAxisLabelRotation(60)
                .setXAxisTickMarkSpacingHint(EVERY_LABEL)
                .setYAxisTickMarkSpacingHint(EVERY_LABEL)
                .setChartBackgroundColor(Color.WHITE);
        chart.addSeries("%", names, rows, cells);
        return Optional.of(Image.of(BitmapEncoder.getBufferedImage(chart)));
    }

    /** A chart's series need names that differ. */
    private static List<String> unique(List<String> names) {
        List<String> unique = new ArrayList<>();
        for (String name : names) {
            String shown = name;
            for (int i = 2; unique.contains(shown); i++) {
                shown = name + " (" + i + ")";
            }
            unique.add(shown);
        }
        return unique;
    }
}
