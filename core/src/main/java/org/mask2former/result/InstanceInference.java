package org.mask2former.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mask2former.Compat;
import org.mask2former.image.Geometry;

/**
 * Instance inference ({@code instance_inference} of the original, {@code post_process_instance_segmentation} of
 * Transformers): the best pairs of query and class, each scored by the class's probability times the mean probability
 * inside the mask. One query at a time, column by column, only where its mask can be.
 */
final class InstanceInference {
    private final Prediction prediction;
    private final PostProcessOptions options;
    private final boolean paper;
    private final ClassScores scores;

    InstanceInference(Prediction prediction, Compat compat, PostProcessOptions options) {
        this.prediction = prediction;
        this.options = options;
        paper = compat == Compat.PAPER;
        scores = ClassScores.of(prediction);
    }

    private record Pair(int query, int classId, float score) {}

    private record Instance(int query, int classId, double score, CocoRle mask) implements MaskOverlaps.Claim {}

    List<Segment> run(Labels labels, int threads) {
        List<Pair> pairs = pairs(labels);
        int[] queries = pairs.stream().mapToInt(Pair::query).distinct().toArray();
        MaskColumns.Mask[] masks = masks(queries, threads);
        Map<Integer, MaskColumns.Mask> maskOfQuery = new HashMap<>();
        for (int i = 0; i < queries.length; i++) maskOfQuery.put(queries[i], masks[i]);
        List<Instance> instances = new ArrayList<>();
        for (Pair pair : pairs) {
            MaskColumns.Mask mask = Objects.requireNonNull(maskOfQuery.get(pair.query()));
            double score = pair.score() * mask.meanProbability();
            if (!mask.rle().isEmpty() && score >= options.scoreThreshold(pair.classId())) {
                instances.add(new Instance(pair.query(), pair.classId(), score, mask.rle()));
            }
        }
        instances.sort(Comparator.comparingDouble(Instance::score).reversed());
        List<Segment> segments = new ArrayList<>();
        for (Instance instance : withoutRepetitions(instances)) {
            segments.add(
                    Segment.of(segments.size() + 1, labels.get(instance.classId()), instance.score(), instance.mask()));
        }
        return segments;
    }

    private List<Instance> withoutRepetitions(List<Instance> bestFirst) {
        if (options.nmsThreshold() == 1) {
            return bestFirst;
        }
        return new MaskOverlaps(prediction, options.maskThreshold())
                .withoutRepetitions(bestFirst, options.nmsThreshold()).stream()
                        .limit(topK())
                        .toList();
    }

    private int topK() {
        return options.topK() == 0 ? prediction.queries() : options.topK();
    }

    /**
     * The best pairs that can still reach the threshold; a mask's mean probability is at most 1. The original then leaves out
     * stuff, as its panoptic models predict that too.
     */
    private List<Pair> pairs(Labels labels) {
        // Those that are dropped make room for others.
        int most = options.nmsThreshold() == 1 ? topK() : Math.max(topK(), prediction.queries());
        List<Pair> pairs = new ArrayList<>();
        for (int q = 0; q < prediction.queries(); q++) {
            for (int c = 0; c < prediction.classes(); c++) pairs.add(new Pair(q, c, scores.get(q, c)));
        }
        pairs.sort((a, b) -> Float.compare(b.score(), a.score()));
        return pairs.stream()
                .limit(most)
                .filter(pair -> !paper || labels.get(pair.classId()).thing())
                .filter(pair -> pair.score() >= options.scoreThreshold(pair.classId()))
                .toList();
    }

    private MaskColumns.Mask[] masks(int[] queries, int threads) {
        int h = prediction.maskHeight();
        int w = prediction.maskWidth();
        MaskResizing resizing =
                paper ? MaskResizing.paper(h, w, prediction.geometry()) : MaskResizing.hf(h, w, prediction.geometry());
        MaskColumns.Mask[] masks = new MaskColumns.Mask[queries.length];
        Parallel.run(
                threads,
                queries.length,
                () -> new MaskColumns(resizing.toLogitsY(), resizing.toLogitsX(), options.maskThreshold()),
                (columns, i) -> {
                    MaskColumns.Mask mask = columns.mask(prediction.maskLogits(), queries[i] * h * w);
                    // Transformers resizes the mask itself, to the nearest pixel.
                    masks[i] = paper ? mask : new MaskColumns.Mask(nearest(mask.rle()), mask.meanProbability());
                });
        return masks;
    }

    private CocoRle nearest(CocoRle mask) {
        Geometry g = prediction.geometry();
        int size = MaskResizing.HF_SIZE;
        int[] fromX = nearest(size, (double) size * g.validWidth() / g.inputWidth(), g.imageWidth());
        int[] fromY = nearest(size, (double) size * g.validHeight() / g.inputHeight(), g.imageHeight());
        int[] outputRow = new int[size + 1]; // the first that comes from a row or one below it
        Arrays.fill(outputRow, g.imageHeight());
        for (int y = g.imageHeight() - 1; y >= 0; y--) outputRow[fromY[y]] = y;
        for (int row = size - 1; row >= 0; row--) outputRow[row] = Math.min(outputRow[row], outputRow[row + 1]);
        List<List<int[]>> runs = new ArrayList<>();
        for (int x = 0; x < size; x++) runs.add(new ArrayList<>());
        mask.forEachColumnRun((x, y0, y1) -> runs.get(x).add(new int[] {outputRow[y0], outputRow[y1]}));
        RleBuilder resized = new RleBuilder(g.imageHeight(), g.imageWidth());
        for (int x = 0; x < g.imageWidth(); x++) {
            for (int[] run : runs.get(fromX[x])) {
                resized.add(x * g.imageHeight() + run[0], x * g.imageHeight() + run[1]);
            }
        }
        return resized.build();
    }

    /** Where each output comes from: PyTorch's {@code interpolate(mode="nearest")}, which rounds down. */
    private static int[] nearest(int inputs, double extent, int outputs) {
        float scale = (float) extent / outputs;
        int[] from = new int[outputs];
        Arrays.setAll(from, i -> Math.min((int) (i * scale), inputs - 1));
        return from;
    }
}
