package com.example;

import java.nio.file.Path;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;

/** Says what is in a picture, and writes the picture with the segments drawn over it. */
public final class SegmentPicture {
    private SegmentPicture() {}

    /** Takes a model, a picture, and the PNG or JPEG to write. */
    public static void main(String[] args) {
        if (args.length != 3) {
            System.err.println("usage: SegmentPicture MODEL PICTURE OVERLAY");
            System.exit(2);
        }
        try {
            segment(args[0], Path.of(args[1]), Path.of(args[2]));
        } catch (Mask2FormerException e) { // its message says what is wrong and what to do
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    static void segment(String name, Path picture, Path overlay) {
        // Loading takes seconds: keep a model, and share it between threads, as long as there are pictures.
        try (Mask2Former model = Mask2Former.load(name)) {
            PanopticSegmentation result = model.panoptic(Image.read(picture));
            for (Segment segment : result.segments()) {
                System.out.printf(
                        "%-20s %.2f %8d px  %s%n", segment.label(), segment.score(), segment.area(), segment.box());
            }
            result.overlay().write(overlay);
        }
    }
}
