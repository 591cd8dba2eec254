package org.mask2former.image;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.SizeRules.Extent;
import org.mask2former.image.TestSize.Exact;

/**
 * Makes of pictures what the network sees, by either rule book; docs/compat.md has both side by side.
 *
 * <ul>
 *   <li>{@link Compat#PAPER} (Detectron2): the picture keeps its aspect ratio, is normalised in units of 8 bits, and padded
 *       below and to the right with zeros to a multiple of 32.
 *   <li>{@link Compat#HF} (Transformers' Pillow-based processor): the picture is stretched to a multiple of 32, scaled to
 *       0..1 and normalised; only a batch of unequal pictures is padded.
 * </ul>
 *
 * <p>Immutable, may be shared between threads.
 */
public final class Preprocessor {
    /** What the script that made the hub's checkpoints wrote into every one of them, whatever they were trained with. */
    private static final TestSize CONVERTED = new Exact(384, 384);

    private final PreprocessorConfig config;
    private final Compat compat;
    /** The normalised value of each 8-bit value, {@code [3][256]}. */
    private final float[][] normalised;

    /**
     * @param config the checkpoint's own settings
     * @param compat the rule book
     * @param size replaces the size of {@code config}
     */
    public Preprocessor(PreprocessorConfig config, Compat compat, Optional<TestSize> size) {
        this.config = size.map(config::withSize).orElse(config);
        this.compat = compat;
        this.normalised = new float[3][];
        for (int c = 0; c < 3; c++) {
            normalised[c] = normalised(
                    config, compat, config.imageMean().get(c), config.imageStd().get(c));
        }
    }

    /**
     * For a model, with the size that its user most likely wants: the one that was {@code asked} for; else, under {@link
     * Compat#PAPER} and if nobody chose the size in {@code config}, the published test size of the data set that the
     * model knows the classes of; else the one in {@code config}. Nobody chose a size that every converted checkpoint
     * has, 384×384, nor Transformers' default, 800/1333.
     *
     * @param labels the model's class names in the order of their ids
     * @param backbone as {@code BackboneConfig.displayName()}
     */
    public static Preprocessor forModel(
            PreprocessorConfig config, Compat compat, Optional<TestSize> asked, List<String> labels, String backbone) {
        boolean chosen = !config.size().equals(CONVERTED) && !config.size().equals(PreprocessorConfig.DEFAULT.size());
        if (asked.isPresent() || compat == Compat.HF || chosen) {
            return new Preprocessor(config, compat, asked);
        }
        return new Preprocessor(config, compat, TestSize.published(labels, backbone));
    }

    /** The settings that apply. */
    public PreprocessorConfig config() {
        return config;
    }

    /** The rule book that applies. */
    public Compat compat() {
        return compat;
    }

    /** What a picture of this size, on its own, becomes. In pixels. */
    public Geometry geometry(int height, int width) {
        Extent valid = valid(height, width);
        Extent input = input(valid);
        return new Geometry(height, width, valid.height(), valid.width(), input.height(), input.width());
    }

    /** One picture, as a batch of one. */
    public PixelValues prepare(Image image) {
        return prepare(List.of(image));
    }

    /**
     * A batch: every picture in the top left corner of an input that is as high as the highest and as wide as the widest,
     * the rest zero. Pictures of one size are not padded for each other.
     */
    public PixelValues prepare(List<Image> images) {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("no pictures to prepare");
        }
        List<Extent> valid =
                images.stream().map(i -> valid(i.height(), i.width())).toList();
        Extent input = input(new Extent(
                valid.stream().mapToInt(Extent::height).max().getAsInt(),
                valid.stream().mapToInt(Extent::width).max().getAsInt()));
        long count = 3L * images.size() * input.height() * input.width();
        if (count > Integer.MAX_VALUE - 8) {
            throw new Mask2FormerException(images.size() + " pictures of " + input.width() + "×" + input.height()
                    + " are too much for one batch; give a smaller size or fewer pictures at a time");
        }
        float[] values = new float[(int) count];
        int plane = input.height() * input.width();
        Geometry[] geometries = new Geometry[images.size()];
        for (int i = 0; i < geometries.length; i++) {
            Image image = images.get(i);
            Extent size = valid.get(i);
            fill(image, size, values, 3 * i * plane, input.width(), plane);
            geometries[i] = new Geometry(
                    image.height(), image.width(), size.height(), size.width(), input.height(), input.width());
        }
        return new PixelValues(values, input.height(), input.width(), Arrays.asList(geometries));
    }

    private void fill(Image image, Extent size, float[] values, int offset, int stride, int plane) {
        int width = size.width();
        PillowResize.resample(image, width, size.height(), (y, row) -> {
            for (int c = 0; c < 3; c++) {
                float[] table = normalised[c];
                int from = c * width;
                int to = offset + c * plane + y * stride;
                for (int x = 0; x < width; x++) {
                    values[to + x] = table[row[from + x]];
                }
            }
        });
    }

    private Extent valid(int height, int width) {
        if (!config.doResize()) {
            return new Extent(height, width);
        }
        Extent resized = SizeRules.resized(config.size(), compat, height, width);
        return compat == Compat.HF ? resized.ceilTo(config.sizeDivisor()) : resized;
    }

    private Extent input(Extent valid) {
        return compat == Compat.HF ? valid : valid.ceilTo(config.sizeDivisor());
    }

    /** In float32 and in the reference's own order of operations, so that no value differs in its last bit. */
    private static float[] normalised(PreprocessorConfig config, Compat compat, double mean, double std) {
        float[] table = new float[256];
        double factor = config.doRescale() ? config.rescaleFactor() : 1;
        for (int v = 0; v < 256; v++) {
            if (!config.doNormalize()) {
                table[v] = (float) (v * factor);
            } else if (compat == Compat.HF) {
                table[v] = ((float) (v * factor) - (float) mean) / (float) std;
            } else {
                table[v] = (v - (float) (mean / factor)) / (float) (std / factor);
            }
        }
        return table;
    }
}
