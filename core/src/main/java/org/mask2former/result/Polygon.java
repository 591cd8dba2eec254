package org.mask2former.result;

import java.util.List;

/**
 * One connected part of a mask as its outline: {@code x0, y0, x1, y1, …} in pixels, where whole numbers are the corners of
 * pixels and (0, 0) is the picture's top left corner. Rings are not closed: the last point joins the first. Seen on a
 * screen, with y downwards, the outer ring runs clockwise and holes run the other way.
 *
 * @param outer the outer ring. Not a copy: read only
 * @param holes the rings around its holes. Not copies: read only
 */
public record Polygon(double[] outer, List<double[]> holes) {
    public Polygon {
        holes = List.copyOf(holes);
    }
}
