package org.mask2former.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.mask2former.Compat;

/**
 * Panoptic inference ({@code panoptic_inference} of the original, {@code compute_segments} of Transformers): every pixel
 * goes to the query with the largest product of class score and mask probability; queries that others leave too little of
 * are dropped. Goes through the picture tile by tile; in most tiles the bounds of the logits leave one query that can win.
 */
final class PanopticInference {
    /** How much a bound is widened, relatively, for the rounding of what it bounds. */
    private static final float SLACK = 1e-4f;

    private final Prediction prediction;
    private final PostProcessOptions options;
    private final boolean paper;
    private final float maskThreshold;
    private final int[] queries;
    private final int[] classes;
    private final float[] scores;
    private final int width;
    private final int height;
    /** The winner of each pixel, from 1; 0 where the original leaves a pixel void because its probability is too low. */
    private final int[] map;

    PanopticInference(Prediction prediction, Compat compat, PostProcessOptions options) {
        this.prediction = prediction;
        this.options = options;
        paper = compat == Compat.PAPER;
        maskThreshold = (float) options.maskThreshold();
        width = prediction.geometry().imageWidth();
        height = prediction.geometry().imageHeight();
        map = new int[width * height];
        ClassScores all = ClassScores.of(prediction);
        int[] sure = IntStream.range(0, prediction.queries())
                .filter(q -> all.best(q) < prediction.classes())
                .filter(q -> all.get(q, all.best(q)) > (float) options.scoreThreshold(all.best(q)))
                .toArray();
        queries = options.nmsThreshold() == 1 ? sure : withoutRepetitions(sure, all);
        classes = IntStream.of(queries).map(all::best).toArray();
        scores = new float[queries.length];
        for (int k = 0; k < queries.length; k++) scores[k] = all.get(queries[k], classes[k]);
    }

    private record Candidate(int query, int classId, float score) implements MaskOverlaps.Claim {}

    private int[] withoutRepetitions(int[] sure, ClassScores all) {
        List<Candidate> bestFirst = IntStream.of(sure)
                .mapToObj(q -> new Candidate(q, all.best(q), all.get(q, all.best(q))))
                .sorted(Comparator.comparing(Candidate::score).reversed())
                .toList();
        return new MaskOverlaps(prediction, options.maskThreshold())
                .withoutRepetitions(bestFirst, options.nmsThreshold()).stream()
                        .mapToInt(Candidate::query)
                        .sorted()
                        .toArray();
    }

    /** The ids of the segments for every pixel, 0 for void. */
    record Result(int[] idMap, List<Segment> segments) {}

    Result run(Labels labels, int threads) {
        MaskResizing resizing = paper
                ? MaskResizing.paper(prediction.maskHeight(), prediction.maskWidth(), prediction.geometry())
                : MaskResizing.hf(prediction.maskHeight(), prediction.maskWidth(), prediction.geometry());
        int strips = queries.length == 0 ? 0 : TileSampler.strips(resizing);
        List<Worker> workers = Parallel.run(
                threads,
                strips,
                () -> new Worker(new TileSampler(prediction, resizing, queries)),
                (worker, strip) -> worker.sampler.forEachTile(strip, worker::tile));
        int[] ids = ids(labels, workers);
        for (int i = 0; i < map.length; i++) map[i] = map[i] == 0 ? 0 : ids[map[i] - 1];
        return new Result(map, segments(labels, ids));
    }

    /** The segment that each query becomes part of, from 1 on, in the order of the queries; 0 for those dropped. */
    private int[] ids(Labels labels, List<Worker> workers) {
        int[] ids = new int[queries.length];
        Map<Integer, Integer> fused = new HashMap<>();
        int last = 0;
        for (int k = 0; k < queries.length; k++) {
            long won = 0;
            long written = 0;
            long original = 0;
            for (Worker worker : workers) {
                won += worker.won[k];
                written += worker.written[k];
                original += worker.original[k];
            }
            if (written == 0 || original == 0 || !keepsEnough(won, original)) continue;
            boolean fuse = options.fuseStuff() && !labels.get(classes[k]).thing()
                    || options.fusedLabels().contains(classes[k]);
            if (fuse && fused.containsKey(classes[k])) {
                ids[k] = fused.getOrDefault(classes[k], 0);
            } else {
                ids[k] = ++last;
                if (fuse) fused.put(classes[k], last);
            }
        }
        return ids;
    }

    private boolean keepsEnough(long won, long original) {
        return paper
                ? !((double) won / original < options.overlapThreshold())
                : (float) won / (float) original > options.overlapThreshold();
    }

