package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Image;
import org.mask2former.video.FpsBudget.Level;

/** On a clock that stands still but for the network. */
class FpsBudgetTests {
    private static final Image FRAME = Drawn.frame(8, 8, 0);

    private final List<String> used = new ArrayList<>();
    private double now;
    /** How slow the machine is. */
    private double slowness = 1;

    @Test
    void withTimeEnoughNothingIsGivenUp() {
        FpsBudget budget = budget(5);
        run(budget, 50);
        assertThat(used).containsOnly("");
        assertThat(budget.givenUp()).isEmpty();
    }

    @Test
    void withTooLittleTheFirstLevelThatSufficesIsTaken() {
        FpsBudget budget = budget(16);
        run(budget, 100);
        assertThat(used.subList(8, 100)).containsOnly("half");
        assertThat(1 / seconds(budget)).isGreaterThan(16);
        assertThat(budget.isHeld()).isTrue();
        assertThat(budget.givenUp()).hasValueSatisfying(text -> assertThat(text).matches("half in 9\\d of 101 frames"));
    }

    @Test
    void withFarTooLittleTheLastLevelHasToDo() {
        FpsBudget budget = budget(500);
        run(budget, 40);
        assertThat(used.subList(10, 40)).containsOnly("quarter");
        assertThat(budget.isHeld()).isFalse();
    }

    @Test
    void whenTheMachineIsFreeAgainWhatWasGivenUpComesBack() {
        FpsBudget budget = budget(8);
        slowness = 3;
        run(budget, 100);
        assertThat(used.get(99)).isEqualTo("quarter");
        slowness = 1;
        run(budget, 400);
        assertThat(used.get(499)).isEmpty();
    }

    @Test
    void itDoesNotGoBackAndForth() {
        FpsBudget budget = budget(10.5);
        run(budget, 2000);
        int changes = 0;
        for (int i = 1; i < used.size(); i++) {
            if (!used.get(i).equals(used.get(i - 1))) changes++;
        }
        assertThat(changes).isLessThan(10);
    }

    /** 10 frames a second at best, 20 or 40 with less. */
    private FpsBudget budget(double fps) {
        return new FpsBudget(fps, List.of(level("", 1), level("half", 0.5), level("quarter", 0.25)), () -> now);
    }

    private Level level(String name, double cost) {
        return new Level(name, cost, image -> {
            used.add(name);
            now += 0.1 * cost * slowness;
            return Red.nothing(image);
        });
    }

    private void run(FpsBudget budget, int frames) {
        for (int i = 0; i < frames; i++) budget.apply(FRAME);
    }

    private double seconds(FpsBudget budget) {
        double begin = now;
        budget.apply(FRAME);
        return now - begin;
    }
}
