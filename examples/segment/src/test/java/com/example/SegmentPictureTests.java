package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentPictureTests {
    @TempDir
    private Path temp;

    @Test
    void thePictureGetsAnOverlayOfItsSize() throws IOException {
        Path model = Path.of("../../fixtures/tiny-swin").toAbsolutePath().normalize();
        assumeTrue(Files.exists(model), "runs inside Mask2Former's own checkout, where there is a small model");
        BufferedImage drawn = new BufferedImage(120, 90, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = drawn.createGraphics();
        graphics.setColor(Color.ORANGE);
        graphics.fillOval(20, 15, 60, 60);
        graphics.dispose();
        Path picture = temp.resolve("orange.png");
        ImageIO.write(drawn, "png", picture.toFile());

        Path overlay = temp.resolve("overlay.png");
        SegmentPicture.main(new String[] {model.toString(), picture.toString(), overlay.toString()});

        BufferedImage written = ImageIO.read(overlay.toFile());
        assertEquals(120, written.getWidth());
        assertEquals(90, written.getHeight());
    }
}
