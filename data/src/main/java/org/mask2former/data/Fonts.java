package org.mask2former.data;

import java.awt.AWTError;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this machine can write letters on pictures: a bare server may have no fonts, or a JDK that cannot use them. */
public final class Fonts {
    private static final Logger log = LoggerFactory.getLogger(Fonts.class);
    private static final boolean AVAILABLE = look();

    private Fonts() {}

    public static boolean available() {
        return AVAILABLE;
    }

    private static boolean look() {
        try {
            new Font(Font.SANS_SERIF, Font.PLAIN, 14).getStringBounds("A", new FontRenderContext(null, true, true));
            return true;
        } catch (AWTError | LinkageError | InternalError | RuntimeException e) {
            // What a JDK throws without fontconfig, freetype or fonts differs from version to version.
            log.warn(
                    "this machine has no fonts (install fontconfig and a font): no plots, no captions ({})",
                    e.toString());
            return false;
        }
    }
}
