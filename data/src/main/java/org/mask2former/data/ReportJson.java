package org.mask2former.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** The parts of an evaluation's JSON; measures in percent. */
final class ReportJson {
    private ReportJson() {}

    static ObjectNode panoptic(PanopticReport report) {
        ObjectNode node = JsonFiles.object();
        node.set("all", mean(report.all()));
        node.set("things", mean(report.things()));
        node.set("stuff", mean(report.stuff()));
        ArrayNode classes = node.putArray("classes");
        for (PanopticReport.OfClass c : report.classes()) {
            PanopticQuality q = c.quality();
            ObjectNode row = classes.addObject().put("name", c.name()).put("thing", c.thing());
            if (q.measured()) {
                row.put("pq", 100 * q.pq()).put("sq", 100 * q.sq()).put("rq", 100 * q.rq());
            } else {
                row.putNull("pq").putNull("sq").putNull("rq");
            }
            row.put("tp", q.truePositives())
                    .put("fp", q.falsePositives())
                    .put("fn", q.falseNegatives())
                    .put("iou_sum", q.iou());
        }
        return node;
    }

    private static ObjectNode mean(PanopticReport.Mean mean) {
        return JsonFiles.object()
                .put("pq", 100 * mean.pq())
                .put("sq", 100 * mean.sq())
                .put("rq", 100 * mean.rq())
                .put("classes", mean.classes());
    }

    static ObjectNode instances(EvaluationReport.Instances report) {
        ObjectNode node = JsonFiles.object();
        node.set("masks", coco(report.masks()));
        node.set("boxes", coco(report.boxes()));
        node.set("boundaries", coco(report.boundaries()));
        return node;
    }

    private static ObjectNode coco(CocoReport report) {
        ObjectNode node = JsonFiles.object();
        for (CocoMetric metric : CocoMetric.values()) {
            JsonFiles.percent(node, metric.name().toLowerCase(Locale.ROOT), report.get(metric));
        }
        ArrayNode classes = node.putArray("classes");
        for (CocoReport.OfClass c : report.classes()) {
            ObjectNode row = classes.addObject()
                    .put("name", c.name())
                    .put("objects", c.truths())
                    .put("detections", c.detections());
            JsonFiles.percent(row, "ap", c.ap());
            JsonFiles.percent(row, "ap50", c.ap50());
        }
        return node;
    }

    static ObjectNode semantic(SemanticReport report) {
        ObjectNode node = JsonFiles.object()
                .put("miou", 100 * report.meanIou())
                .put("pixel_accuracy", 100 * report.pixelAccuracy())
                .put("mean_accuracy", 100 * report.meanAccuracy())
                .put("frequency_weighted_iou", 100 * report.frequencyWeightedIou())
                .put("mean_boundary_iou", 100 * report.meanBoundaryIou());
        ArrayNode classes = node.putArray("classes");
        for (SemanticReport.OfClass c : report.classes()) {
            ObjectNode row = classes.addObject().put("name", c.name()).put("pixels", c.pixels());
            JsonFiles.percent(row, "iou", c.iou());
            JsonFiles.percent(row, "accuracy", c.accuracy());
            JsonFiles.percent(row, "boundary_iou", c.boundaryIou());
        }
        return node;
    }

    /** Rows are the truth, columns the prediction; the last of either is "none". */
    static ObjectNode confusion(ConfusionMatrix matrix) {
        ObjectNode node = JsonFiles.object();
        ArrayNode names = node.putArray("classes");
        matrix.names().forEach(names::add);
        names.add(matrix.none());
        ArrayNode rows = node.putArray("counts");
        for (int t = 0; t <= matrix.names().size(); t++) {
            ArrayNode row = rows.addArray();
            for (int p = 0; p <= matrix.names().size(); p++) {
                row.add(matrix.get(t, p));
            }
        }
        return node;
    }
}
