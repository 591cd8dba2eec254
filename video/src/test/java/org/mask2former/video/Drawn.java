package org.mask2former.video;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.image.Image;

/** Frames drawn for tests: a red square that moves to the right by two pixels a frame, over four coloured quarters. */
final class Drawn {
    static final Color[] QUARTERS = {
        new Color(30, 90, 160), new Color(60, 140, 60), new Color(120, 120, 120), new Color(220, 210, 180)
    };

    private Drawn() {}

    static Image frame(int width, int height, int number) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D g = image.createGraphics();
        for (int q = 0; q < 4; q++) {
            g.setColor(QUARTERS[q]);
            g.fillRect(q % 2 * (width / 2), q / 2 * (height / 2), width, height);
        }
        g.setColor(new Color(200, 30, 30));
        g.fillRect(4 + 2 * number % (width - 16), height / 2 - 6, 12, 12);
        g.dispose();
        return Image.of(image);
    }

    static List<Image> frames(int width, int height, int count) {
        List<Image> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) frames.add(frame(width, height, i));
        return frames;
    }

    /** A film of them as this program writes it. */
    static Path film(Path file, int width, int height, double fps, int count) {
        try (FilmWriter writer = FilmWriter.create(file, new FilmFormat(width, height, fps, 1), Optional.empty())) {
            for (int i = 0; i < count; i++) writer.write(frame(width, height, i), i / fps);
            writer.finish(true);
        }
        return file;
    }

    /** How far two pictures of one size are apart: the mean difference of their samples. */
    static double difference(Image a, Image b) {
        long sum = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            sum += Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff));
        }
        return (double) sum / a.rgb().length;
    }
}
