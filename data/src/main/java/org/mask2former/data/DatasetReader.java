package org.mask2former.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.image.PictureSize;

/** Opens a part of a data set: finds its pictures, and how each one's annotation is read. */
final class DatasetReader {
    private static final Set<Task> ALL = Set.of(Task.values());
    private static final String CITYSCAPES_PICTURE = "_leftImg8bit";
    private static final String ADE_SEGMENTS = "_seg";

    private final DatasetConfig config;
    private final String part;
    private final Path base;
    private final Map<FileRole, String> files;

    private DatasetReader(DatasetConfig config, String part, Optional<Path> dataRoot) {
        this.config = config;
        this.part = part;
        this.files = config.part(part);
        this.base = config.base(dataRoot);
    }

    private record Opened(
            String name, String part, ClassTable classes, Set<Task> tasks, List<Sample> samples, List<String> remarks)
            implements Dataset {
        @Override
        public int size() {
            return samples.size();
        }

        @Override
        public Sample get(int index) {
            return samples.get(index);
        }
    }

    static Dataset open(DatasetConfig config, String part, Optional<Path> dataRoot) {
        DatasetReader reader = new DatasetReader(config, part, dataRoot);
        return switch (config.format()) {
            case COCO_INSTANCES -> reader.cocoInstances();
            case COCO_PANOPTIC -> reader.cocoPanoptic();
            case YOLO_SEG -> reader.yolo();
            case CITYSCAPES -> reader.cityscapes();
            case MAPILLARY -> reader.mapillary();
            case ADE20K_FULL -> reader.ade20kFull();
            case ADE20K, VOC, FOLDER -> reader.labelsAndInstances();
        };
    }

    private Path file(FileRole role) {
        return base.resolve(name(role));
    }

    private String name(FileRole role) {
        return Optional.ofNullable(files.get(role))
                .orElseThrow(() -> new IllegalStateException("the part names no " + role.key()));
    }

    private CocoJson json(FileRole role) {
        Path file = file(role);
        if (!Files.exists(file)) {
            throw new Mask2FormerException(config.file() + ": parts." + part + "." + role.key() + ": there is no file "
                    + file + "; say with --data-root where the files are");
        }
        return CocoJson.read(file);
    }

    private Dataset opened(ClassTable classes, Set<Task> tasks, List<Sample> samples, List<String> remarks) {
        if (samples.isEmpty()) {
            throw new Mask2FormerException(config.file() + ": the part '" + part + "' has no pictures");
        }
        Dataset all = new Opened(config.name(), part, classes, tasks, samples, remarks);
        List<String> names = config.pictures().getOrDefault(part, List.of());
        return names.isEmpty() ? all : SomePictures.named(all, names, config.file());
    }

    private Dataset cocoInstances() {
        CocoJson json = json(FileRole.ANNOTATIONS);
        ClassTable classes = ClassTables.of(config, base, json.categories());
        CocoInstancesReader reader = new CocoInstancesReader(json, classes);
        return opened(
                classes,
                Set.of(Task.INSTANCE),
                cocoSamples(json, picture -> (task, size) -> reader.read(picture.id(), size)),
                json.remarks());
    }

    private Dataset cocoPanoptic() {
        CocoJson json = json(FileRole.ANNOTATIONS);
        ClassTable classes = ClassTables.of(config, base, json.categories());
        CocoPanopticReader reader = new CocoPanopticReader(json, file(FileRole.MASKS), classes);
        List<String> remarks = new ArrayList<>(json.remarks());
        Optional<CocoInstancesReader> things = Optional.empty();
        if (files.containsKey(FileRole.INSTANCES)) {
            CocoJson instances = json(FileRole.INSTANCES);
            requireSamePictures(json, instances);
            remarks.addAll(instances.remarks());
            things = Optional.of(new CocoInstancesReader(instances, classes));
        }
        Optional<CocoInstancesReader> overlapping = things;
        return opened(
                classes,
                ALL,
                cocoSamples(json, picture -> (task, size) -> {
                    if (task == Task.INSTANCE && overlapping.isPresent()) {
                        return overlapping.get().read(picture.id(), size);
                    }
                    PanopticMap map = reader.read(picture.id(), size);
                    return switch (task) {
                        case SEMANTIC -> Annotation.Semantic.of(map.classMap());
                        case INSTANCE -> Annotation.Panoptic.of(map).instances(classes.labels());
                        case PANOPTIC -> Annotation.Panoptic.of(map);
                    };
                }),
                remarks);
    }

