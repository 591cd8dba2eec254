package org.mask2former.train;

import java.util.Arrays;

/**
 * The cheapest one-to-one assignment of rows to columns of a cost matrix, of any shape: every row gets a column, or where
 * there are more rows than columns every column a row. Shortest augmenting paths (Crouse, "On implementing 2D rectangular
 * assignment algorithms", 2016), with the tie breaking of SciPy's {@code linear_sum_assignment}, so that the two agree even
 * where several assignments cost the same.
 *
 * @param rows that got a column, ascending
 * @param columns the column of each of {@code rows}
 */
public record Assignment(int[] rows, int[] columns) {
    public Assignment {
        if (rows.length != columns.length) {
            throw new IllegalArgumentException(rows.length + " rows assigned to " + columns.length + " columns");
        }
        rows = rows.clone();
        columns = columns.clone();
    }

    @Override
    public int[] rows() {
        return rows.clone();
    }

    @Override
    public int[] columns() {
        return columns.clone();
    }

    public int size() {
        return rows.length;
    }

    /**
     * @param cost row-major, {@code rows × columns}; positive infinity forbids a pair
     * @throws IllegalArgumentException if an entry is not a number or negative infinity, or if so many pairs are forbidden
     *     that no assignment is left
     */
    public static Assignment solve(double[] cost, int rows, int columns) {
        if (rows < 0 || columns < 0 || cost.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    "a cost matrix of " + rows + " × " + columns + " cannot have " + cost.length + " entries");
        }
        for (int k = 0; k < cost.length; k++) {
            if (Double.isNaN(cost[k]) || cost[k] == Double.NEGATIVE_INFINITY) {
                throw new IllegalArgumentException("the cost of row " + k / columns + " and column " + k % columns
                        + " is " + cost[k] + "; a cost is a number, or positive infinity for a forbidden pair");
            }
        }
        if (rows <= columns) {
            return new Assignment(ascending(rows), new Search(cost, rows, columns).columnOfRow());
        }
        return ofTransposed(new Search(transposed(cost, rows, columns), columns, rows).columnOfRow());
    }

    private static int[] ascending(int count) {
        int[] indices = new int[count];
        Arrays.setAll(indices, i -> i);
        return indices;
    }

    private static double[] transposed(double[] cost, int rows, int columns) {
        double[] out = new double[cost.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                out[j * rows + i] = cost[i * columns + j];
            }
        }
        return out;
    }

    /** @param rowOfColumn for every column */
    private static Assignment ofTransposed(int[] rowOfColumn) {
        int[] rows = rowOfColumn.clone();
        Arrays.sort(rows);
        int[] columns = new int[rows.length];
        for (int j = 0; j < rowOfColumn.length; j++) {
            columns[Arrays.binarySearch(rows, rowOfColumn[j])] = j;
        }
        return new Assignment(rows, columns);
    }

    /** One search for every row, for at least as many columns as rows. */
    private static final class Search {
        private static final int NONE = -1;

        private final double[] cost;
        private final int rows;
        private final int columns;
        /** Dual variables: no reduced cost {@code cost − rowPrice − columnPrice} is negative, and those of pairs are 0. */
        private final double[] rowPrice;

        private final double[] columnPrice;
        private final int[] columnOfRow;
        private final int[] rowOfColumn;
        /** Of the current search: the shortest path to a column, the row before it, and what the path has passed. */
        private final double[] distance;

        private final int[] previous;
        private final boolean[] passedRow;
        private final boolean[] passedColumn;
        /** Columns that the path has not passed: the first {@code left} entries. */
        private final int[] remaining;

        Search(double[] cost, int rows, int columns) {
            this.cost = cost;
            this.rows = rows;
            this.columns = columns;
            rowPrice = new double[rows];
            columnPrice = new double[columns];
            columnOfRow = filled(rows);
            rowOfColumn = filled(columns);
            distance = new double[columns];
            previous = filled(columns);
            passedRow = new boolean[rows];
            passedColumn = new boolean[columns];
            remaining = new int[columns];
        }

        private static int[] filled(int length) {
            int[] values = new int[length];
            Arrays.fill(values, NONE);
            return values;
        }

        int[] columnOfRow() {
            for (int row = 0; row < rows; row++) {
                augment(row);
            }
            return columnOfRow;
        }

        /** Gives a row a column, moving rows before it to others along the shortest path to a free one. */
        private void augment(int start) {
            Arrays.fill(passedRow, false);
            Arrays.fill(passedColumn, false);
            Arrays.fill(distance, Double.POSITIVE_INFINITY);
            for (int k = 0; k < columns; k++) {
                remaining[k] = columns - 1 - k; // from the end, as SciPy: a constant matrix gives the identity
            }
            int left = columns;
            double shortest = 0;
            int row = start;
            int free = NONE;
            while (free == NONE) {
                passedRow[row] = true;
                int next = nearest(row, shortest, left);
                if (next == NONE) {
                    throw new IllegalArgumentException("so many pairs of the " + rows + " × " + columns
                            + " cost matrix are forbidden that no assignment is left");
                }
                int column = remaining[next];
                shortest = distance[column];
                passedColumn[column] = true;
                remaining[next] = remaining[--left];
                if (rowOfColumn[column] == NONE) {
                    free = column;
                } else {
                    row = rowOfColumn[column];
                }
            }
            updatePrices(start, shortest);
            for (int column = free, at = NONE; at != start; ) {
                at = previous[column];
                rowOfColumn[column] = at;
                int before = columnOfRow[at];
                columnOfRow[at] = column;
                column = before;
            }
        }

        /** Lets paths go on from a row; the place in {@code remaining} of the nearest column, a free one among equals. */
        private int nearest(int row, double shortest, int left) {
            int nearest = NONE;
            double lowest = Double.POSITIVE_INFINITY;
            for (int k = 0; k < left; k++) {
                int column = remaining[k];
                double through = shortest + cost[row * columns + column] - rowPrice[row] - columnPrice[column];
                if (through < distance[column]) {
                    previous[column] = row;
                    distance[column] = through;
                }
                if (distance[column] < lowest || distance[column] == lowest && rowOfColumn[column] == NONE) {
                    lowest = distance[column];
                    nearest = k;
                }
            }
            return lowest == Double.POSITIVE_INFINITY ? NONE : nearest;
        }

        private void updatePrices(int start, double shortest) {
            for (int i = 0; i < rows; i++) {
                if (i == start) {
                    rowPrice[i] += shortest;
                } else if (passedRow[i]) {
                    rowPrice[i] += shortest - distance[columnOfRow[i]];
                }
            }
            for (int j = 0; j < columns; j++) {
                if (passedColumn[j]) {
                    columnPrice[j] -= shortest - distance[j];
                }
            }
        }
    }
}
