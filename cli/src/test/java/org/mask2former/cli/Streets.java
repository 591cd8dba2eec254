package org.mask2former.cli;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * A data set drawn for tests: a few pictures of a sky, a road and two cars, annotated for all tasks. Its classes are called
 * as those of the fixtures' models are.
 */
final class Streets {
    private static final int WIDTH = 80;
    private static final int HEIGHT = 60;

    private Streets() {}

    /**
     * Draws it.
     *
     * @return its YAML, beside the files
     */
    static Path draw(Path folder, int pictures) throws IOException {
        for (int i = 0; i < pictures; i++) {
            BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
            BufferedImage labels = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
            BufferedImage numbers = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
            fill(new Rectangle(0, 0, WIDTH, 30), 0x78aae6, 0, 0, picture, labels, numbers);
            fill(new Rectangle(0, 30, WIDTH, 30), 0x5a5a5a, 2, 0, picture, labels, numbers);
            fill(new Rectangle(5 + i, 25, 25, 15), 0xc81e1e, 1, 1, picture, labels, numbers);
            fill(new Rectangle(45 + i, 28, 25, 15), 0x1e1ec8, 1, 2, picture, labels, numbers);
            write(picture, folder.resolve("pictures/" + i + ".png"));
            write(labels, folder.resolve("labels/" + i + ".png"));
            write(numbers, folder.resolve("numbers/" + i + ".png"));
        }
        return yaml(folder, "[{name: class_0, thing: false}, class_1, {name: class_2, thing: false}]");
    }

    /** The YAML with other classes. */
    static Path yaml(Path folder, String classes) throws IOException {
        return Files.writeString(folder.resolve("streets.yaml"), """
                format: folder
                parts: {val: {images: pictures, labels: labels, instances: numbers}}
                classes: %s
                """.formatted(classes));
    }

    /** Draws it, and writes the recipe of a run of three steps on it with the smallest network there can be. */
    static Path recipe(Path folder) throws IOException {
        Streets.draw(folder, 4);
        Path data = folder.resolve("streets.yaml");
        Files.writeString(data, Files.readString(data).replace("{val:", "{train:"));
        return Files.writeString(folder.resolve("recipe.yaml"), """
                name: streets
                data: streets.yaml
                parts: {val: none}
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
                augmentation: {size: 64}
                batch: 2
                steps: 3
                intervals: {log: 1, snapshot: 2, validate: 10000}
                """);
    }

    private static void fill(Rectangle where, int rgb, int label, int number, BufferedImage... images) {
        int[] pixel = {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255};
        int[][] samples = {pixel, {label}, {number}};
        for (int y = where.y; y < where.y + where.height; y++) {
            for (int x = where.x; x < where.x + where.width; x++) {
                for (int i = 0; i < images.length; i++) {
                    images[i].getRaster().setPixel(x, y, samples[i]);
                }
            }
        }
    }

    private static void write(BufferedImage image, Path file) throws IOException {
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }
}
