package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SymmetryTests {
    private static final int[][] PATCH = {
        {1, 2, 3},
        {4, 5, 6}
    };

    @Test
    void aQuarterTurnIsClockwise() {
        assertThat(lay(Symmetry.quarterTurns(1), PATCH)).isDeepEqualTo(new int[][] {{4, 1}, {5, 2}, {6, 3}});
        assertThat(lay(Symmetry.quarterTurns(2), PATCH)).isDeepEqualTo(new int[][] {{6, 5, 4}, {3, 2, 1}});
        assertThat(lay(Symmetry.quarterTurns(3), PATCH)).isDeepEqualTo(new int[][] {{3, 6}, {2, 5}, {1, 4}});
        assertThat(Symmetry.quarterTurns(4)).isEqualTo(Symmetry.IDENTITY);
    }

    @Test
    void mirroringExchangesLeftAndRight() {
        assertThat(lay(new Symmetry(false, true, false), PATCH)).isDeepEqualTo(new int[][] {{3, 2, 1}, {6, 5, 4}});
        assertThat(lay(new Symmetry(false, false, true), PATCH)).isDeepEqualTo(new int[][] {{4, 5, 6}, {1, 2, 3}});
        assertThat(lay(new Symmetry(true, false, false), PATCH)).isDeepEqualTo(new int[][] {{1, 4}, {2, 5}, {3, 6}});
    }

    @Test
    void oneAfterTheOtherIsTheSameAsBothTogether() {
        for (Symmetry first : all()) {
            for (Symmetry second : all()) {
                assertThat(lay(first.then(second), PATCH))
                        .as("%s then %s", first, second)
                        .isDeepEqualTo(lay(second, lay(first, PATCH)));
            }
        }
    }

    @Test
    void everyFlipTwiceIsTheIdentity() {
        for (Symmetry symmetry : all()) {
            boolean flip = !symmetry.transpose() || symmetry.flipX() == symmetry.flipY();
            if (flip) {
                assertThat(symmetry.then(symmetry)).as("%s", symmetry).isEqualTo(Symmetry.IDENTITY);
            }
        }
    }

    private static List<Symmetry> all() {
        List<Symmetry> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(new Symmetry((i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
        }
        return all;
    }

    private static int[][] lay(Symmetry symmetry, int[][] patch) {
        int height = patch.length;
        int width = patch[0].length;
        int[][] laid = symmetry.transpose() ? new int[width][height] : new int[height][width];
        int stride = 10;
        Symmetry.Steps steps = symmetry.steps(width, height, stride);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = steps.start() + x * steps.stepX() + y * steps.stepY();
                laid[at / stride][at % stride] = patch[y][x];
            }
        }
        return laid;
    }
}
