package org.mask2former.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.PictureSize;
import org.mask2former.result.Label;

/** Reads label maps: PNGs that hold a class, an instance, or both for every pixel, as each format has it. Thread-safe. */
final class LabelMaps {
    private static final int CITYSCAPES_INSTANCES = 1000;
    private static final int MAPILLARY_INSTANCES = 256;
    private static final int VOC_VOID = 255;

    private final ClassTable classes;
    private final Map<Integer, Integer> labelOfColor = new HashMap<>();
    /** Colours that several classes share, and which. */
    private final Map<Integer, String> ambiguous = new HashMap<>();
    /** The labels of the things, in order: ADE20K's instance maps number these alone. */
    private final int[] things;

    LabelMaps(ClassTable classes) {
        this.classes = classes;
        List<DatasetClass> list = classes.classes();
        for (int i = 0; i < list.size(); i++) {
            int label = i;
            list.get(i).rgb().ifPresent(rgb -> {
                Integer other = labelOfColor.putIfAbsent(rgb, label);
                if (other != null) {
                    ambiguous.put(
                            rgb,
                            "'" + list.get(other).name() + "' and '"
                                    + list.get(label).name() + "'");
                }
            });
        }
        this.things = classes.labels().list().stream()
                .filter(Label::thing)
                .mapToInt(Label::id)
                .toArray();
    }

    /** A class for every pixel: its number, or its colour. */
    LabelPixels classes(Path file) {
        LabelPng png = LabelPng.read(file);
        return new LabelPixels(png.width(), png.height(), labels(file, png, v -> v), new int[png.values().length]);
    }

    /** {@code gtFine_instanceIds}: the class below 1000 where things are not told apart, else 1000 × class + instance. */
    LabelPixels cityscapes(Path file) {
        LabelPng png = LabelPng.read(file);
        return new LabelPixels(
                png.width(),
                png.height(),
                labels(file, png, v -> v < CITYSCAPES_INSTANCES ? v : v / CITYSCAPES_INSTANCES),
                map(png, v -> v < CITYSCAPES_INSTANCES ? 0 : v % CITYSCAPES_INSTANCES + 1));
    }

    /** 256 × class + instance. */
    LabelPixels mapillary(Path file) {
        LabelPng png = LabelPng.read(file);
        return new LabelPixels(
                png.width(),
                png.height(),
                labels(file, png, v -> v / MAPILLARY_INSTANCES),
                map(png, v -> v % MAPILLARY_INSTANCES + 1));
    }

    /** A class for every pixel in one file, an instance number in another; where that is 255 or void, VOC says nothing. */
    LabelPixels voc(Path labels, Path instances) {
        LabelPixels pixels = classes(labels);
        LabelPng png = readLike(pixels, labels, instances);
        for (int i = 0; i < png.values().length; i++) {
            int value = png.values()[i];
            if (png.color() ? LabelPng.rgb(value) == VocColors.VOID : value == VOC_VOID) {
                pixels.labels()[i] = ClassMap.IGNORE;
            }
        }
        return new LabelPixels(pixels.width(), pixels.height(), pixels.labels(), png.values());
    }

    /** A class for every pixel in one file, an instance number in another. */
    LabelPixels classesAndInstances(Path labels, Path instances) {
        LabelPixels pixels = classes(labels);
        LabelPng png = readLike(pixels, labels, instances);
        return new LabelPixels(pixels.width(), pixels.height(), pixels.labels(), png.values());
    }

    /**
     * ADE20K's challenge: stuff from the label map, things from the instance map, whose red is the number among the things, from
     * 1, and whose green is the instance. What only the label map calls a thing is left out, as in the original
     * ({@code prepare_ade20k_pan_seg.py}).
     */
    LabelPixels ade20k(Path labels, Path instances) {
        LabelPixels pixels = classes(labels);
        LabelPng png = readLike(pixels, labels, instances);
        int[] numbers = new int[png.values().length];
        for (int i = 0; i < numbers.length; i++) {
            int red = png.values()[i] & 255;
            short label = pixels.labels()[i];
            if (red > things.length) {
                throw new Mask2FormerException(instances + " has the value " + red + " in its red " + png.place(i)
                        + ", but there are " + things.length + " classes of things");
            }
            if (red > 0) {
                pixels.labels()[i] = (short) things[red - 1];
                numbers[i] = png.values()[i] >> 8 & 255;
            } else if (label != ClassMap.IGNORE && classes.labels().get(label).thing()) {
                pixels.labels()[i] = ClassMap.IGNORE;
            }
        }
        return new LabelPixels(pixels.width(), pixels.height(), pixels.labels(), numbers);
    }

