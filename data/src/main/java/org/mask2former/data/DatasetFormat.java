package org.mask2former.data;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a data set lies on the disk. For each format: which files a part has, and where they are if the YAML does not say. In
 * such a default {@code {part}} is the part's name and {@code {Part}} its long form ({@code training}, {@code validation},
 * {@code testing}).
 */
public enum DatasetFormat {
    /** COCO's {@code instances_*.json}: polygons or RLE masks, which may overlap. */
    COCO_INSTANCES("coco-instances", Map.of(FileRole.IMAGES, "", FileRole.ANNOTATIONS, "")),
    /** COCO's {@code panoptic_*.json} with its folder of PNGs; {@code instances} may name a COCO instances file for the things. */
    COCO_PANOPTIC(
            "coco-panoptic",
            Map.of(FileRole.IMAGES, "", FileRole.ANNOTATIONS, "", FileRole.MASKS, ""),
            FileRole.INSTANCES),
    /** {@code leftImg8bit/PART/CITY/*.png} and {@code gtFine/PART/CITY/*_gtFine_instanceIds.png}. */
    CITYSCAPES("cityscapes", Map.of(FileRole.IMAGES, "leftImg8bit/{part}", FileRole.LABELS, "gtFine/{part}")),
    /** The scene parsing challenge: {@code images}, {@code annotations} and, where it is there, {@code annotations_instance}. */
    ADE20K(
            "ade20k",
            Map.of(
                    FileRole.IMAGES,
                    "images/{Part}",
                    FileRole.LABELS,
                    "annotations/{Part}",
                    FileRole.INSTANCES,
                    "annotations_instance/{Part}")),
    /** The full ADE20K: {@code x.jpg} beside {@code x_seg.png} and {@code x_atr.txt}, in any folders. */
    ADE20K_FULL("ade20k-full", Map.of(FileRole.IMAGES, "{Part}")),
    /** {@code PART/images} and {@code PART/instances}, 16 bits a pixel: 256 × class + instance. */
    MAPILLARY(
            "mapillary-vistas",
            Map.of(FileRole.IMAGES, "{Part}/images", FileRole.INSTANCES, "{Part}/instances"),
            FileRole.LABELS),
    /** {@code JPEGImages}, {@code SegmentationClass}, {@code SegmentationObject}, {@code ImageSets/Segmentation}. */
    VOC(
            "voc",
            Map.of(
                    FileRole.IMAGES,
                    "JPEGImages",
                    FileRole.LABELS,
                    "SegmentationClass",
                    FileRole.INSTANCES,
                    "SegmentationObject",
                    FileRole.LIST,
                    "ImageSets/Segmentation/{part}.txt")),
    /** One text file for each picture; on a line a class number and a polygon in parts of the picture's width and height. */
    YOLO_SEG("yolo-seg", Map.of(FileRole.IMAGES, "images/{part}", FileRole.LABELS, "labels/{part}"), FileRole.LIST),
    /** Pictures in one folder, PNGs of the same name with a class for every pixel in another, instance numbers in a third. */
    FOLDER("folder", Map.of(FileRole.IMAGES, "", FileRole.LABELS, ""), FileRole.INSTANCES, FileRole.LIST);

    private final String key;
    private final Map<FileRole, String> defaults;
    private final List<FileRole> optional;

    DatasetFormat(String key, Map<FileRole, String> defaults, FileRole... optional) {
        this.key = key;
        this.defaults = defaults;
        this.optional = List.of(optional);
    }

    /** As the YAML names it. */
    public String key() {
        return key;
    }

    static Optional<DatasetFormat> of(String key) {
        return Arrays.stream(values()).filter(f -> f.key.equals(key)).findFirst();
    }

    static List<String> keys() {
        return Arrays.stream(values()).map(DatasetFormat::key).toList();
    }

    /** The files that a part of this format may name. */
    List<FileRole> roles() {
        return Arrays.stream(FileRole.values())
                .filter(r -> defaults.containsKey(r) || optional.contains(r))
                .toList();
    }

    /** Whether its classes are the values of pixels. */
    boolean hasLabelMaps() {
        return this != COCO_INSTANCES && this != COCO_PANOPTIC && this != YOLO_SEG && this != ADE20K_FULL;
    }

    /** Whether the YAML must name it. */
    boolean requires(FileRole role) {
        return "".equals(defaults.get(role));
    }

    /** Where it is if the YAML does not say. */
    Optional<String> fallback(FileRole role, String part) {
        return Optional.ofNullable(defaults.get(role))
                .filter(d -> !d.isEmpty())
                .map(d -> d.replace("{part}", part).replace("{Part}", longName(part)));
    }

    private static String longName(String part) {
        return switch (part) {
            case "train" -> "training";
            case "val" -> "validation";
            case "test" -> "testing";
            default -> part;
        };
    }
}
