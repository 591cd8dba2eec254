package org.mask2former.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** An evaluation as tables for the terminal. */
final class ReportText {
    private ReportText() {}

    static String of(EvaluationReport report) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s %s: %d pictures in %.1f s (%.2f s a picture for the model)%n%n",
                report.dataset(),
                report.part(),
                report.pictures(),
                report.seconds(),
                report.pictures() == 0 ? 0 : report.segmenting() / report.pictures()));
        report.panoptic().ifPresent(p -> text.append(panoptic(p)).append('\n'));
        report.instances().ifPresent(i -> text.append(instances(i)).append('\n'));
        report.semantic().ifPresent(s -> text.append(semantic(s)).append('\n'));
        text.append(classes(report));
        report.remarks().forEach(r -> text.append("\n" + r + "\n"));
        if (!report.skipped().isEmpty()) {
            text.append("\n" + report.skipped().size() + " pictures were left out, the first because: "
                    + report.skipped().get(0) + "\n");
        }
        return text.toString().replace("\r\n", "\n");
    }

    private static TextTable panoptic(PanopticReport report) {
        TextTable table = new TextTable("panoptic", "PQ", "SQ", "RQ", "classes");
        row(table, "all", report.all());
        row(table, "things", report.things());
        row(table, "stuff", report.stuff());
        return table;
    }

    private static void row(TextTable table, String name, PanopticReport.Mean mean) {
        table.row(
                name,
                TextTable.percent(mean.pq()),
                TextTable.percent(mean.sq()),
                TextTable.percent(mean.rq()),
                Integer.toString(mean.classes()));
    }

    private static TextTable instances(EvaluationReport.Instances report) {
        List<String> headings = new ArrayList<>(List.of("instances"));
        List<String> masks = new ArrayList<>(List.of("masks"));
        List<String> boxes = new ArrayList<>(List.of("boxes"));
        List<String> boundaries = new ArrayList<>(List.of("boundaries"));
        for (CocoMetric metric : CocoMetric.values()) {
            headings.add(metric.title());
            masks.add(TextTable.percent(report.masks().get(metric)));
            boxes.add(TextTable.percent(report.boxes().get(metric)));
            boundaries.add(TextTable.percent(report.boundaries().get(metric)));
        }
        return new TextTable(headings.toArray(String[]::new))
                .row(masks.toArray(String[]::new))
                .row(boxes.toArray(String[]::new))
                .row(boundaries.toArray(String[]::new));
    }

    private static TextTable semantic(SemanticReport report) {
        return new TextTable("semantic", "mIoU", "pixel accuracy", "mean accuracy", "fw IoU", "boundary IoU")
                .row(
                        "all",
                        TextTable.percent(report.meanIou()),
                        TextTable.percent(report.pixelAccuracy()),
                        TextTable.percent(report.meanAccuracy()),
                        TextTable.percent(report.frequencyWeightedIou()),
                        TextTable.percent(report.meanBoundaryIou()));
    }

    /** One line for each class, with what was measured of it. */
    private static TextTable classes(EvaluationReport report) {
        List<String> headings = new ArrayList<>(List.of("class"));
        report.panoptic().ifPresent(p -> headings.addAll(List.of("PQ", "SQ", "RQ", "found", "wrong", "missed")));
        report.instances().ifPresent(i -> headings.addAll(List.of("AP", "AP50", "box AP", "objects")));
        report.semantic().ifPresent(s -> headings.addAll(List.of("IoU", "accuracy", "boundary IoU")));
        TextTable table = new TextTable(headings.toArray(String[]::new));
        List<String> names = names(report);
        for (int c = 0; c < names.size(); c++) {
            List<String> cells = new ArrayList<>(List.of(names.get(c)));
            if (report.panoptic().isPresent()) {
                PanopticQuality q = report.panoptic().get().classes().get(c).quality();
                cells.addAll(List.of(
                        q.measured() ? TextTable.percent(q.pq()) : "-",
                        q.measured() ? TextTable.percent(q.sq()) : "-",
                        q.measured() ? TextTable.percent(q.rq()) : "-",
                        TextTable.number(q.truePositives()),
                        TextTable.number(q.falsePositives()),
                        TextTable.number(q.falseNegatives())));
            }
            if (report.instances().isPresent()) {
                CocoReport.OfClass masks =
                        report.instances().get().masks().classes().get(c);
                OptionalDouble boxAp =
                        report.instances().get().boxes().classes().get(c).ap();
                cells.addAll(List.of(
                        TextTable.percent(masks.ap()),
                        TextTable.percent(masks.ap50()),
                        TextTable.percent(boxAp),
                        TextTable.number(masks.truths())));
            }
            if (report.semantic().isPresent()) {
                SemanticReport.OfClass s = report.semantic().get().classes().get(c);
                cells.addAll(List.of(
                        TextTable.percent(s.iou()),
                        TextTable.percent(s.accuracy()),
                        TextTable.percent(s.boundaryIou())));
            }
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private static List<String> names(EvaluationReport report) {
        return report.panoptic()
                .map(p -> p.classes().stream().map(PanopticReport.OfClass::name).toList())
                .or(() -> report.instances()
                        .map(i -> i.masks().classes().stream()
                                .map(CocoReport.OfClass::name)
                                .toList()))
                .or(() -> report.semantic()
                        .map(s -> s.classes().stream()
                                .map(SemanticReport.OfClass::name)
                                .toList()))
                .orElse(List.of());
    }
}
