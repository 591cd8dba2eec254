package org.mask2former.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.data.EvaluationReport;
import org.mask2former.model.EngineOptions;
import org.mask2former.train.Pictures.Rectangle;

/** A run that takes seconds: rectangles of two classes on grey, learned by the smallest network there can be. */
final class SmallRun {
    private static final int SIDE = 64;

    final Path folder;
    final Path recipe;
    final List<String> heard = new ArrayList<>();

    /** Draws the data set and writes the recipe. */
    SmallRun(Path folder) {
        this.folder = folder;
        this.recipe = folder.resolve("recipe.yaml");
        try {
            writeData(8);
            Files.writeString(recipe, """
                    name: small
                    data: data.yaml
                    task: instance
                    size: 64/64
                    model:
                      backbone_config: {model_type: resnet, embedding_size: 8, hidden_sizes: [16, 16, 32, 32], depths: [1, 1, 1, 1]}
                      feature_size: 32
                      mask_feature_size: 32
                      hidden_dim: 32
                      encoder_layers: 1
                      encoder_feedforward_dim: 32
                      decoder_layers: 3
                      dim_feedforward: 32
                      num_attention_heads: 2
                      num_queries: 6
                      train_num_points: 128
                    augmentation: {size: 64, jitter: [0.8, 1.5], mirror: 0.5, color: ssd}
                    batch: 2
                    steps: 6
                    optimizer: {learning_rate: 1.0e-3, backbone_multiplier: 1, clip_norm: 5, moving_average: 0.9}
                    intervals: {log: 2, snapshot: 2, validate: 3}
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeData(int pictures) throws IOException {
        StringBuilder images = new StringBuilder();
        StringBuilder annotations = new StringBuilder();
        for (int i = 0; i < pictures; i++) {
            Rectangle car = new Rectangle(0, 0xc02010, 4 + 3 * i, 8, 20, 16);
            Rectangle person = new Rectangle(1, 0x2040c0, 30, 34 + i, 10, 20);
            Pictures.image(SIDE, SIDE, car, person)
                    .write(folder.resolve("images").resolve(i + ".png"));
            String comma = i == 0 ? "" : ",";
            images.append(comma)
                    .append("{\"id\":%d,\"file_name\":\"%d.png\",\"width\":64,\"height\":64}".formatted(i, i));
            annotations
                    .append(comma)
                    .append(annotation(i, 2 * i, car))
                    .append(",")
                    .append(annotation(i, 2 * i + 1, person));
        }
        Files.writeString(
                folder.resolve("data.json"),
                "{\"images\":[" + images + "],\"annotations\":[" + annotations
                        + "],\"categories\":[{\"id\":1,\"name\":\"car\"},{\"id\":2,\"name\":\"person\"}]}");
        Files.writeString(folder.resolve("data.yaml"), """
                format: coco-instances
                parts:
                  train: {images: images, annotations: data.json}
                  val: {images: images, annotations: data.json}
                """);
    }

    private static String annotation(int image, int id, Rectangle r) {
        int right = r.x() + r.width();
        int bottom = r.y() + r.height();
        return ("{\"id\":%d,\"image_id\":%d,\"category_id\":%d,\"iscrowd\":0,\"area\":%d,\"bbox\":[%d,%d,%d,%d],"
                        + "\"segmentation\":[[%d,%d,%d,%d,%d,%d,%d,%d]]}")
                .formatted(
                        id + 1,
                        image,
                        r.labelId() + 1,
                        r.width() * r.height(),
                        r.x(),
                        r.y(),
                        r.width(),
                        r.height(),
                        r.x(),
                        r.y(),
                        right,
                        r.y(),
                        right,
                        bottom,
                        r.x(),
                        bottom);
    }

    /** @param changes {@code KEY=VALUE} */
    TrainingConfig config(String... changes) {
        Map<String, String> set = new LinkedHashMap<>();
        for (String change : changes) {
            set.put(change.substring(0, change.indexOf('=')), change.substring(change.indexOf('=') + 1));
        }
        return TrainingConfigFile.read(recipe, set);
    }

    Trainer trainer(Processes processes, String name, String... changes) {
        return new Trainer(
                config(changes),
                folder.resolve(name),
                Path::of,
                EngineOptions.DEFAULT.withThreads(1),
                new TrainingListener() {
                    @Override
                    public void started(String what) {
                        heard.add(what);
                    }

                    @Override
                    public void interval(Interval interval) {
                        heard.add("interval " + interval.progress().step());
                    }

                    @Override
                    public void skipped(String reason) {
                        heard.add(reason);
                    }

                    @Override
                    public void validated(
                            TrainingProgress progress, EvaluationReport report, double measure, boolean best) {
                        heard.add("validated " + progress.step());
                    }

                    @Override
                    public void finished(TrainingProgress progress, Path path) {
                        heard.add("finished " + progress.step());
                    }
                },
                processes);
    }

    /** Trains to the end on several processes. */
    TrainingProgress runTogether(int count, String name, String... changes) throws Exception {
        return Team.run(count, processes -> {
                    try (Trainer trainer = trainer(processes, name, changes)) {
                        return trainer.run(done -> false);
                    }
                })
                .get(0);
    }

    /** Trains to the end. */
    TrainingProgress run(String name, String... changes) {
        try (Trainer trainer = trainer(Processes.ALONE, name, changes)) {
            return trainer.run(done -> false);
        }
    }

    /** Trains for some steps, and then stops as if it had been told to. */
    TrainingProgress runFor(int steps, String name, String... changes) {
        int[] asked = {0};
        try (Trainer trainer = trainer(Processes.ALONE, name, changes)) {
            return trainer.run(done -> asked[0]++ == steps);
        }
    }
}
