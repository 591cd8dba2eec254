package org.mask2former.cli;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Pictures drawn for tests. */
final class Pictures {
    private Pictures() {}

    /** A street of sorts, as PNG. */
    static byte[] png(int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(120, 170, 230));
        graphics.fillRect(0, 0, width, height / 2);
        graphics.setColor(new Color(90, 90, 90));
        graphics.fillRect(0, height / 2, width, height - height / 2);
        graphics.setColor(new Color(200, 30, 30));
        graphics.fillOval(width / 4, height / 3, width / 3, height / 3);
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    static Path write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        return Files.write(file, png(80, 60));
    }
}