    private static void requireSamePictures(CocoJson json, CocoJson instances) {
        Map<String, String> names =
                json.pictures().stream().collect(Collectors.toMap(CocoJson.Picture::id, CocoJson.Picture::fileName));
        for (CocoJson.Picture picture : instances.pictures()) {
            String name = names.getOrDefault(picture.id(), picture.fileName());
            if (!name.equals(picture.fileName())) {
                throw new Mask2FormerException(instances.file() + ": picture " + picture.id() + " is "
                        + picture.fileName() + ", but in " + json.file() + " it is " + name);
            }
        }
    }

    /** Reads an annotation of a picture whose size is known. */
    private interface AnnotationReader {
        Annotation read(Task task, PictureSize size);
    }

    private List<Sample> cocoSamples(CocoJson json, Function<CocoJson.Picture, AnnotationReader> readers) {
        Path folder = file(FileRole.IMAGES);
        if (!Files.isDirectory(folder)) {
            throw new Mask2FormerException(config.file() + ": parts." + part + ".images: there is no folder " + folder);
        }
        List<Sample> samples = new ArrayList<>();
        for (CocoJson.Picture picture : json.pictures()) {
            Path image = folder.resolve(picture.fileName());
            samples.add(sample(
                    picture.id(),
                    image,
                    () -> picture.size().orElseGet(() -> Image.size(image)),
                    readers.apply(picture)));
        }
        return samples;
    }

    private static Sample sample(String id, Path image, Supplier<PictureSize> size, AnnotationReader reader) {
        return new Sample(id, image, new Sample.Reader() {
            @Override
            public Annotation read(Task task) {
                return reader.read(task, size.get());
            }

            @Override
            public PictureSize size() {
                return size.get();
            }
        });
    }

    private Dataset yolo() {
        ClassTable classes = ClassTables.of(config, base, List.of());
        Path folder = file(FileRole.LABELS);
        List<Sample> samples = new ArrayList<>();
        Set<Path> known = new HashSet<>();
        pictures().forEach((name, image) -> {
            Path labels = folder.resolve(name + ".txt");
            known.add(labels);
            samples.add(sample(
                    name, image, () -> Image.size(image), (task, size) -> YoloLabels.read(labels, size, classes)));
        });
        if (known.stream().noneMatch(Files::exists)) {
            throw new Mask2FormerException(
                    config.file() + ": parts." + part + ".labels: " + folder + " has no label file for any picture");
        }
        return opened(classes, Set.of(Task.INSTANCE), samples, strays(FileRole.LABELS, ".txt", known));
    }

    private Map<String, Path> pictures() {
        return files.containsKey(FileRole.LIST)
                ? PictureFiles.listed(file(FileRole.LIST), file(FileRole.IMAGES))
                : PictureFiles.below(file(FileRole.IMAGES));
    }

    private List<String> strays(FileRole role, String ending, Set<Path> known) {
        // Where a list names the pictures, the folder serves other parts as well.
        return files.containsKey(FileRole.LIST)
                ? List.of()
                : PictureFiles.strays(file(role), ending, known).stream().toList();
    }

    /** How the label maps of one picture are read: whole, or its classes alone. */
    private record MapReader(Supplier<LabelPixels> whole, Supplier<LabelPixels> classesAlone) {
        AnnotationReader annotations(ClassTable classes) {
            return (task, size) -> switch (task) {
                case SEMANTIC -> classesAlone.get().semantic();
                case INSTANCE -> whole.get().panoptic(classes.labels()).instances(classes.labels());
                case PANOPTIC -> whole.get().panoptic(classes.labels());
            };
        }
    }

    private static Sample mapSample(String id, Path image, ClassTable classes, MapReader reader) {
        return sample(id, image, () -> Image.size(image), reader.annotations(classes));
    }

