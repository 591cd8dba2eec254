package org.mask2former.result;

/** The softmax of the class logits: {@code [Q, C + 1]}, row-major; the last column is "no object". */
record ClassScores(int queries, int classes, float[] values) {
    static ClassScores of(Prediction prediction) {
        int columns = prediction.classes() + 1;
        float[] values = new float[prediction.queries() * columns];
        for (int q = 0; q < prediction.queries(); q++) {
            int row = q * columns;
            float max = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < columns; c++) max = Math.max(max, prediction.classLogits()[row + c]);
            double sum = 0;
            for (int c = 0; c < columns; c++) sum += Math.exp(prediction.classLogits()[row + c] - max);
            for (int c = 0; c < columns; c++) {
                values[row + c] = (float) (Math.exp(prediction.classLogits()[row + c] - max) / sum);
            }
        }
        return new ClassScores(prediction.queries(), prediction.classes(), values);
    }

    float get(int query, int classId) {
        return values[query * (classes + 1) + classId];
    }

    /** The most probable class of a query; {@link #classes} if that is "no object". The first of equals. */
    int best(int query) {
        int best = 0;
        for (int c = 1; c <= classes; c++) {
            if (get(query, c) > get(query, best)) best = c;
        }
        return best;
    }
}
