package org.mask2former.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Levels.Size;

/** Windows sorted by kind. */
class WindowGridTests {
    private static final int WINDOW = 4;

    @ParameterizedTest
    @CsvSource({"8, 8, 0, 1", "8, 8, 2, 4", "9, 13, 2, 4", "17, 12, 2, 4", "4, 12, 2, 2", "3, 3, 2, 1"})
    void everyTokenIsInOneWindowAndFindsItsWayBack(int height, int width, int shift, int kinds) {
        WindowGrid grid = new WindowGrid(new Size(height, width), WINDOW, shift);
        int[] tokens = grid.toWindows();
        int[] places = grid.fromWindows();
        assertThat(grid.kinds()).hasSize(kinds);
        assertThat(IntStream.of(grid.kinds()).sum()).isEqualTo(grid.count());
        assertThat(tokens).hasSize(grid.count() * WINDOW * WINDOW);
        assertThat(places).hasSize(height * width);
        for (int token = 0; token < places.length; token++) {
            assertThat(tokens[places[token]]).isEqualTo(token);
        }
        assertThat(IntStream.of(tokens).filter(t -> t < height * width).count()).isEqualTo(height * width);
    }

    /** With two windows or more each way, what the roll has brought together was a window or more apart. */
    @ParameterizedTest
    @CsvSource({"8, 8", "9, 13", "17, 12", "16, 30"})
    void theMaskOfAKindIsThatOfEachOfItsWindows(int height, int width) {
        WindowGrid grid = new WindowGrid(new Size(height, width), WINDOW, WINDOW / 2);
        int m = grid.tokens();
        float[] masks = floats(grid.shiftMask());
        int[] tokens = grid.toWindows();
        int w = 0;
        for (int kind = 0; kind < grid.kinds().length; kind++) {
            for (int i = 0; i < grid.kinds()[kind]; i++, w++) {
                for (int a = 0; a < m; a++) {
                    for (int b = 0; b < m; b++) {
                        int first = tokens[w * m + a];
                        int second = tokens[w * m + b];
                        if (first < height * width && second < height * width) {
                            boolean near = Math.abs(first / width - second / width) < WINDOW
                                    && Math.abs(first % width - second % width) < WINDOW;
                            assertThat(masks[(kind * m + a) * m + b])
                                    .as("window %d of kind %d, tokens %d and %d", i, kind, first, second)
                                    .isEqualTo(near ? 0 : -100);
                        }
                    }
                }
            }
        }
    }

    private static float[] floats(HostTensor tensor) {
        float[] values = new float[tensor.data().remaining() / Float.BYTES];
        tensor.data().asFloatBuffer().get(values);
        return values;
    }
}
