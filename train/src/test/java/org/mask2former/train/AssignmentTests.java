package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentTests {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    // Costs with many equal assignments, and which of them SciPy 1's linear_sum_assignment chooses.
    private static final double[][] TIES_WIDE = {
        {2, 0, 0, 0, 0, 2, 2, 1},
        {0, 0, 0, 1, 1, 1, 0, 0},
        {2, 2, 0, 0, 1, 1, 2, 1},
        {1, 1, 1, 1, 0, 2, 2, 2},
        {2, 0, 0, 1, 1, 2, 2, 0},
        {2, 0, 0, 2, 2, 0, 0, 0}
    };
    private static final int[] TIES_WIDE_COLUMNS = {1, 0, 2, 4, 7, 5};
    private static final double[][] TIES_TALL = {
        {0, 2, 1, 1, 0, 1},
        {0, 2, 1, 0, 0, 2},
        {1, 1, 0, 0, 1, 1},
        {1, 2, 2, 0, 1, 1},
        {0, 0, 1, 2, 0, 2},
        {1, 0, 1, 2, 2, 1},
        {0, 2, 0, 2, 2, 1},
        {2, 2, 0, 2, 1, 0}
    };
    private static final int[] TIES_TALL_ROWS = {0, 1, 2, 4, 5, 7};
    private static final int[] TIES_TALL_COLUMNS = {0, 3, 2, 4, 1, 5};

    @Test
    void knownAnswers() {
        assertThat(solve(new double[][] {{4, 1, 3}, {2, 0, 5}, {3, 2, 2}}).columns())
                .containsExactly(1, 0, 2);
        assertThat(solve(new double[][] {{10, 19, 8, 15}, {10, 18, 7, 17}, {13, 16, 9, 14}, {12, 19, 8, 18}})
                        .columns())
                .containsExactly(3, 0, 1, 2);
        Assignment tall = solve(new double[][] {{7, 3}, {1, 9}, {2, 2}});
        assertThat(tall.rows()).containsExactly(1, 2);
        assertThat(tall.columns()).containsExactly(0, 1);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,5", "5,1", "3,3", "4,7", "7,4", "6,6", "5,8"})
    void isAsCheapAsTheBestOfAllAssignments(int rows, int columns) {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            double[][] cost = new double[rows][columns];
            for (double[] row : cost) {
                // Every second matrix has few different costs, and so many ties.
                long s = seed;
                Arrays.setAll(row, j -> s % 2 == 0 ? random.nextGaussian() * 100 : random.nextInt(4) - 1);
            }
            Assignment found = solve(cost);
            assertValid(found, rows, columns);
            assertThat(total(cost, found)).as("seed %d", seed).isCloseTo(cheapest(cost), within(1e-9));
        }
    }

    @Test
    void tiesAreBrokenAsSciPyBreaksThem() {
        assertThat(solve(new double[3][3]).columns()).containsExactly(0, 1, 2);
        assertThat(solve(new double[2][4]).columns()).containsExactly(0, 1);
        Assignment tall = solve(new double[4][2]);
        assertThat(tall.rows()).containsExactly(0, 1);
        assertThat(tall.columns()).containsExactly(0, 1);
        assertThat(solve(TIES_WIDE).columns()).containsExactly(TIES_WIDE_COLUMNS);
        Assignment ties = solve(TIES_TALL);
        assertThat(ties.rows()).containsExactly(TIES_TALL_ROWS);
        assertThat(ties.columns()).containsExactly(TIES_TALL_COLUMNS);
    }

    @Test
    void forbiddenPairsAreAvoided() {
        double[][] cost = {{INFINITY, 5, INFINITY}, {1, 0, INFINITY}, {0, 0, 9}};
        assertThat(solve(cost).columns()).containsExactly(1, 0, 2);
    }

    @Test
    void nothingIsAssignedWhereNothingIsLeftToAssign() {
        assertThat(Assignment.solve(new double[0], 0, 5).size()).isZero();
        assertThat(Assignment.solve(new double[0], 5, 0).size()).isZero();
        assertThat(Assignment.solve(new double[0], 0, 0).size()).isZero();
    }

    @Test
    void aMatrixWithoutAnAssignmentIsRefused() {
        assertThatThrownBy(() -> solve(new double[][] {{INFINITY, 1}, {INFINITY, 2}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 × 2")
                .hasMessageContaining("forbidden");
    }

    @Test
    void whatIsNoCostIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> solve(new double[][] {{1, 2, 3}, {4, Double.NaN, 6}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("row 1 and column 1 is NaN");
        assertThatThrownBy(() -> solve(new double[][] {{1, Double.NEGATIVE_INFINITY}}))
                .hasMessageContaining("row 0 and column 1 is -Infinity");
        assertThatThrownBy(() -> Assignment.solve(new double[5], 2, 3)).hasMessageContaining("2 × 3");
    }

    @Test
    void theLargestFloatStandsForAPairOfLastResort() {
        double worst = Float.MAX_VALUE;
        assertThat(solve(new double[][] {{worst, 3}, {1, 2}}).columns()).containsExactly(1, 0);
        assertValid(solve(new double[][] {{worst, worst}, {worst, worst}}), 2, 2);
    }

    @Test
    void aLargeMatrixIsSolvedQuickly() {
        Random random = new Random(5);
        double[] cost = random.doubles(200 * 400).toArray();
        long start = System.nanoTime();
        assertValid(Assignment.solve(cost, 200, 400), 200, 400);
        assertThat((System.nanoTime() - start) / 1e9).as("seconds").isLessThan(2);
    }

    private static Assignment solve(double[][] cost) {
        return Assignment.solve(
                Arrays.stream(cost).flatMapToDouble(Arrays::stream).toArray(), cost.length, cost[0].length);
    }

    private static void assertValid(Assignment found, int rows, int columns) {
        assertThat(found.size()).isEqualTo(Math.min(rows, columns));
        assertThat(found.rows()).isSorted().doesNotHaveDuplicates();
        assertThat(found.columns()).doesNotHaveDuplicates();
        assertThat(Arrays.stream(found.rows())).allMatch(i -> i >= 0 && i < rows);
        assertThat(Arrays.stream(found.columns())).allMatch(j -> j >= 0 && j < columns);
    }

    private static double total(double[][] cost, Assignment found) {
        double sum = 0;
        for (int k = 0; k < found.size(); k++) {
            sum += cost[found.rows()[k]][found.columns()[k]];
        }
        return sum;
    }

    /** Tries all. */
    private static double cheapest(double[][] cost) {
        if (cost.length > cost[0].length) {
            double[][] transposed = new double[cost[0].length][cost.length];
            for (int i = 0; i < cost.length; i++) {
                for (int j = 0; j < cost[0].length; j++) {
                    transposed[j][i] = cost[i][j];
                }
            }
            return cheapest(transposed);
        }
        return cheapest(cost, 0, 0);
    }

    private static double cheapest(double[][] cost, int row, int taken) {
        if (row == cost.length) {
            return 0;
        }
        double best = INFINITY;
        for (int j = 0; j < cost[row].length; j++) {
            if ((taken >> j & 1) == 0) {
                best = Math.min(best, cost[row][j] + cheapest(cost, row + 1, taken | 1 << j));
            }
        }
        return best;
    }
}
