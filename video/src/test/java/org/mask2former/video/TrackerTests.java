package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mask2former.video.Scene.Outcome;

/** Ids are counted against films whose truth is known. */
class TrackerTests {
    private static final int CAR = 0;
    private static final int PERSON = 1;

    @Test
    void thingsKeepTheirIdsWhileTheyMove() {
        expectNoSwitch(
                new Scene(320, 180, 1)
                        .jitter(2)
                        .moving(CAR, 30, 60, 40, 24, 60, 4)
                        .moving(CAR, 300, 120, 50, 30, -70, -2)
                        .moving(PERSON, 100, 150, 10, 26, 8, 0),
                3);
    }

    @Test
    void twoThatCrossKeepTheirIds() {
        for (long seed = 1; seed <= 10; seed++) {
            expectNoSwitch(
                    new Scene(320, 180, seed)
                            .jitter(1)
                            .moving(CAR, 40, 90, 40, 24, 60, 0)
                            .moving(CAR, 280, 94, 44, 26, -60, 0),
                    2);
        }
    }

    @Test
    void oneThatGoesBehindAnotherComesOutAsItself() {
        for (long seed = 1; seed <= 10; seed++) {
            expectNoSwitch(
                    new Scene(320, 180, seed)
                            .jitter(1)
                            .moving(CAR, 40, 90, 30, 20, 50, 0)
                            .moving(CAR, 160, 92, 60, 40, 0, 0),
                    2);
        }
    }

    @Test
    void oneThatPassesAPostComesOutAsItself() {
        for (long seed = 1; seed <= 10; seed++) {
            expectNoSwitch(
                    new Scene(320, 180, seed)
                            .jitter(1)
                            .post(150, 0, 30, 180)
                            .moving(CAR, 40, 90, 40, 24, 50, 0)
                            .moving(PERSON, 300, 120, 10, 26, -40, 0),
                    2);
        }
    }

    @Test
    void oneThatVanishesForAMomentComesBackAsItself() {
        Scene scene = new Scene(320, 180, 1)
                .jitter(1)
                .with(
                        CAR,
                        t -> t % 1.5 > 0.8 && t % 1.5 < 1.4
                                ? Optional.empty()
                                : Optional.of(new double[] {30 + 50 * t, 90, 40, 24}))
                .moving(CAR, 60, 150, 40, 24, 40, 0);
        expectNoSwitch(scene, 2);
    }

    @Test
    void oneThatVanishesForLongComesBackAsANewOne() {
        Scene scene = new Scene(320, 180, 1)
                .with(CAR, t -> t > 1 && t < 3 ? Optional.empty() : Optional.of(new double[] {100, 90, 40, 24}));
        Outcome outcome = scene.play(25, 5);
        assertThat(outcome.ids()).isEqualTo(2);
        assertThat(outcome.switches()).isEqualTo(1);
    }

    @Test
    void whatIsOverlookedNowAndThenKeepsItsId() {
        for (long seed = 1; seed <= 5; seed++) {
            expectNoSwitch(
                    new Scene(320, 180, seed)
                            .jitter(1.5)
                            .misses(0.2)
                            .moving(CAR, 30, 40, 40, 24, 50, 0)
                            .moving(CAR, 60, 75, 40, 24, 45, 0)
                            .moving(PERSON, 160, 150, 12, 28, -10, 0),
                    3);
        }
    }

    @Test
    void fewFramesASecondSuffice() {
        for (long seed = 1; seed <= 5; seed++) {
            Outcome outcome = new Scene(320, 180, seed)
                    .jitter(1)
                    .moving(CAR, 20, 60, 40, 24, 60, 0)
                    .moving(CAR, 300, 120, 40, 24, -60, 0)
                    .play(2, 4);
            assertThat(outcome).as("seed %d", seed).isEqualTo(new Outcome(0, 2, 0));
        }
    }

    @Test
    void aCrowdThatCrossesKeepsMostOfItsIds() {
        int switches = 0;
        int passes = 0;
        for (long seed = 1; seed <= 5; seed++) {
            Scene scene = new Scene(480, 270, seed).jitter(1).misses(0.02);
            for (int i = 0; i < 6; i++) {
                scene.moving(PERSON, 20 + 12 * i, 60 + 30 * i, 16, 40, 60 + 3 * i, 0);
                scene.moving(PERSON, 460 - 12 * i, 65 + 30 * i, 16, 40, -60 - 3 * i, 0);
                passes++;
            }
            switches += scene.play(25, 6).switches();
        }
        // Every one is hidden in part by several others at once.
        assertThat(switches).as("of %d that cross", 2 * passes).isLessThanOrEqualTo(2);
    }

    @Test
    void coloursAreThoseThatNoneInSightHas() {
        Scene scene = new Scene(320, 180, 1)
                .moving(CAR, 60, 50, 40, 24, 0, 0)
                .moving(CAR, 160, 50, 40, 24, 0, 0)
                .moving(PERSON, 260, 50, 10, 24, 0, 0);
        Tracked tracked = new Tracker().next(scene.at(0).result(), 0);
        assertThat(tracked.result().segments().stream()
                        .filter(s -> s.labelId() == CAR)
                        .map(tracked::variation))
                .containsExactlyInAnyOrder(0, 1);
        assertThat(tracked.result().segments().stream()
                        .filter(s -> s.labelId() != CAR)
                        .map(tracked::variation))
                .containsOnly(0);
    }

    @Test
    void whatIsGoneIsForgotten() {
        Tracker tracker = new Tracker();
        for (int i = 0; i < 1000; i++) {
            double x = 40 + 61 * i % 240;
            tracker.next(
                    new Scene(320, 180, i).moving(CAR, x, 90, 12, 8, 0, 0).at(0).result(), i / 5.0);
        }
        assertThat(tracker.size()).isLessThan(20);
    }

    private static void expectNoSwitch(Scene scene, int actors) {
        assertThat(scene.play(25, 4)).isEqualTo(new Outcome(0, actors, 0));
    }
}
