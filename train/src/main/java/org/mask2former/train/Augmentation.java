package org.mask2former.train;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.mask2former.image.PictureSize;
import org.mask2former.image.PreprocessorConfig;

/**
 * What is done to a picture each time it is trained on, so that it never looks the same: it is resized, a window of fixed
 * size is cut from it at a random place, and that is mirrored, turned and changed in colour. What the picture does not
 * fill, to the right and below, is grey ({@value #PADDING}, as Detectron2's {@code FixedSizeCrop} has it) and no segment's.
 * Pictures are resized bilinearly, antialiased; masks take the nearest pixel.
 *
 * @param height of the network's input in pixels, a multiple of {@value #DIVISOR}
 * @param width of the network's input in pixels, a multiple of {@value #DIVISOR}
 * @param scaling how large the picture becomes before the window is cut
 * @param aspect by how many times the ratio of the sides is changed at most, either way; 1 for not at all
 * @param mostOfOneClass windows are drawn anew, ten times at most, until no class covers more than this share of what is
 *     annotated in them (the recipes for Cityscapes and others have 0.75 or 1); 1 for any window
 * @param mirror the probability that left and right are exchanged
 * @param flip the probability that top and bottom are exchanged; for pictures without an up, as of a microscope
 * @param turns whether the picture is turned by 0, 90, 180 or 270 degrees, each equally likely; for pictures without an up
 * @param rotate by how many degrees at most the window is turned about its middle then, either way; what comes from outside of it is
 *     grey and no segment's
 * @param color how colours are changed
 * @param minPixels segments of which fewer pixels are seen are left out, at least 1
 */
