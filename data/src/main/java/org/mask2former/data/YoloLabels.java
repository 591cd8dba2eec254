package org.mask2former.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.PictureSize;
import org.mask2former.result.CocoRle;

/** Reads YOLO-seg labels: on each line a class and a polygon, {@code class x0 y0 x1 y1 …}, in parts of the picture's size. */
final class YoloLabels {
    private static final int NUMBERS_OF_A_TRIANGLE = 6;
    private static final int NUMBERS_OF_A_BOX = 4;

    private YoloLabels() {}

    /** The objects of a picture; none if there is no such file, which is how YOLO says that a picture is empty. */
    static Annotation.Instances read(Path file, PictureSize size, ClassTable classes) {
        List<AnnotatedSegment> segments = new ArrayList<>();
        List<String> lines;
        try {
            lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read " + file + ": " + e.getMessage(), e);
        }
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                try {
                    segments.add(segment(i + 1, lines.get(i), size, classes));
                } catch (Mask2FormerException | NumberFormatException e) {
                    throw new Mask2FormerException(file + ": line " + (i + 1) + ": " + e.getMessage(), e);
                }
            }
        }
        return new Annotation.Instances(size.width(), size.height(), segments);
    }

    private static AnnotatedSegment segment(int id, String line, PictureSize size, ClassTable classes) {
        String[] fields = line.strip().split("\\s+");
        int numbers = fields.length - 1;
        if (numbers == NUMBERS_OF_A_BOX) {
            throw new Mask2FormerException("this is a box, not a polygon: a detection label set has no masks");
        }
        if (numbers < NUMBERS_OF_A_TRIANGLE || numbers % 2 != 0) {
            throw new Mask2FormerException(
                    "a class and at least three points x y are expected, not " + numbers + " numbers");
        }
        int number = Integer.parseInt(fields[0]);
        int label = classes.labelOf(number).orElseThrow(() -> new Mask2FormerException("there is no class " + number));
        double[] xy = new double[numbers];
        for (int i = 0; i < numbers; i++) {
            double part = Double.parseDouble(fields[i + 1]);
            if (!(part >= 0 && part <= 1)) {
                throw new Mask2FormerException(fields[i + 1] + " is not between 0 and 1: coordinates are parts of the "
                        + "picture's width and height");
            }
            xy[i] = part * (i % 2 == 0 ? size.width() : size.height());
        }
        return AnnotatedSegment.of(id, label, false, CocoRle.ofPolygons(size.height(), size.width(), List.of(xy)));
    }
}
