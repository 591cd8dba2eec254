package org.mask2former.result;

import java.awt.AWTError;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The system's fonts, for labels in scripts that {@link StrokeFont} lacks. A server may have no fonts, or a JDK that
 * cannot use them; that is remembered and logged once.
 */
final class SystemFont {
    private static final Logger log = LoggerFactory.getLogger(SystemFont.class);
    /** What a capital's height is of a font's size, in most fonts. */
    private static final double CAPITAL = 0.72;

    private static volatile boolean missing;

    private SystemFont() {}

    /** The text in letters whose capitals are about {@code capital} pixels high; empty where there are no fonts. */
    static Optional<TextMask> draw(String text, int capital) {
        if (missing) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    render(text, new Font(Font.SANS_SERIF, Font.PLAIN, (int) Math.round(capital / CAPITAL))));
        } catch (AWTError | LinkageError | InternalError | RuntimeException e) {
            // What a JDK throws without fontconfig, freetype or fonts differs from version to version.
            missing = true;
            log.warn(
                    "labels in other scripts are drawn as question marks, because there are no fonts: {}",
                    e.toString());
            return Optional.empty();
        }
    }

    private static TextMask render(String text, Font font) {
        TextLayout layout = new TextLayout(text, font, new FontRenderContext(null, true, true));
        Rectangle2D bounds = layout.getBounds();
        int ascent = (int) Math.ceil(Math.max(layout.getAscent(), -bounds.getMinY())) + 1;
        int height = ascent + (int) Math.ceil(Math.max(layout.getDescent(), bounds.getMaxY())) + 1;
        int left = (int) Math.ceil(Math.max(0, -bounds.getMinX())) + 1;
        int width = left + (int) Math.ceil(Math.max(layout.getAdvance(), bounds.getMaxX())) + 1;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setColor(Color.WHITE);
            layout.draw(graphics, left, ascent);
        } finally {
            graphics.dispose();
        }
        return new TextMask(
                width, height, ascent, ((DataBufferByte) image.getRaster().getDataBuffer()).getData());
    }
}