public record Augmentation(
        int height,
        int width,
        Scaling scaling,
        double aspect,
        double mostOfOneClass,
        double mirror,
        double flip,
        boolean turns,
        double rotate,
        ColorJitter color,
        int minPixels) {
    /** The network halves its input five times. */
    static final int DIVISOR = 32;

    static final int PADDING = 128;
    private static final int LARGEST = 4096;
    private static final int TRIES = 10;

    public Augmentation {
        if (!isSide(height) || !isSide(width)) {
            throw new IllegalArgumentException("pictures to train on have to be multiples of " + DIVISOR
                    + " pixels wide and high, at most " + LARGEST + ", not " + width + "×" + height);
        }
        require("aspect", aspect, 1, 4);
        require("mostOfOneClass", mostOfOneClass, 0.01, 1);
        require("mirror", mirror, 0, 1);
        require("flip", flip, 0, 1);
        require("rotate", rotate, 0, 45);
        if (minPixels < 1) {
            throw new IllegalArgumentException("minPixels has to be at least 1, not " + minPixels);
        }
    }

    private static boolean isSide(int length) {
        return length >= DIVISOR && length <= LARGEST && length % DIVISOR == 0;
    }

    private static void require(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(name + " has to be from " + least + " to " + most + ", not " + value);
        }
    }

    /** Nothing random but what is added to it: the picture just fits. */
    public static Augmentation none(int height, int width) {
        return new Augmentation(
                height, width, new Scaling.LargeScaleJitter(1, 1), 1, 1, 0, 0, false, 0, ColorJitter.NONE, 1);
    }

    /** The paper's recipe for COCO: large-scale jitter from 0.1 to 2.0, and mirrored half the time. */
    public static Augmentation largeScaleJitter(int height, int width) {
        return none(height, width)
                .withScaling(new Scaling.LargeScaleJitter(0.1, 2.0))
                .withMirror(0.5);
    }

    /**
     * The paper's recipe for ADE20K: the shorter side is 0.5 to 2.0 times the window's in steps of 0.1, the longer one at most
     * four times, colours are changed as in SSD, and mirrored half the time.
     */
    public static Augmentation shortestEdge(int height, int width) {
        int side = Math.min(height, width);
        List<Integer> choices = IntStream.rangeClosed(5, 20)
                .mapToObj(tenths -> tenths * side / 10)
                .toList();
        return none(height, width)
                .withScaling(new Scaling.ShortestEdge(choices, 4 * Math.max(height, width)))
                .withColor(ColorJitter.SSD)
                .withMirror(0.5);
    }

    public Augmentation withScaling(Scaling scaling) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withAspect(double aspect) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withMostOfOneClass(double mostOfOneClass) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withMirror(double mirror) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withFlip(double flip) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withTurns(boolean turns) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withRotate(double rotate) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withColor(ColorJitter color) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    public Augmentation withMinPixels(int minPixels) {
        return new Augmentation(
                height, width, scaling, aspect, mostOfOneClass, mirror, flip, turns, rotate, color, minPixels);
    }

    /**
     * Applies it once; the same random numbers give the same sample.
     *
     * @param normalisation what bytes become for the model; nothing else of it is used
     */
    public TrainingSample apply(AnnotatedPicture picture, PreprocessorConfig normalisation, RandomGenerator random) {
        Placement place = place(picture, random);
        float[] pixels = Cutout.pixels(picture.picture(), place, this, normalisation, random);
        TrainingSample sample = new TrainingSample(picture.id(), pixels, Cutout.target(picture, place, this));
        return rotate == 0
                ? sample
                : new Rotation(height, width, random.nextDouble(-rotate, rotate))
                        .apply(sample, minPixels, new Normalisation(normalisation));
    }

    /** Draws where things go. */
    Placement place(AnnotatedPicture picture, RandomGenerator random) {
        Symmetry symmetry = symmetry(random);
        // The window before it is turned.
        PictureSize window = symmetry.transpose() ? new PictureSize(height, width) : new PictureSize(width, height);
        PictureSize source =
                new PictureSize(picture.picture().width(), picture.picture().height());
        PictureSize scaled = stretch(scaling.draw(source, window, random), random);
        Placement place = cut(source, scaled, window, symmetry, random);
        for (int i = 1; i < TRIES && mostOfOneClass < 1 && !isVaried(picture, place); i++) {
            place = cut(source, scaled, window, symmetry, random);
        }
        return place;
    }

    private Symmetry symmetry(RandomGenerator random) {
        boolean mirrored = random.nextDouble() < mirror;
        boolean flipped = random.nextDouble() < flip;
        Symmetry turned = Symmetry.quarterTurns(turns ? random.nextInt(4) : 0);
        return turned.then(new Symmetry(false, mirrored, flipped));
    }

    /** As many pixels, other sides. */
    private PictureSize stretch(PictureSize size, RandomGenerator random) {
        if (aspect == 1) {
            return size;
        }
        double side = Math.sqrt(Math.pow(aspect, 2 * random.nextDouble() - 1));
        return Scaling.size(size.width() * side, size.height() / side);
    }

    private static Placement cut(
            PictureSize source, PictureSize scaled, PictureSize window, Symmetry symmetry, RandomGenerator random) {
        int patchWidth = Math.min(scaled.width(), window.width());
        int patchHeight = Math.min(scaled.height(), window.height());
        return new Placement(
                source.width(),
                source.height(),
                scaled.width(),
                scaled.height(),
                random.nextInt(scaled.width() - patchWidth + 1),
                random.nextInt(scaled.height() - patchHeight + 1),
                patchWidth,
                patchHeight,
                symmetry);
    }

    /** Detectron2's {@code RandomCrop_CategoryAreaConstraint}: there is more than one class, and none has too large a share. */
    private boolean isVaried(AnnotatedPicture picture, Placement place) {
        MaskWindow window = new MaskWindow(place);
        Map<Integer, Long> areas = new HashMap<>();
        for (AnnotatedPicture.Segment segment : picture.segments()) {
            long area = window.area(segment.mask());
            if (area > 0) {
                areas.merge(segment.labelId(), area, Long::sum);
            }
        }
        long all = areas.values().stream().mapToLong(a -> a).sum();
        return areas.size() > 1 && areas.values().stream().allMatch(a -> a < all * mostOfOneClass);
    }
}
