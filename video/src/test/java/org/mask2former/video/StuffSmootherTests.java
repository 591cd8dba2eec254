package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Geometry;
import org.mask2former.result.Prediction;

class StuffSmootherTests {
    private static final int WIDTH = 40;
    private static final int HEIGHT = 30;
    private static final int PIXELS = WIDTH * HEIGHT;
    private static final int CAR = 0;
    private static final int ROAD = 2;
    private static final int SKY = 3;

    @Test
    void stuffThatStandsStillFlickersLess() {
        int without = flicker(0);
        int half = flicker(0.5);
        int most = flicker(0.8);
        assertThat(half).isLessThan(without * 2 / 3);
        assertThat(most).isLessThan(without / 3);
    }

    /** How many pixels change sides in 30 frames of a horizon that is seen unclearly. */
    private static int flicker(double past) {
        StuffSmoother smoother = new StuffSmoother(past, Scene.LABELS);
        Random random = new Random(7);
        boolean[] before = new boolean[PIXELS];
        int changes = 0;
        for (int frame = 0; frame < 30; frame++) {
            // The queries change places, as a model's may.
            int skyAt = frame % 2;
            float[] masks = new float[2 * PIXELS];
            for (int i = 0; i < PIXELS; i++) {
                float sky = HEIGHT / 2f - i / WIDTH + (float) random.nextGaussian();
                masks[skyAt * PIXELS + i] = sky;
                masks[(1 - skyAt) * PIXELS + i] = -sky;
            }
            Prediction smooth = smoother.apply(skyAt == 0 ? of(masks, SKY, ROAD) : of(masks, ROAD, SKY));
            for (int i = 0; i < PIXELS; i++) {
                boolean sky = smooth.maskLogits()[skyAt * PIXELS + i] > 0;
                if (frame > 0 && sky != before[i]) changes++;
                before[i] = sky;
            }
        }
        return changes;
    }

    @Test
    void thingsStayAsTheyAre() {
        StuffSmoother smoother = new StuffSmoother(0.8, Scene.LABELS);
        Random random = new Random(8);
        for (int frame = 0; frame < 5; frame++) {
            float[] masks = noise(random, 2 * PIXELS);
            Prediction smooth = smoother.apply(of(masks.clone(), CAR, SKY));
            assertThat(java.util.Arrays.copyOf(smooth.maskLogits(), PIXELS))
                    .isEqualTo(java.util.Arrays.copyOf(masks, PIXELS));
        }
    }

    @Test
    void aCutBeginsAnew() {
        StuffSmoother smoother = new StuffSmoother(0.8, Scene.LABELS);
        float[] left = new float[PIXELS];
        float[] right = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            left[i] = i % WIDTH < WIDTH / 2 ? 5 : -5;
            right[i] = -left[i];
        }
        smoother.apply(of(left, SKY));
        assertThat(smoother.apply(of(right, SKY)).maskLogits()).isEqualTo(right);
    }

    @Test
    void whatIsGivenDoesNotChange() {
        StuffSmoother smoother = new StuffSmoother(0.8, Scene.LABELS);
        Random random = new Random(9);
        float[] first = noise(random, PIXELS);
        smoother.apply(of(first, SKY));
        float[] second = first.clone();
        second[0] += 1;
        float[] kept = second.clone();
        assertThat(smoother.apply(of(second, SKY)).maskLogits()).isNotEqualTo(kept);
        assertThat(second).isEqualTo(kept);
    }

    @Test
    void anotherSizeBeginsAnew() {
        StuffSmoother smoother = new StuffSmoother(0.8, Scene.LABELS);
        smoother.apply(of(new float[PIXELS], SKY));
        Geometry geometry = new Geometry(8, 8, 8, 8, 8, 8);
        Prediction small = new Prediction(1, 4, logits(SKY), 2, 2, new float[] {1, 2, 3, 4}, geometry);
        assertThat(smoother.apply(small).maskLogits()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void theShareOfThePastIsBelowOne() {
        assertThatThrownBy(() -> new StuffSmoother(1, Scene.LABELS)).isInstanceOf(VideoException.class);
    }

    private static float[] noise(Random random, int count) {
        float[] noise = new float[count];
        for (int i = 0; i < count; i++) noise[i] = (float) random.nextGaussian();
        return noise;
    }

    private static Prediction of(float[] masks, int... labels) {
        Geometry geometry = new Geometry(4 * HEIGHT, 4 * WIDTH, 4 * HEIGHT, 4 * WIDTH, 4 * HEIGHT, 4 * WIDTH);
        return new Prediction(labels.length, 4, logits(labels), HEIGHT, WIDTH, masks, geometry);
    }

    private static float[] logits(int... labels) {
        float[] logits = new float[labels.length * 5];
        for (int q = 0; q < labels.length; q++) logits[q * 5 + labels[q]] = 5;
        return logits;
    }
}