    private List<Segment> segments(Labels labels, int[] ids) {
        SortedMap<Integer, CocoRle> masks = CocoRle.encodeAll(height, width, map);
        List<Segment> segments = new ArrayList<>();
        masks.forEach((id, mask) -> {
            if (id == PanopticSegmentation.VOID) return;
            int[] parts =
                    IntStream.range(0, ids.length).filter(k -> ids[k] == id).toArray();
            double score = IntStream.of(parts).mapToDouble(k -> scores[k]).max().orElseThrow();
            segments.add(Segment.of(id, labels.get(classes[parts[0]]), score, mask));
        });
        segments.sort(Comparator.comparingDouble(Segment::score).reversed());
        return segments;
    }

    /** One thread's state: its tile, and what it has counted so far. */
    private final class Worker {
        private final TileSampler sampler;
        /** Pixels where a query has the largest product. */
        final long[] won = new long[queries.length];
        /** Those of them that it may also keep. */
        final long[] written = new long[queries.length];
        /** Pixels inside a query's mask, whoever wins them. */
        final long[] original = new long[queries.length];

        private final float[] probability = new float[TileSampler.TILE_PIXELS];
        private final float[] bestValue = new float[TileSampler.TILE_PIXELS];
        /** The query that leads, from 1; negative where it would not be written. */
        private final int[] leader = new int[TileSampler.TILE_PIXELS];

        private final float[] low = new float[queries.length];
        private final float[] high = new float[queries.length];

        Worker(TileSampler sampler) {
            this.sampler = sampler;
        }

        void tile() {
            float sure = findBounds();
            int n = sampler.pixels();
            int candidates = 0;
            int winner = 0;
            for (int k = 0; k < queries.length; k++) {
                if (scores[k] * high[k] >= sure) {
                    candidates++;
                    winner = k;
                }
            }
            boolean settled = candidates == 1 && low[winner] >= writeLimit() * (1 + SLACK);
            boolean first = true;
            for (int k = 0; k < queries.length; k++) {
                // The original tests the probability, Transformers its product with the score.
                float limit = paper ? maskThreshold : maskThreshold / scores[k];
                boolean contends = !settled && scores[k] * high[k] >= sure;
                boolean allInside = low[k] >= limit * (1 + SLACK);
                boolean someInside = high[k] >= limit * (1 - SLACK);
                if (allInside) original[k] += n;
                if (!contends && (allInside || !someInside)) continue;
                sampler.sample(k, probability);
                if (!allInside && someInside) original[k] += countInside(n, limit);
                if (contends) {
                    if (first) lead(k, n);
                    else contend(k, n);
                    first = false;
                }
            }
            if (settled) settle(winner, n);
            else write();
        }

        /** Only the original leaves pixels void whose probability is too low. */
        private float writeLimit() {
            return paper ? maskThreshold : 0;
        }

        /** The value that some query reaches at every pixel of the tile; who stays below it everywhere cannot win. */
        private float findBounds() {
            float sure = 0;
            for (int k = 0; k < queries.length; k++) {
                low[k] = Sigmoid.of(sampler.smallest(k));
                high[k] = Sigmoid.of(sampler.largest(k));
                sure = Math.max(sure, scores[k] * low[k]);
            }
            return sure * (1 - SLACK);
        }

        private int countInside(int n, float limit) {
            int count = 0;
            for (int i = 0; i < n; i++) {
                if (probability[i] >= limit) count++;
            }
            return count;
        }

        private void lead(int k, int n) {
            float limit = writeLimit();
            for (int i = 0; i < n; i++) {
                bestValue[i] = scores[k] * probability[i];
                leader[i] = probability[i] >= limit ? k + 1 : -k - 1;
            }
        }

        /** Of equal values the first query's wins. */
        private void contend(int k, int n) {
            float limit = writeLimit();
            float score = scores[k];
            for (int i = 0; i < n; i++) {
                float value = score * probability[i];
                if (value > bestValue[i]) {
                    bestValue[i] = value;
                    leader[i] = probability[i] >= limit ? k + 1 : -k - 1;
                }
            }
        }

        private void settle(int k, int n) {
            won[k] += n;
            written[k] += n;
            for (int y = sampler.y0; y < sampler.y1; y++) {
                Arrays.fill(map, y * width + sampler.x0, y * width + sampler.x1, k + 1);
            }
        }

        private void write() {
            int i = 0;
            for (int y = sampler.y0; y < sampler.y1; y++) {
                int to = y * width + sampler.x0;
                for (int x = sampler.x0; x < sampler.x1; x++, i++, to++) {
                    int k = leader[i];
                    if (k > 0) {
                        won[k - 1]++;
                        written[k - 1]++;
                        map[to] = k;
                    } else {
                        won[-k - 1]++;
                    }
                }
            }
        }
    }
}
