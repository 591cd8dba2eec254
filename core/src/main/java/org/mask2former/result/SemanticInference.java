package org.mask2former.result;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.mask2former.Compat;

/**
 * Semantic inference ({@code semantic_inference} of the original, {@code post_process_semantic_segmentation} of
 * Transformers): the score of a class at a pixel is the sum over the queries of class probability times mask probability;
 * the best class wins. The sums are linear in the mask probabilities, so resizing scores, as some rule books do, is the
 * same as resizing probabilities.
 *
 * <p>Goes through the picture tile by tile. The bounds of the logits rule out most classes for a whole tile, and say how
 * much each query can still change the order of those that are left. Queries that can change little are left out, and
 * only pixels that are closer than what was left out are summed in full, so that the result is that of the full sum.
 */
final class SemanticInference {
    /** How much the score of one class against another may change by what is left out at first. */
    private static final float LEFT_OUT = 4e-3f;
    /** What rounding may change; pixels closer than this are summed in full, in the order of the queries. */
    private static final float ROUNDING = 1e-5f;

    /** Queries that are added to the sums at once. */
    private static final int TOGETHER = 4;

    private final Prediction prediction;
    private final MaskResizing resizing;
    private final int queries;
    private final int classes;
    private final int width;
    /** {@code [Q, C]}. */
    private final float[] scores;

    private final short[] map;

    SemanticInference(Prediction prediction, Compat compat, PostProcessOptions options) {
        this.prediction = prediction;
        int h = prediction.maskHeight();
        int w = prediction.maskWidth();
        if (compat == Compat.HF) resizing = MaskResizing.hf(h, w, prediction.geometry());
        else if (options.resizeScores()) resizing = MaskResizing.paperScores(h, w, prediction.geometry());
        else resizing = MaskResizing.paper(h, w, prediction.geometry());
        queries = prediction.queries();
        classes = prediction.classes();
        width = resizing.width();
        ClassScores all = ClassScores.of(prediction);
        scores = new float[queries * classes];
        for (int q = 0; q < queries; q++) {
            System.arraycopy(all.values(), q * (classes + 1), scores, q * classes, classes);
        }
        map = new short[width * resizing.height()];
    }

    /** The class of every pixel, row-major. */
    short[] run(int threads) {
        Parallel.run(
                threads,
                TileSampler.strips(resizing),
                () -> new Worker(new TileSampler(
                        prediction, resizing, IntStream.range(0, queries).toArray())),
                (worker, strip) -> worker.sampler.forEachTile(strip, worker::tile));
        return map;
    }

    /** One thread's state. */
    private final class Worker {
        private final TileSampler sampler;
        private final float[] low = new float[queries];
        private final float[] high = new float[queries];
        private final float[] lowest = new float[classes];
        private final float[] highest = new float[classes];
        private final int[] candidates = new int[classes];
        private final int[] sampledQueries = new int[queries];
        private final float[][] probabilities = new float[TOGETHER][TileSampler.TILE_PIXELS];
        private final float[] one = new float[1];
        private float[][] sums = new float[0][];

        Worker(TileSampler sampler) {
            this.sampler = sampler;
        }

        void tile() {
            findBounds();
            int n = findCandidates();
            if (n == 1) {
                for (int y = sampler.y0; y < sampler.y1; y++) {
                    Arrays.fill(map, y * width + sampler.x0, y * width + sampler.x1, (short) candidates[0]);
                }
                return;
            }
            float doubt = sum(n) + ROUNDING;
            decide(n, doubt);
        }

        private void findBounds() {
            Arrays.fill(lowest, 0);
            Arrays.fill(highest, 0);
            for (int q = 0; q < queries; q++) {
                float a = Sigmoid.of(sampler.smallest(q));
                float b = Sigmoid.of(sampler.largest(q));
                low[q] = a;
                high[q] = b;
                int row = q * classes;
                for (int c = 0; c < classes; c++) {
                    lowest[c] += a * scores[row + c];
                    highest[c] += b * scores[row + c];
                }
            }
        }

