package org.mask2former.data;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import org.mask2former.image.Image;
import org.mask2former.image.PillowResize;

/** Many pictures on one, in rows, each with a line of text below. Not thread-safe. */
public final class ContactSheet {
    private static final int GAP = 12;
    private static final int TEXT = 24;

    private final int columns;
    private final int cell;
    private final BufferedImage sheet;
    private final Graphics2D graphics;
    private int used;

    /** @param cell the longer side of each picture, in pixels */
    public ContactSheet(int columns, int rows, int cell) {
        this.columns = columns;
        this.cell = cell;
        this.sheet = new BufferedImage(
                columns * (cell + GAP) + GAP, rows * (cell + TEXT + GAP) + GAP, BufferedImage.TYPE_3BYTE_BGR);
        this.graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        if (Fonts.available()) {
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        }
    }

    /** Puts the next picture, made smaller to fit. */
    public void add(Image picture, String text) {
        int left = GAP + used % columns * (cell + GAP);
        int top = GAP + used / columns * (cell + TEXT + GAP);
        BufferedImage small = fit(picture, cell).toBufferedImage();
        graphics.drawImage(small, left + (cell - small.getWidth()) / 2, top + (cell - small.getHeight()) / 2, null);
        if (Fonts.available()) {
            graphics.setColor(Color.DARK_GRAY);
            graphics.drawString(shorten(text), left, top + cell + TEXT - 8);
        }
        used++;
    }

    private String shorten(String text) {
        FontMetrics metrics = graphics.getFontMetrics();
        String shown = text;
        while (metrics.stringWidth(shown) > cell && shown.length() > 1) {
            shown = shown.substring(0, shown.length() - 2) + "…";
        }
        return shown;
    }

    public Image image() {
        return Image.of(sheet);
    }

    /** The picture, made smaller if its longer side is longer than {@code side}. */
    static Image fit(Image picture, int side) {
        double scale = (double) side / Math.max(picture.width(), picture.height());
        return scale >= 1
                ? picture
                : PillowResize.resize(picture, Math.max(1, (int) Math.round(picture.width() * scale)), Math.max(1, (int)
                        Math.round(picture.height() * scale)));
    }
}
