package org.mask2former.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.Prediction;

/**
 * How long each stage of a picture's way takes: reading the file, bringing it to the network's size, the network, and each
 * task's post-processing.
 *
 * @param picture where it is
 * @param size of the picture, width first
 * @param input what the network sees of it, width first
 * @param engine what ran the network
 * @param stages seconds of the timed runs, shortest first
 */
record PictureBenchmark(Path picture, String size, String input, String engine, Map<Stage, double[]> stages) {
    /** In the order of the way. */
    enum Stage {
        READ,
        PREPARE,
        NETWORK,
        SEMANTIC,
        INSTANCE,
        PANOPTIC;

        String title() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param image what is in the file */
    static PictureBenchmark of(Mask2Former model, Path picture, Image image, Repetition repetition) {
        PixelValues pixels = model.preprocessor().prepare(image);
        Prediction prediction = model.predict(pixels).get(0);
        Map<Stage, double[]> stages = new LinkedHashMap<>();
        stages.put(Stage.READ, repetition.timeOf(() -> Image.read(picture)));
        stages.put(Stage.PREPARE, repetition.timeOf(() -> model.preprocessor().prepare(image)));
        stages.put(Stage.NETWORK, repetition.timeOf(() -> model.predict(pixels)));
        for (Task task : Task.values()) {
            PostProcessOptions options = model.defaults(task);
            stages.put(
                    Stage.valueOf(task.name()),
                    repetition.timeOf(() -> model.segment(task, image, prediction, options)));
        }
        return new PictureBenchmark(
                picture,
                image.width() + "x" + image.height(),
                pixels.width() + "x" + pixels.height(),
                model.engine(),
                stages);
    }

    /** A line for each stage, for people. */
    String table() {
        double network = Repetition.median(stages.get(Stage.NETWORK));
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, %s, to the network %s; %s%n%n%10s %10s %10s %13s  stage%n",
                picture,
                size,
                input,
                engine,
                "median ms",
                "min",
                "max",
                "% of network"));
        stages.forEach((stage, seconds) -> text.append(String.format(
                Locale.ROOT,
                "%10.1f %10.1f %10.1f %13.1f  %s%n",
                1e3 * Repetition.median(seconds),
                1e3 * seconds[0],
                1e3 * seconds[seconds.length - 1],
                100 * Repetition.median(seconds) / network,
                stage.title())));
        return text.toString();
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("picture", picture.toString());
        fields.put("size", size);
        fields.put("input", input);
        fields.put("engine", engine);
        Map<String, Object> times = new LinkedHashMap<>();
        stages.forEach((stage, seconds) -> times.put(
                stage.title(),
                Map.of(
                        "median_seconds", Repetition.median(seconds),
                        "min_seconds", seconds[0],
                        "max_seconds", seconds[seconds.length - 1])));
        fields.put("stages", times);
        return fields;
    }
}
