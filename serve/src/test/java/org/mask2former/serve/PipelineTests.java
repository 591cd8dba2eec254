package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.result.Prediction;

class PipelineTests {
    private static final Client PATIENT = () -> false;

    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<String> passes = new CopyOnWriteArrayList<>();
    private final ServerMetrics metrics = new ServerMetrics();
    private Pipeline pipeline = pipeline(4, Duration.ZERO, 100);

    @AfterEach
    void end() {
        gate.countDown();
        pipeline.close();
        metrics.close();
    }

    private Pipeline pipeline(int batch, Duration delay, int capacity) {
        if (pipeline != null) pipeline.close();
        return new Pipeline(
                "test", new Fake(), new Batching(batch, delay), capacity, metrics.ofModel("test", () -> true));
    }

    /** Input of a picture's own size; a prediction holds its first pixel. */
    private final class Fake implements Pipeline.Network {
        @Override
        public PixelValues prepare(Image picture) {
            int height = picture.height();
            int width = picture.width();
            float[] values = new float[3 * height * width];
            values[0] = picture.rgb()[0];
            return new PixelValues(
                    values, height, width, List.of(new Geometry(height, width, height, width, height, width)));
        }

        @Override
        public List<Prediction> predict(PixelValues batch) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            passes.add(batch.batch() + "×" + batch.width());
            if (batch.width() == 13 || batch.width() == 7 && batch.batch() > 1) {
                throw new IllegalStateException("unlucky");
            }
            List<Prediction> all = new ArrayList<>();
            int each = batch.values().length / batch.batch();
            for (int b = 0; b < batch.batch(); b++) {
                float[] masks = new float[1];
                masks[0] = batch.values()[b * each];
                all.add(new Prediction(
                        1, 1, new float[2], 1, 1, masks, batch.geometries().get(b)));
            }
            return all;
        }
    }

    private CompletableFuture<Integer> submit(int width, int value) {
        return pipeline.submit(List.of(job(width, value)), PATIENT).get(0);
    }

    private static Job<Integer> job(int width, int value) {
        byte[] rgb = new byte[3 * width];
        Arrays.fill(rgb, (byte) value);
        return new Job<>(() -> Image.ofRgb(width, 1, rgb), (picture, prediction, clock) ->
                (int) prediction.maskLogits()[0]);
    }

    @Test
    void everyPictureGetsItsOwnPrediction() {
        gate.countDown();
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 60; i++) answers.add(submit(1 + i % 3, i));
        for (int i = 0; i < 60; i++) assertThat(answers.get(i).join()).isEqualTo(i);
        assertThat(pipeline.inHouse()).isZero();
    }

    @Test
    void picturesOfOneSizeThatWaitShareAPassAndOthersDoNot() throws Exception {
        CompletableFuture<Integer> first = submit(2, 1); // the runner waits at the gate with it
        while (pipeline.inHouse() < 1) Thread.sleep(1);
        Thread.sleep(50);
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) answers.add(submit(5, i));
        answers.add(submit(6, 9));
        Thread.sleep(300); // they are all prepared
        gate.countDown();
        first.join();
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        assertThat(passes).containsExactlyInAnyOrder("1×2", "3×5", "1×6");
    }

    @Test
    void aFullHouseRefusesAndSaysWhenToComeBack() {
        pipeline = pipeline(1, Duration.ZERO, 3);
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) answers.add(submit(2, i));
        assertThatThrownBy(() -> submit(2, 9)).isInstanceOfSatisfying(HttpProblem.class, p -> {
            assertThat(p.status()).isEqualTo(429);
            assertThat(p.retryAfter().orElseThrow()).isPositive();
        });
        assertThatThrownBy(() -> pipeline.submit(List.of(job(1, 1), job(1, 1), job(1, 1), job(1, 1)), PATIENT))
                .isInstanceOfSatisfying(
                        HttpProblem.class, p -> assertThat(p.status()).isEqualTo(422));
        gate.countDown();
        for (int i = 0; i < 3; i++) assertThat(answers.get(i).join()).isEqualTo(i);
        assertThat(submit(2, 7).join()).isEqualTo(7);
    }

    @Test
    void oneThatFailsFailsAlone() throws Exception {
        CompletableFuture<Integer> first = submit(2, 1);
        Thread.sleep(50);
        CompletableFuture<Integer> bad = submit(13, 2);
        CompletableFuture<Integer> good = submit(5, 3);
        CompletableFuture<Integer> seven = submit(7, 4);
        CompletableFuture<Integer> sevenToo = submit(7, 5);
        CompletableFuture<Integer> unreadable = pipeline.submit(
                        List.of(new Job<Integer>(
                                () -> {
                                    throw HttpProblem.unprocessable("no picture");
                                },
                                (picture, prediction, clock) -> 0)),
                        PATIENT)
                .get(0);
        Thread.sleep(200);
        gate.countDown();
        assertThatThrownBy(bad::join).isInstanceOf(CompletionException.class).hasMessageContaining("unlucky");
        assertThatThrownBy(unreadable::join).hasMessageContaining("no picture");
        assertThat(first.join()).isEqualTo(1);
        assertThat(good.join()).isEqualTo(3);
        assertThat(seven.join())
                .as("together they are too large, alone they are not")
                .isEqualTo(4);
        assertThat(sevenToo.join()).isEqualTo(5);
        while (pipeline.inHouse() > 0) Thread.sleep(1);
    }

    @Test
    void whatNobodyWaitsForIsNotRun() throws Exception {
        CompletableFuture<Integer> first = submit(2, 1);
        Thread.sleep(50);
        CompletableFuture<Integer> late = submit(3, 2);
        late.completeExceptionally(new IllegalStateException("gone"));
        gate.countDown();
        first.join();
        while (pipeline.inHouse() > 0) Thread.sleep(1);
        assertThat(passes).containsExactly("1×2");
    }

    @Test
    void aPictureWhoseClientIsGoneIsNotRunAndLeavesItsPlace() throws Exception {
        CompletableFuture<Integer> first = submit(2, 1);
        Thread.sleep(50);
        AtomicBoolean gone = new AtomicBoolean();
        CompletableFuture<Integer> prepared =
                pipeline.submit(List.of(job(3, 2)), gone::get).get(0);
        CompletableFuture<Integer> other = submit(3, 3);
        Thread.sleep(100);
        gone.set(true);
        CompletableFuture<Integer> unread =
                pipeline.submit(List.of(job(3, 4)), gone::get).get(0);
        gate.countDown();
        assertThat(first.join() + other.join()).isEqualTo(4);
        for (CompletableFuture<Integer> dropped : List.of(prepared, unread)) {
            assertThatThrownBy(dropped::join)
                    .cause()
                    .isInstanceOfSatisfying(
                            HttpProblem.class, p -> assertThat(p.status()).isEqualTo(499));
        }
        while (pipeline.inHouse() > 0) Thread.sleep(1);
        assertThat(passes).containsExactly("1×2", "1×3");
        assertThat(metrics.scrape()).contains("mask2former_dropped_pictures_total{model=\"test\"} 2.0");
    }

    @Test
    void whoStillWaitsAtTheEndIsToldSo() {
        CompletableFuture<Integer> waiting = submit(2, 1);
        pipeline.close();
        assertThatThrownBy(waiting::join)
                .cause()
                .isInstanceOfSatisfying(
                        HttpProblem.class, p -> assertThat(p.status()).isEqualTo(503));
    }

    @Test
    void aPictureWaitsForCompanyAsLongAsItIsTold() {
        gate.countDown();
        pipeline = pipeline(2, Duration.ofSeconds(20), 10);
        CompletableFuture<Integer> first = submit(2, 1);
        CompletableFuture<Integer> second = submit(2, 2);
        assertThat(first.join() + second.join()).as("the second ends the wait").isEqualTo(3);
        assertThat(passes).containsExactly("2×2");
    }
}
