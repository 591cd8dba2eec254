package org.mask2former.result;

import java.util.HashMap;
import java.util.Map;
import org.mask2former.image.Geometry;

/**
 * The original's inference functions as its paper writes them down, on whole maps in double precision: what the streaming
 * ones must agree with on any input.
 */
final class PlainInference {
    private final Prediction p;
    private final Geometry g;
    private final double[][] logits; // [Q][picture]

    PlainInference(Prediction p) {
        this.p = p;
        g = p.geometry();
        logits = new double[p.queries()][];
        for (int q = 0; q < p.queries(); q++) {
            double[] mask = new double[p.maskHeight() * p.maskWidth()];
            for (int i = 0; i < mask.length; i++) mask[i] = p.maskLogits()[q * mask.length + i];
            double[] input =
                    resize(mask, p.maskWidth(), p.maskHeight(), p.maskWidth(), g.inputHeight(), g.inputWidth());
            logits[q] = toPicture(input);
        }
    }

    private double[] toPicture(double[] input) {
        return resize(input, g.inputWidth(), g.validHeight(), g.validWidth(), g.imageHeight(), g.imageWidth());
    }

    private static double[] resize(double[] in, int stride, int h, int w, int height, int width) {
        double[] out = new double[height * width];
        for (int y = 0; y < height; y++) {
            double sy = Math.max(0, (double) h / height * (y + 0.5) - 0.5);
            int y0 = Math.min((int) sy, h - 1);
            int y1 = Math.min(y0 + 1, h - 1);
            for (int x = 0; x < width; x++) {
                double sx = Math.max(0, (double) w / width * (x + 0.5) - 0.5);
                int x0 = Math.min((int) sx, w - 1);
                int x1 = Math.min(x0 + 1, w - 1);
                double top = in[y0 * stride + x0] * (1 - sx + x0) + in[y0 * stride + x1] * (sx - x0);
                double bottom = in[y1 * stride + x0] * (1 - sx + x0) + in[y1 * stride + x1] * (sx - x0);
                out[y * width + x] = top * (1 - sy + y0) + bottom * (sy - y0);
            }
        }
        return out;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private int pixels() {
        return g.imageHeight() * g.imageWidth();
    }

    int[] semantic(boolean resizeScores) {
        ClassScores scores = ClassScores.of(p);
        double[][] sums = new double[p.classes()][pixels()];
        for (int q = 0; q < p.queries(); q++) {
            double[] probability = resizeScores ? resizedProbability(q) : logits[q].clone();
            if (!resizeScores) for (int i = 0; i < probability.length; i++) probability[i] = sigmoid(probability[i]);
            for (int c = 0; c < p.classes(); c++) {
                for (int i = 0; i < pixels(); i++) sums[c][i] += scores.get(q, c) * probability[i];
            }
        }
        int[] map = new int[pixels()];
        for (int i = 0; i < map.length; i++) {
            for (int c = 1; c < p.classes(); c++) if (sums[c][i] > sums[map[i]][i]) map[i] = c;
        }
        return map;
    }

    private double[] resizedProbability(int q) {
        double[] mask = new double[p.maskHeight() * p.maskWidth()];
        for (int i = 0; i < mask.length; i++) mask[i] = p.maskLogits()[q * mask.length + i];
        double[] input = resize(mask, p.maskWidth(), p.maskHeight(), p.maskWidth(), g.inputHeight(), g.inputWidth());
        for (int i = 0; i < input.length; i++) input[i] = sigmoid(input[i]);
        return toPicture(input);
    }

    int[] panoptic(Labels labels, PostProcessOptions options) {
        ClassScores scores = ClassScores.of(p);
        int[] winner = new int[pixels()];
        double[] best = new double[pixels()];
        for (int i = 0; i < winner.length; i++) winner[i] = -1;
        boolean[] kept = new boolean[p.queries()];
        for (int q = 0; q < p.queries(); q++) {
            int c = scores.best(q);
            kept[q] = c < p.classes() && scores.get(q, c) > options.scoreThreshold();
            if (!kept[q]) continue;
            for (int i = 0; i < winner.length; i++) {
                double value = scores.get(q, c) * sigmoid(logits[q][i]);
                if (winner[i] < 0 || value > best[i]) {
                    winner[i] = q;
                    best[i] = value;
                }
            }
        }
        int[] map = new int[pixels()];
        Map<Integer, Integer> stuff = new HashMap<>();
        int last = 0;
        for (int q = 0; q < p.queries(); q++) {
            if (!kept[q]) continue;
            long won = 0;
            long original = 0;
            long written = 0;
            for (int i = 0; i < winner.length; i++) {
                boolean inside = sigmoid(logits[q][i]) >= options.maskThreshold();
                if (winner[i] == q) won++;
                if (inside) original++;
                if (winner[i] == q && inside) written++;
            }
            if (written == 0 || (double) won / original < options.overlapThreshold()) continue;
            int c = scores.best(q);
            int id = labels.get(c).thing() ? ++last : stuff.getOrDefault(c, last + 1);
            if (!labels.get(c).thing() && stuff.putIfAbsent(c, id) == null) last++;
            for (int i = 0; i < winner.length; i++) {
                if (winner[i] == q && sigmoid(logits[q][i]) >= options.maskThreshold()) map[i] = id;
            }
        }
        return map;
    }

    /** A query's mask and the mean probability inside it. */
    byte[] mask(int q, double threshold) {
        byte[] mask = new byte[pixels()];
        for (int i = 0; i < mask.length; i++) mask[i] = (byte) (sigmoid(logits[q][i]) > threshold ? 1 : 0);
        return mask;
    }

    double meanProbability(int q, double threshold) {
        double sum = 0;
        long area = 0;
        for (double logit : logits[q]) {
            if (sigmoid(logit) > threshold) {
                sum += sigmoid(logit);
                area++;
            }
        }
        return sum / (area + 1e-6);
    }
}
