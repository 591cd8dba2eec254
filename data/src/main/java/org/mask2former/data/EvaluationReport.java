package org.mask2former.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mask2former.image.Image;

/**
 * How good a model is on a part of a data set.
 *
 * @param pictures that were measured
 * @param seconds that all of it took
 * @param segmenting seconds of them that the model took
 * @param panopticPixels the pixels of the panoptic result as classes, where there is no semantic one; for its confusion
 * @param worst pictures, the worst first
 * @param remarks what a person should know of the classes
 * @param skipped why pictures were left out, one line each
 */
public record EvaluationReport(
        String dataset,
        String part,
        int pictures,
        double seconds,
        double segmenting,
        Optional<PanopticReport> panoptic,
        Optional<Instances> instances,
        Optional<SemanticReport> semantic,
        Optional<SemanticReport> panopticPixels,
        List<Worst> worst,
        List<String> remarks,
        List<String> skipped) {

    /** Average precision by masks, boxes and contours, and what objects were taken for. */
    public record Instances(CocoReport masks, CocoReport boxes, CocoReport boundaries, ConfusionMatrix confusion) {}

    /**
     * A picture that came out badly.
     *
     * @param score in [0, 1], its own PQ (of confident instances, where there is no panoptic result) or mIoU
     * @param drawn the picture, the truth and the prediction, side by side
     */
    public record Worst(String id, double score, Image drawn) {}

    public EvaluationReport {
        worst = List.copyOf(worst);
        remarks = List.copyOf(remarks);
        skipped = List.copyOf(skipped);
    }

    /** PQ in [0, 1]; empty if it was not measured. */
    public OptionalDouble pq() {
        return panoptic.map(p -> OptionalDouble.of(p.all().pq())).orElse(OptionalDouble.empty());
    }

    /** Mask AP in [0, 1]; empty if it was not measured. */
    public OptionalDouble ap() {
        return instances.map(i -> i.masks.get(CocoMetric.AP)).orElse(OptionalDouble.empty());
    }

    /** Mask AP at IoU 0.5 in [0, 1]; empty if it was not measured. */
    public OptionalDouble ap50() {
        return instances.map(i -> i.masks.get(CocoMetric.AP50)).orElse(OptionalDouble.empty());
    }

    /** Mean IoU in [0, 1]; empty if it was not measured. */
    public OptionalDouble miou() {
        return semantic.map(s -> OptionalDouble.of(s.meanIou())).orElse(OptionalDouble.empty());
    }

    /** What was taken for what: pixels, or objects where only instances were measured. */
    public Optional<ConfusionMatrix> confusion() {
        return semantic.or(() -> panopticPixels)
                .map(SemanticReport::confusion)
                .or(() -> instances.map(Instances::confusion));
    }

    /**
     * As JSON. On top {@code pq}, {@code ap}, {@code ap50} and {@code miou} where they were measured; these and all other
     * measures are in percent, null where the truth has nothing of the kind.
     */
    public ObjectNode toJson() {
        ObjectNode root = JsonFiles.object();
        if (panoptic.isPresent()) {
            JsonFiles.percent(root, "pq", pq());
        }
        if (instances.isPresent()) {
            JsonFiles.percent(root, "ap", ap());
            JsonFiles.percent(root, "ap50", ap50());
        }
        if (semantic.isPresent()) {
            JsonFiles.percent(root, "miou", miou());
        }
        root.put("dataset", dataset).put("part", part).put("pictures", pictures);
        root.put("seconds", seconds).put("seconds_segmenting", segmenting);
        panoptic.ifPresent(p -> root.set("panoptic", ReportJson.panoptic(p)));
        instances.ifPresent(i -> root.set("instance", ReportJson.instances(i)));
        semantic.ifPresent(s -> root.set("semantic", ReportJson.semantic(s)));
        semantic.or(() -> panopticPixels)
                .ifPresent(s -> root.set("confusion_pixels", ReportJson.confusion(s.confusion())));
        instances.ifPresent(i -> root.set("confusion_objects", ReportJson.confusion(i.confusion)));
        ArrayNode pictureList = root.putArray("worst");
        for (Worst w : worst) {
            pictureList.addObject().put("picture", w.id).put("score", 100 * w.score);
        }
        remarks.forEach(root.putArray("remarks")::add);
        skipped.forEach(root.putArray("skipped")::add);
        return root;
    }

    /** For the terminal. */
    public String toText() {
        return ReportText.of(this);
    }
}