    /**
     * The full ADE20K: blue is the object's number, and a line of {@code x_atr.txt} says what it is:
     * {@code number # part level # occluded # names # raw name # "attributes"}. Parts of objects, and objects whose names are not
     * among the classes, are left out.
     */
    LabelPixels ade20kFull(Path segments, Path attributes) {
        Map<String, Integer> labelOfName = new HashMap<>();
        for (Label label : classes.labels().list()) {
            labelOfName.put(label.name(), label.id());
            labelOfName.putIfAbsent(firstName(label.name()), label.id());
        }
        Map<Integer, Integer> labelOfObject = new HashMap<>();
        for (String line : lines(attributes)) {
            String[] fields = line.split("#", -1);
            try {
                if (!line.isBlank() && Integer.parseInt(fields[1].strip()) == 0) {
                    String names = fields[3].strip();
                    Integer label = labelOfName.getOrDefault(names, labelOfName.get(firstName(names)));
                    labelOfObject.put(
                            Integer.parseInt(fields[0].strip()), label == null ? (int) ClassMap.IGNORE : label);
                }
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new Mask2FormerException(
                        attributes + ": \"" + line
                                + "\" is not \"number # level # occluded # names # name # attributes\"",
                        e);
            }
        }
        LabelPng png = LabelPng.read(segments);
        if (!png.color()) {
            throw new Mask2FormerException(segments + " must be a colour PNG with the object's number in its blue");
        }
        short[] labels = new short[png.values().length];
        int[] instances = map(png, v -> v >> 16);
        for (int i = 0; i < labels.length; i++) {
            Integer label = instances[i] == 0 ? Integer.valueOf(ClassMap.IGNORE) : labelOfObject.get(instances[i]);
            if (label == null) {
                throw new Mask2FormerException(segments + " has pixels of object " + instances[i] + " " + png.place(i)
                        + ", which " + attributes + " does not list");
            }
            labels[i] = label.shortValue();
        }
        return new LabelPixels(png.width(), png.height(), labels, instances);
    }

    private static String firstName(String names) {
        return names.split("[,;]")[0].strip();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new Mask2FormerException(
                    Files.exists(file) ? "cannot read " + file + ": " + e.getMessage() : "there is no file " + file, e);
        }
    }

    private static LabelPng readLike(LabelPixels pixels, Path labels, Path instances) {
        LabelPng png = LabelPng.read(instances);
        if (png.width() != pixels.width() || png.height() != pixels.height()) {
            throw new Mask2FormerException(instances + " is " + png.size() + ", but " + labels + " is "
                    + new PictureSize(pixels.width(), pixels.height()));
        }
        return png;
    }

    private static int[] map(LabelPng png, IntUnaryOperator meaning) {
        return IntStream.of(png.values()).map(meaning).toArray();
    }

    private short[] labels(Path file, LabelPng png, IntUnaryOperator classOf) {
        Map<Integer, Short> known = new HashMap<>();
        int[] values = png.values();
        short[] labels = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            if (i > 0 && values[i] == values[i - 1]) {
                labels[i] = labels[i - 1];
            } else {
                int index = i;
                labels[i] = known.computeIfAbsent(values[i], v -> label(file, png, v, classOf, index));
            }
        }
        return labels;
    }

    private short label(Path file, LabelPng png, int value, IntUnaryOperator classOf, int index) {
        if (!png.color()) {
            return (short) classes.labelOf(classOf.applyAsInt(value))
                    .orElseThrow(() -> unknown(file, "the value " + value + " " + png.place(index)));
        }
        int rgb = LabelPng.rgb(value);
        String color = String.format("the colour #%06x ", rgb) + png.place(index);
        if (ambiguous.containsKey(rgb)) {
            throw new Mask2FormerException(file + " has " + color + ", which is of both " + ambiguous.get(rgb)
                    + ": give them different colours");
        }
        Integer label = labelOfColor.get(rgb);
        if (label == null && !classes.ignoresColor(rgb)) {
            throw unknown(file, color);
        }
        return label == null ? ClassMap.IGNORE : label.shortValue();
    }

    private static Mask2FormerException unknown(Path file, String what) {
        return new Mask2FormerException(file + " has " + what
                + ", which is no class of the data set: list it under 'classes' or 'ignore_label'");
    }
}
