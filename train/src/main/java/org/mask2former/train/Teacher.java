package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.EngineOptions;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Prediction;

/**
 * A finished model whose segments a smaller one learns. It sees the very pictures that the student sees, after augmentation.
 * Its classes are the student's by their names; those that the student has not count as "no object". For one thread.
 */
final class Teacher implements AutoCloseable {
    private static final int NAMES_SHOWN = 3;

    private final Mask2Former model;
    private final double threshold;
    private final Normalisation student;
    private final Normalisation own;
    /** The student's class of each of the teacher's; {@link #outputs} − 1 for "no object". */
    private final int[] classes;
    /** The student's classes, and "no object". */
    private final int outputs;

    /**
     * @param location its folder or file
     * @param labels the student's classes
     * @param preprocessing the student's
     * @throws Mask2FormerException if it cannot be loaded, or does not know all of the student's classes
     */
    Teacher(
            TeacherConfig config,
            Path location,
            List<String> labels,
            PreprocessorConfig preprocessing,
            EngineOptions engine) {
        model = Mask2Former.load(location.toString(), LoadOptions.defaults().withEngine(engine));
        try {
            threshold = config.threshold();
            student = new Normalisation(preprocessing);
            own = new Normalisation(model.preprocessor().config());
            classes = classes(config.model(), model.config().labels(), labels);
            outputs = labels.size() + 1;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static int[] classes(String name, List<String> theirs, List<String> ours) {
        int none = ours.size();
        if (theirs.equals(ours)) { // of which some may have the same name
            return IntStream.rangeClosed(0, none).toArray();
        }
        List<String> unknown =
                ours.stream().filter(label -> !theirs.contains(label)).toList();
        if (!unknown.isEmpty()) {
            throw new Mask2FormerException("the teacher " + name + " does not know " + unknown.size()
                    + " of the data set's " + none + " classes: "
                    + some(unknown) + "; its own are " + some(theirs)
                    + "; choose a teacher that knows them all by the same names");
        }
        int[] classes = new int[theirs.size() + 1];
        for (int c = 0; c < theirs.size(); c++) {
            classes[c] = ours.contains(theirs.get(c)) ? ours.indexOf(theirs.get(c)) : none;
        }
        classes[theirs.size()] = none;
        return classes;
    }

    private static String some(List<String> names) {
        return names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "))
                + (names.size() > NAMES_SHOWN ? ", …" : "");
    }

    /** What a person should know of it, in a line. */
    String said(TeacherConfig config) {
        int others = model.config().numClasses() - (outputs - 1);
        return "learning from " + config.model() + (config.annotations() ? " and the annotations" : " alone")
                + (others > 0 ? "; its " + others + " other classes count as nothing" : "");
    }

    /** What it finds in the pictures of a batch. */
    List<SoftTarget> targets(List<TrainingSample> batch, float[] pixels /* [B, 3, H, W] */) {
        int height = batch.get(0).height();
        int width = batch.get(0).width();
        Geometry whole = new Geometry(height, width, height, width, height, width);
        float[] seen = student.convert(pixels, height * width, own);
        return model.predict(new PixelValues(seen, height, width, Collections.nCopies(batch.size(), whole))).stream()
                .map(this::target)
                .toList();
    }

    SoftTarget target(Prediction prediction) {
        List<float[]> kept = new ArrayList<>();
        List<float[]> masks = new ArrayList<>();
        int pixels = prediction.maskHeight() * prediction.maskWidth();
        for (int q = 0; q < prediction.queries(); q++) {
            float[] probabilities = probabilities(prediction, q);
            if (1 - probabilities[outputs - 1] > threshold) {
                kept.add(probabilities);
                masks.add(Arrays.copyOfRange(prediction.maskLogits(), q * pixels, (q + 1) * pixels));
            }
        }
        return new SoftTarget(
                HostTensor.of(joined(kept, outputs), kept.size(), outputs),
                HostTensor.of(joined(masks, pixels), masks.size(), prediction.maskHeight(), prediction.maskWidth()));
    }

    /** Of the student's classes: the softmax over the teacher's, added up where they mean the same. */
    private float[] probabilities(Prediction prediction, int query) {
        int from = query * classes.length;
        float[] logits = prediction.classLogits();
        double largest = IntStream.range(from, from + classes.length)
                .mapToDouble(i -> logits[i])
                .max()
                .orElseThrow();
        double sum = 0;
        double[] shares = new double[outputs];
        for (int c = 0; c < classes.length; c++) {
            double share = Math.exp(logits[from + c] - largest);
            shares[classes[c]] += share;
            sum += share;
        }
        float[] probabilities = new float[outputs];
        for (int c = 0; c < outputs; c++) {
            probabilities[c] = (float) (shares[c] / sum);
        }
        return probabilities;
    }

    private static float[] joined(List<float[]> rows, int length) {
        float[] all = new float[rows.size() * length];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, all, i * length, length);
        }
        return all;
    }

    @Override
    public void close() {
        model.close();
    }
}
