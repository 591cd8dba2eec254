package org.mask2former.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.Mask2Former;
import org.mask2former.image.Geometry;
import org.mask2former.image.Preprocessor;
import org.mask2former.image.TestSize;
import org.mask2former.model.Effort;
import org.mask2former.model.ModelCost;
import org.mask2former.video.FpsBudget.Level;

/** What is given up, step by step, to hold a frame rate: layers of the decoder, queries, and pixels. */
final class BudgetLevels {
    /** In pixels; with fewer, nothing is recognised. */
    private static final int LEAST_SIDE = 96;

    private static final int LEAST_QUERIES = 20;
    /** A step that spares less than this is not worth a change. */
    private static final double WORTH = 0.97;

    /** Shares that are kept of the layers, of the queries, and of each side of the picture. */
    private record Step(double layers, double queries, double side) {}

    private static final List<Step> STEPS = List.of(
            new Step(0.67, 0.5, 1),
            new Step(0.67, 0.5, 0.84),
            new Step(0.67, 0.5, 0.71),
            new Step(0.34, 0.5, 0.6),
            new Step(0.34, 0.5, 0.5),
            new Step(0.34, 0.5, 0.42),
            new Step(0.34, 0.5, 0.35));

    private final Mask2Former model;
    private final Effort full;
    private final int height;
    private final int width;
    private final Geometry fullSize;

    private BudgetLevels(Mask2Former model, Effort effort, int height, int width) {
        this.model = model;
        this.height = height;
        this.width = width;
        full = effort.of(model.config());
        fullSize = model.preprocessor().geometry(height, width);
    }

    /**
     * The levels for frames of a size; first the model as it is.
     *
     * @param effort with which it was loaded
     * @param height of the frames, in pixels
     * @param width likewise
     */
    static List<Level> of(Mask2Former model, Effort effort, int height, int width) {
        return new BudgetLevels(model, effort, height, width).levels();
    }

    private List<Level> levels() {
        double fullCost = flops(full, fullSize);
        List<Level> levels = new ArrayList<>();
        levels.add(new Level("", 1, model::predict));
        for (Step step : STEPS) {
            Effort effort = new Effort(
                    Math.max(1, (int) Math.round(full.decoderLayers() * step.layers())),
                    Math.min(full.queries(), Math.max(LEAST_QUERIES, (int)
                            Math.round(full.queries() * step.queries()))));
            Preprocessor preprocessor = scaled(step.side());
            Geometry size = preprocessor.geometry(height, width);
            double cost = flops(effort, size) / fullCost;
            boolean large = Math.min(size.validHeight(), size.validWidth()) >= LEAST_SIDE || step.side() == 1;
            if (large && cost < WORTH * levels.get(levels.size() - 1).cost()) {
                levels.add(new Level(
                        name(effort, size),
                        cost,
                        image -> model.predict(preprocessor.prepare(image), effort)
                                .get(0)));
            }
        }
        return levels;
    }

    private Preprocessor scaled(double side) {
        if (side == 1) {
            return model.preprocessor();
        }
        TestSize smaller =
                new TestSize.Exact(Math.max(1, (int) Math.round(fullSize.validHeight() * side)), Math.max(1, (int)
                        Math.round(fullSize.validWidth() * side)));
        return new Preprocessor(
                model.preprocessor().config(), model.preprocessor().compat(), Optional.of(smaller));
    }

    private double flops(Effort effort, Geometry size) {
        return ModelCost.of(model.config(), size.inputHeight(), size.inputWidth(), effort)
                .flops();
    }

    private String name(Effort effort, Geometry size) {
        List<String> less = new ArrayList<>();
        if (effort.decoderLayers() < full.decoderLayers()) {
            less.add(effort.decoderLayers() + " of " + full.decoderLayers() + " decoder layers");
        }
        if (effort.queries() < full.queries()) {
            less.add(effort.queries() + " of " + full.queries() + " queries");
        }
        if (size.validWidth() < fullSize.validWidth()) {
            less.add(size.validWidth() + "×" + size.validHeight() + " instead of " + fullSize.validWidth() + "×"
                    + fullSize.validHeight() + " pixels");
        }
        return String.join(" and ", less);
    }
}
