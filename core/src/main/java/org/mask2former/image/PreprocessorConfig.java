package org.mask2former.image;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.TestSize.Exact;
import org.mask2former.image.TestSize.ShortestEdge;

/**
 * A checkpoint's own {@code preprocessor_config.json}. What the file does not say is as in Transformers' {@code
 * Mask2FormerImageProcessor}; the names that older versions gave are understood.
 *
 * @param doResize whether pictures are resized at all
 * @param size to which size ({@code size})
 * @param sizeDivisor both sides become multiples of this ({@code size_divisor}); 0 for any size
 * @param doRescale whether values are multiplied by {@code rescaleFactor} first
 * @param rescaleFactor 1/255 as a rule
 * @param doNormalize whether the mean is subtracted and the result divided by the standard deviation
 * @param imageMean red, green, blue, after rescaling
 * @param imageStd red, green, blue, after rescaling; positive
 * @param doReduceLabels whether class 0 of label maps is void and the others move down by one; for training
 * @param ignoreIndex the void class of label maps, where the file names one; for training
 * @param numLabels the number of classes, where the file names it
 */
public record PreprocessorConfig(
        boolean doResize,
        TestSize size,
        int sizeDivisor,
        boolean doRescale,
        double rescaleFactor,
        boolean doNormalize,
        List<Double> imageMean,
        List<Double> imageStd,
        boolean doReduceLabels,
        OptionalInt ignoreIndex,
        OptionalInt numLabels) {
    /** The name of the file in the hub's layout. */
    public static final String FILE_NAME = "preprocessor_config.json";

    /** What applies where a checkpoint has no such file. */
    public static final PreprocessorConfig DEFAULT = new PreprocessorConfig(
            true,
            new ShortestEdge(800, 1333),
            32,
            true,
            1.0 / 255,
            true,
            List.of(0.485, 0.456, 0.406),
            List.of(0.229, 0.224, 0.225),
            false,
            OptionalInt.empty(),
            OptionalInt.empty());

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
    /** Pillow's number of the bilinear filter, the only one that any published checkpoint uses. */
    private static final int BILINEAR = 2;
    /** The longest edge of files that give one number as their size; Transformers' default. */
    private static final int DEFAULT_LONGEST = 1333;

    public PreprocessorConfig {
        imageMean = List.copyOf(imageMean);
        imageStd = List.copyOf(imageStd);
        if (sizeDivisor < 0 || sizeDivisor > TestSize.LARGEST) {
            throw new IllegalArgumentException(
                    "size_divisor " + sizeDivisor + " must be from 0 to " + TestSize.LARGEST);
        }
        if (imageMean.size() != 3 || imageStd.size() != 3) {
            throw new IllegalArgumentException("image_mean " + imageMean + " and image_std " + imageStd
                    + " must have three numbers, red, green and blue");
        }
        if (imageStd.stream().anyMatch(s -> !(s > 0)) || !(rescaleFactor > 0)) {
            throw new IllegalArgumentException(
                    "image_std " + imageStd + " and rescale_factor " + rescaleFactor + " must be positive");
        }
    }

    /** The same with another size, which is then also applied. */
    public PreprocessorConfig withSize(TestSize other) {
        return new PreprocessorConfig(
                true,
                other,
                sizeDivisor,
                doRescale,
                rescaleFactor,
                doNormalize,
                imageMean,
                imageStd,
                doReduceLabels,
                ignoreIndex,
                numLabels);
    }

    /**
     * The same, with what another file says of how bytes become the network's numbers; it may be of any image processor.
     *
     * @throws Mask2FormerException as {@link #read}
     */
    public PreprocessorConfig withNormalisationOf(Path file) {
        try {
            return parse(Files.readAllBytes(file), file.toString(), fields -> fields.normalisation(this));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    /** Reads the file, or throws {@link Mask2FormerException} that names it and the field that is not understood. */
    public static PreprocessorConfig read(Path file) {
        try {
            return parse(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    /**
     * Reads the content of a file.
     *
     * @param name the file's name, for messages
     */
    public static PreprocessorConfig parse(byte[] json, String name) {
        return parse(json, name, Fields::config);
    }

    private static PreprocessorConfig parse(byte[] json, String name, Function<Fields, PreprocessorConfig> reader) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JacksonException e) {
            throw new Mask2FormerException(name + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read " + name + ": " + AtomicFile.reason(e), e);
        }
        if (!root.isObject()) {
            throw new Mask2FormerException(name + " must hold a JSON object, {…}");
        }
        try {
            return reader.apply(new Fields(root));
        } catch (RuntimeException e) {
            throw new Mask2FormerException(name + ": " + e.getMessage(), e);
        }
    }

    /** The content of a file that Transformers reads as well. */
    public String toJson() {
        ObjectNode root = JSON.createObjectNode();
        root.put("do_normalize", doNormalize);
        root.put("do_reduce_labels", doReduceLabels);
        root.put("do_rescale", doRescale);
        root.put("do_resize", doResize);
        ignoreIndex.ifPresent(i -> root.put("ignore_index", i));
        imageMean.forEach(root.putArray("image_mean")::add);
        root.put("image_processor_type", "Mask2FormerImageProcessor");
        imageStd.forEach(root.putArray("image_std")::add);
        numLabels.ifPresent(n -> root.put("num_labels", n));
        root.put("resample", BILINEAR);
        root.put("rescale_factor", rescaleFactor);
        ObjectNode sizes = root.putObject("size");
        if (size instanceof Exact exact) {
            sizes.put("height", exact.height()).put("width", exact.width());
        } else if (size instanceof ShortestEdge edges) {
            sizes.put("longest_edge", edges.longest()).put("shortest_edge", edges.shortest());
        }
        root.put("size_divisor", sizeDivisor);
        return root.toPrettyString() + "\n";
    }

    /** The fields of one file; every complaint names its field. */
    private record Fields(JsonNode root) {
        PreprocessorConfig config() {
            checkKind();
            return new PreprocessorConfig(
                    flag("do_resize", DEFAULT.doResize()),
                    size(),
                    number("size_divisor", "size_divisibility").orElse(DEFAULT.sizeDivisor()),
                    flag("do_rescale", DEFAULT.doRescale()),
                    decimal(find("rescale_factor"), "rescale_factor", DEFAULT.rescaleFactor()),
                    flag("do_normalize", DEFAULT.doNormalize()),
                    channels("image_mean", DEFAULT.imageMean()),
                    channels("image_std", DEFAULT.imageStd()),
                    flag("do_reduce_labels", flag("reduce_labels", DEFAULT.doReduceLabels())),
                    number("ignore_index"),
                    number("num_labels"));
        }

        PreprocessorConfig normalisation(PreprocessorConfig other) {
            return new PreprocessorConfig(
                    other.doResize,
                    other.size,
                    other.sizeDivisor,
                    flag("do_rescale", DEFAULT.doRescale()),
                    decimal(find("rescale_factor"), "rescale_factor", DEFAULT.rescaleFactor()),
                    flag("do_normalize", DEFAULT.doNormalize()),
                    channels("image_mean", DEFAULT.imageMean()),
                    channels("image_std", DEFAULT.imageStd()),
                    other.doReduceLabels,
                    other.ignoreIndex,
                    other.numLabels);
        }

        /** Refuses what would silently give other pixels than the file asks for. */
        private void checkKind() {
            String type = text("image_processor_type", text("feature_extractor_type", "Mask2FormerImageProcessor"));
            if (!type.startsWith("Mask2Former") && !type.startsWith("MaskFormer")) {
                throw new IllegalArgumentException("image_processor_type is " + type
                        + ", but only Mask2FormerImageProcessor and MaskFormerImageProcessor are known");
            }
            int resample = number("resample").orElse(BILINEAR);
            if (resample != BILINEAR) {
                throw new IllegalArgumentException("resample is " + resample + ", but only 2 (bilinear) is supported");
            }
            if (flag("do_center_crop", false)) {
                throw new IllegalArgumentException("do_center_crop is true, but Mask2Former sees whole pictures");
            }
            if (find("pad_size") != null) {
                throw new IllegalArgumentException(
                        "pad_size is not supported; pictures are padded to the largest of" + " their batch");
            }
        }

        private TestSize size() {
            JsonNode size = find("size");
            OptionalInt longest = number("max_size", "_max_size");
            if (size == null) {
                ShortestEdge byDefault = (ShortestEdge) DEFAULT.size();
                return new ShortestEdge(byDefault.shortest(), longest.orElse(byDefault.longest()));
            }
            if (size.isInt()) {
                return new ShortestEdge(size.intValue(), longest.orElse(DEFAULT_LONGEST));
            }
            if (size.isArray() && size.size() == 2) {
                return new Exact(integer(size.get(0), "size"), integer(size.get(1), "size"));
            }
            if (size.hasNonNull("height") && size.hasNonNull("width")) {
                return new Exact(integer(size.get("height"), "size.height"), integer(size.get("width"), "size.width"));
            }
            if (size.hasNonNull("shortest_edge") && (size.hasNonNull("longest_edge") || longest.isPresent())) {
                return new ShortestEdge(
                        integer(size.get("shortest_edge"), "size.shortest_edge"),
                        size.hasNonNull("longest_edge")
                                ? integer(size.get("longest_edge"), "size.longest_edge")
                                : longest.getAsInt());
            }
            throw new IllegalArgumentException("size is " + size
                    + ", but must have shortest_edge and longest_edge, or height and width, or be one number");
        }

        private @Nullable JsonNode find(String name) {
            JsonNode node = root.get(name);
            return node == null || node.isNull() ? null : node;
        }

        private boolean flag(String name, boolean otherwise) {
            JsonNode node = find(name);
            if (node == null) {
                return otherwise;
            }
            if (!node.isBoolean()) {
                throw new IllegalArgumentException(name + " is " + node + ", but must be true or false");
            }
            return node.booleanValue();
        }

        private String text(String name, String otherwise) {
            JsonNode node = find(name);
            return node == null ? otherwise : node.asText();
        }

        private OptionalInt number(String... names) {
            for (String name : names) {
                JsonNode node = find(name);
                if (node != null) {
                    return OptionalInt.of(integer(node, name));
                }
            }
            return OptionalInt.empty();
        }

        private static int integer(JsonNode node, String name) {
            if (!node.isNumber() || node.doubleValue() != node.intValue()) {
                throw new IllegalArgumentException(name + " is " + node + ", but must be a whole number");
            }
            return node.intValue();
        }

        private static double decimal(@Nullable JsonNode node, String name, double otherwise) {
            if (node == null) {
                return otherwise;
            }
            if (!node.isNumber()) {
                throw new IllegalArgumentException(name + " is " + node + ", but must be a number");
            }
            return node.doubleValue();
        }

        /** Three numbers, or one for all channels. */
        private List<Double> channels(String name, List<Double> otherwise) {
            JsonNode node = find(name);
            if (node == null) {
                return otherwise;
            }
            if (node.isNumber()) {
                return List.of(node.doubleValue(), node.doubleValue(), node.doubleValue());
            }
            if (!node.isArray() || node.size() != 3) {
                throw new IllegalArgumentException(name + " is " + node + ", but must be three numbers");
            }
            return List.of(decimal(node.get(0), name, 0), decimal(node.get(1), name, 0), decimal(node.get(2), name, 0));
        }
    }
}
