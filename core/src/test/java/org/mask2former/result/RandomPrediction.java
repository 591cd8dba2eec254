package org.mask2former.result;

import java.util.Random;
import org.mask2former.image.Geometry;

/** Predictions with blobs, noise or saturated masks, of awkward sizes; each seed gives always the same. */
final class RandomPrediction {
    private RandomPrediction() {}

    static Prediction of(int seed) {
        Random random = new Random(seed);
        int inputHeight = 4 + random.nextInt(120);
        int inputWidth = 4 + random.nextInt(160);
        Geometry geometry = new Geometry(
                1 + random.nextInt(seed % 3 == 0 ? 300 : 60),
                1 + random.nextInt(seed % 3 == 1 ? 400 : 60),
                1 + random.nextInt(inputHeight),
                1 + random.nextInt(inputWidth),
                inputHeight,
                inputWidth);
        return of(seed, 1 + random.nextInt(12), 1 + random.nextInt(7), geometry);
    }

    static Prediction of(int seed, int queries, int classes, Geometry geometry) {
        Random random = new Random(seed);
        int h = (geometry.inputHeight() + 3) / 4;
        int w = (geometry.inputWidth() + 3) / 4;
        float[] classLogits = new float[queries * (classes + 1)];
        float[] maskLogits = new float[queries * h * w];
        float steepness = random.nextInt(4) == 0 ? 60 : 8;
        float noise = random.nextInt(3) * random.nextFloat();
        for (int q = 0; q < queries; q++) {
            for (int c = 0; c <= classes; c++) classLogits[q * (classes + 1) + c] = (float) random.nextGaussian();
            classLogits[q * (classes + 1) + random.nextInt(classes + 1)] += 8 * random.nextFloat();
            double cx = random.nextDouble() * w;
            double cy = random.nextDouble() * h;
            double rx = 0.5 + 0.4 * random.nextDouble() * w;
            double ry = 0.5 + 0.4 * random.nextDouble() * h;
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    double distance = Math.hypot((x - cx) / rx, (y - cy) / ry);
                    maskLogits[(q * h + y) * w + x] =
                            (float) (steepness * Math.max(-1.5, 1 - distance) + noise * random.nextGaussian());
                }
            }
        }
        return new Prediction(queries, classes, classLogits, h, w, maskLogits, geometry);
    }
}
