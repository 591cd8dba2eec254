package org.mask2former.data;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.mask2former.image.Image;

/** A bar for each class, one below the other, all of them named however many there are. */
final class ClassBars {
    private static final int WIDTH = 1000;
    private static final int ROW = 24;
    private static final int BAR = 16;
    private static final int TOP = 56;
    private static final int MARGIN = 16;
    private static final Color THING = new Color(0x2b6cb0);
    private static final Color STUFF = new Color(0x8c6d31);

    private ClassBars() {}

    /**
     * One bar.
     *
     * @param value in [0, 1]
     * @param thing decides on the colour
     */
    record Bar(String name, double value, boolean thing) {}

    static Image draw(String title, List<Bar> bars) {
        BufferedImage image = new BufferedImage(WIDTH, TOP + ROW * bars.size() + MARGIN, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.setColor(Color.DARK_GRAY);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
        graphics.drawString(title + ", %", MARGIN, 32);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        FontMetrics metrics = graphics.getFontMetrics();
        int names =
                bars.stream().mapToInt(b -> metrics.stringWidth(b.name)).max().orElse(0);
        int left = MARGIN + Math.min(names, WIDTH / 3) + 12;
        int full = WIDTH - left - MARGIN - metrics.stringWidth("100.0") - 8;
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            int y = TOP + ROW * i;
            int text = y + (BAR + metrics.getAscent() - metrics.getDescent()) / 2;
            int width = (int) Math.round(full * bar.value);
            graphics.setColor(new Color(0xeeeeee));
            graphics.fillRect(left, y, full, BAR);
            graphics.setColor(bar.thing ? THING : STUFF);
            graphics.fillRect(left, y, width, BAR);
            graphics.setColor(Color.DARK_GRAY);
            graphics.drawString(bar.name, Math.max(4, left - 12 - metrics.stringWidth(bar.name)), text);
            graphics.drawString(TextTable.percent(bar.value), left + width + 6, text);
        }
        graphics.dispose();
        return Image.of(image);
    }
}
