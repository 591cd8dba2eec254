package org.mask2former.train;

import java.util.List;
import java.util.random.RandomGenerator;
import org.mask2former.image.PictureSize;

/** How large a picture becomes before a window is cut from it. */
public sealed interface Scaling {
    /** The longest side that is made, so that a mistaken setting does not eat the memory. */
    int LARGEST = 32_768;

    /**
     * The size of a picture.
     *
     * @param picture its own size
     * @param window what will be cut from it
     */
    PictureSize draw(PictureSize picture, PictureSize window, RandomGenerator random);

    /**
     * Large-scale jitter (Ghiasi et al. 2021, Detectron2's {@code ResizeScale}): the picture just fits into the window, and
     * then is as many times larger as a number drawn evenly.
     *
     * @param least above 0; 0.1 in the paper's recipe for COCO
     * @param most 2.0 in the paper's recipe for COCO
     */
    record LargeScaleJitter(double least, double most) implements Scaling {
        public LargeScaleJitter {
            if (!(least >= 0.01 && least <= most && most <= 10)) {
                throw new IllegalArgumentException("the scales of large-scale jitter have to be from 0.01 to 10, the"
                        + " smaller first, not " + least + " to " + most);
            }
        }

        @Override
        public PictureSize draw(PictureSize picture, PictureSize window, RandomGenerator random) {
            double times = least + random.nextDouble() * (most - least);
            double fit = Math.min(window.width() * times / picture.width(), window.height() * times / picture.height());
            return Scaling.size(picture.width() * fit, picture.height() * fit);
        }
    }

    /**
     * The shorter side becomes one of a list of lengths (Detectron2's {@code ResizeShortestEdge}, "choice"), as the recipes
     * for ADE20K, Cityscapes and Mapillary Vistas have it.
     *
     * @param choices in pixels
     * @param longest what the longer side may be at most, in pixels; the shorter side gives way
     */
    record ShortestEdge(List<Integer> choices, int longest) implements Scaling {
        public ShortestEdge {
            choices = List.copyOf(choices);
            if (choices.isEmpty() || choices.stream().anyMatch(c -> c < 1 || c > longest) || longest > LARGEST) {
                throw new IllegalArgumentException("the shorter side can be " + choices
                        + ", but it needs one length at least, each from 1 to the longest side, " + longest
                        + ", and that at most " + LARGEST);
            }
        }

        @Override
        public PictureSize draw(PictureSize picture, PictureSize window, RandomGenerator random) {
            double shorter = choices.get(random.nextInt(choices.size()));
            double scale = shorter / Math.min(picture.width(), picture.height());
            scale = Math.min(scale, (double) longest / Math.max(picture.width(), picture.height()));
            return Scaling.size(picture.width() * scale, picture.height() * scale);
        }
    }

    /** Rounded, at least one pixel. */
    static PictureSize size(double width, double height) {
        return new PictureSize(side(width), side(height));
    }

    private static int side(double length) {
        return (int) Math.max(1, Math.min(LARGEST, Math.round(length)));
    }
}