    private Dataset labelsAndInstances() {
        ClassTable classes = ClassTables.of(config, base, List.of());
        LabelMaps maps = new LabelMaps(classes);
        Path labelFolder = file(FileRole.LABELS);
        boolean asked = config.format() == DatasetFormat.FOLDER && files.containsKey(FileRole.INSTANCES);
        boolean instances =
                asked || files.containsKey(FileRole.INSTANCES) && Files.isDirectory(file(FileRole.INSTANCES));
        List<Sample> samples = new ArrayList<>();
        Set<Path> known = new HashSet<>();
        pictures().forEach((name, image) -> {
            Path labels = labelFolder.resolve(name + ".png");
            known.add(labels);
            Supplier<LabelPixels> alone = () -> maps.classes(labels);
            Supplier<LabelPixels> whole = alone;
            if (instances) {
                Path numbers = file(FileRole.INSTANCES).resolve(name + ".png");
                whole = switch (config.format()) {
                    case ADE20K -> () -> maps.ade20k(labels, numbers);
                    case VOC -> () -> maps.voc(labels, numbers);
                    default -> () -> maps.classesAndInstances(labels, numbers);
                };
            }
            samples.add(mapSample(name, image, classes, new MapReader(whole, alone)));
        });
        return opened(
                classes, instances ? ALL : Set.of(Task.SEMANTIC), samples, strays(FileRole.LABELS, ".png", known));
    }

    private Dataset cityscapes() {
        ClassTable classes = ClassTables.of(config, base, List.of());
        LabelMaps maps = new LabelMaps(classes);
        Path folder = file(FileRole.LABELS);
        // gtFine or gtCoarse: the folder's name is in the files' names.
        String kind = name(FileRole.LABELS).split("/")[0];
        List<Sample> samples = new ArrayList<>();
        Map<Path, Path> known = new HashMap<>();
        pictures().forEach((name, image) -> {
            String stem = name.endsWith(CITYSCAPES_PICTURE)
                    ? name.substring(0, name.length() - CITYSCAPES_PICTURE.length())
                    : name;
            Path ids = folder.resolve(stem + "_" + kind + "_instanceIds.png");
            known.put(ids, image);
            Supplier<LabelPixels> read = () -> maps.cityscapes(ids);
            samples.add(mapSample(stem, image, classes, new MapReader(read, read)));
        });
        return opened(classes, ALL, samples, strays(FileRole.LABELS, "_instanceIds.png", known.keySet()));
    }

    private Dataset mapillary() {
        ClassTable classes = ClassTables.of(config, base, List.of());
        LabelMaps maps = new LabelMaps(classes);
        boolean instances = Files.isDirectory(file(FileRole.INSTANCES)) || !files.containsKey(FileRole.LABELS);
        FileRole role = instances ? FileRole.INSTANCES : FileRole.LABELS;
        List<Sample> samples = new ArrayList<>();
        Set<Path> known = new HashSet<>();
        pictures().forEach((name, image) -> {
            Path file = file(role).resolve(name + ".png");
            known.add(file);
            Supplier<LabelPixels> read = () -> instances ? maps.mapillary(file) : maps.classes(file);
            samples.add(mapSample(name, image, classes, new MapReader(read, read)));
        });
        return opened(classes, instances ? ALL : Set.of(Task.SEMANTIC), samples, strays(role, ".png", known));
    }

    private Dataset ade20kFull() {
        ClassTable classes = ClassTables.of(config, base, List.of());
        LabelMaps maps = new LabelMaps(classes);
        List<Sample> samples = new ArrayList<>();
        Path folder = file(FileRole.IMAGES);
        PictureFiles.below(folder).forEach((name, image) -> {
            // Beside x.jpg lie x_seg.png and x_parts_1.png, x_parts_2.png, …, which are no pictures.
            if (!image.toString().endsWith(".png")) {
                Path segments = folder.resolve(name + ADE_SEGMENTS + ".png");
                Path attributes = folder.resolve(name + "_atr.txt");
                Supplier<LabelPixels> read = () -> maps.ade20kFull(segments, attributes);
                samples.add(mapSample(name, image, classes, new MapReader(read, read)));
            }
        });
        return opened(classes, ALL, samples, List.of());
    }
}