        /** Classes that may win somewhere in the tile, ascending. */
        private int findCandidates() {
            float sure = 0;
            for (float score : lowest) sure = Math.max(sure, score);
            sure -= ROUNDING;
            int n = 0;
            for (int c = 0; c < classes; c++) {
                if (highest[c] >= sure) candidates[n++] = c;
            }
            return n;
        }

        /** Sums the candidates' scores, without queries that change little; gives how much those may change. */
        private float sum(int n) {
            if (sums.length < n) sums = new float[n][TileSampler.TILE_PIXELS];
            float[] constant = new float[n];
            float doubt = 0;
            int sampled = 0;
            for (int q = 0; q < queries; q++) {
                float spread = spread(q, n) * (high[q] - low[q]);
                if (spread > LEFT_OUT / queries) {
                    sampledQueries[sampled++] = q;
                } else {
                    doubt += spread / 2;
                    float middle = (high[q] + low[q]) / 2;
                    for (int i = 0; i < n; i++) constant[i] += middle * scores[q * classes + candidates[i]];
                }
            }
            int pixels = sampler.pixels();
            for (int i = 0; i < n; i++) Arrays.fill(sums[i], 0, pixels, constant[i]);
            for (int s = 0; s < sampled; s += TOGETHER) {
                int together = Math.min(TOGETHER, sampled - s);
                for (int t = 0; t < together; t++) sampler.sample(sampledQueries[s + t], probabilities[t]);
                for (int i = 0; i < n; i++) addScaled(sums[i], pixels, s, together, candidates[i]);
            }
            return doubt;
        }

        /** How differently a query scores the candidates. */
        private float spread(int q, int n) {
            float min = Float.POSITIVE_INFINITY;
            float max = 0;
            for (int i = 0; i < n; i++) {
                float score = scores[q * classes + candidates[i]];
                min = Math.min(min, score);
                max = Math.max(max, score);
            }
            return max - min;
        }

        /** Adds what some queries, sampled from index s on, give a class; together, as that saves most of the memory traffic. */
        private void addScaled(float[] sum, int n, int s, int together, int classId) {
            float s0 = scores[sampledQueries[s] * classes + classId];
            float[] p0 = probabilities[0];
            if (together < TOGETHER) {
                for (int i = 0; i < n; i++) sum[i] += s0 * p0[i];
                for (int t = 1; t < together; t++) {
                    float score = scores[sampledQueries[s + t] * classes + classId];
                    float[] p = probabilities[t];
                    for (int i = 0; i < n; i++) sum[i] += score * p[i];
                }
                return;
            }
            float s1 = scores[sampledQueries[s + 1] * classes + classId];
            float s2 = scores[sampledQueries[s + 2] * classes + classId];
            float s3 = scores[sampledQueries[s + 3] * classes + classId];
            float[] p1 = probabilities[1];
            float[] p2 = probabilities[2];
            float[] p3 = probabilities[3];
            for (int i = 0; i < n; i++) sum[i] += s0 * p0[i] + s1 * p1[i] + s2 * p2[i] + s3 * p3[i];
        }

        private void decide(int n, float doubt) {
            int i = 0;
            for (int y = sampler.y0; y < sampler.y1; y++) {
                for (int x = sampler.x0; x < sampler.x1; x++, i++) {
                    int best = 0;
                    float first = sums[0][i];
                    float second = Float.NEGATIVE_INFINITY;
                    for (int j = 1; j < n; j++) {
                        float score = sums[j][i];
                        if (score > first) {
                            second = first;
                            first = score;
                            best = j;
                        } else if (score > second) {
                            second = score;
                        }
                    }
                    int winner = first - second > doubt ? candidates[best] : fullSum(n, x, y);
                    map[y * width + x] = (short) winner;
                }
            }
        }

        /** The best of the candidates at one pixel, nothing left out; of equals the first. */
        private int fullSum(int n, int x, int y) {
            float[] full = new float[n];
            for (int q = 0; q < queries; q++) {
                float p = sampler.sample(q, x, y, one);
                for (int i = 0; i < n; i++) full[i] += p * scores[q * classes + candidates[i]];
            }
            int best = 0;
            for (int i = 1; i < n; i++) {
                if (full[i] > full[best]) best = i;
            }
            return candidates[best];
        }
    }
}
