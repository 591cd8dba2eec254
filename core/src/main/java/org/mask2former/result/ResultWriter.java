package org.mask2former.result;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/**
 * Writes the results of many pictures into a folder, in several forms. Every file is there whole or not at all, and a
 * picture has all of its files or none. Two pictures never share a file, and no picture that is to be read is overwritten; a
 * result from an earlier run is. The files for all pictures ({@code coco_results.json}, {@code panoptic.json}) appear
 * when this is closed. Safe to share between threads; pictures without a number for a name are numbered in the order of
 * the calls.
 */
public final class ResultWriter implements Closeable {

    /**
     * How results are written.
     *
     * @param model the model's name, for the JSON; left out if empty
     * @param overlay how the overlay is drawn
     * @param json what the JSON holds
     * @param inputs files that are to be read and therefore never overwritten
     */
    public record Options(String model, Overlay overlay, ResultJson json, Collection<Path> inputs) {
        public static final Options DEFAULT = new Options("", Overlay.DEFAULT, ResultJson.DEFAULT, List.of());

        public Options {
            inputs = List.copyOf(inputs);
        }

        public Options withModel(String model) {
            return new Options(model, overlay, json, inputs);
        }

        public Options withOverlay(Overlay overlay) {
            return new Options(model, overlay, json, inputs);
        }

        public Options withJson(ResultJson json) {
            return new Options(model, overlay, json, inputs);
        }

        public Options withInputs(Collection<Path> inputs) {
            return new Options(model, overlay, json, inputs);
        }
    }

    private final Path folder;
    private final Set<ResultFormat> formats;
    private final Options options;
    private final OutputNames names;
    private final CocoImageIds imageIds = new CocoImageIds();
    private final @Nullable CocoResults coco;
    private final @Nullable CocoPanoptic panoptic;

    private ResultWriter(Path folder, Set<ResultFormat> formats, Options options) {
        this.folder = folder;
        this.formats = formats;
        this.options = options;
        List<String> suffixes = formats.stream()
                .filter(ResultFormat::isPerPicture)
                .map(ResultFormat::suffix)
                .toList();
        List<String> shared = List.of(ResultFormat.COCO.suffix(), ResultFormat.PANOPTIC_JSON);
        names = new OutputNames(folder, suffixes, shared, options.inputs());
        panoptic = formats.contains(ResultFormat.PANOPTIC)
                ? CocoPanoptic.create(folder.resolve(ResultFormat.PANOPTIC_JSON))
                : null;
        try {
            coco = formats.contains(ResultFormat.COCO)
                    ? CocoResults.create(folder.resolve(ResultFormat.COCO.suffix()))
                    : null;
        } catch (RuntimeException e) {
            abandon(panoptic, e);
            throw e;
        }
    }

    private static void abandon(@Nullable CocoPanoptic panoptic, RuntimeException because) {
        if (panoptic != null) {
            try {
                panoptic.abandon();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    /**
     * Makes the folder where there is none, and makes sure, before any work starts, that the results can be written.
     *
     * @param task the task of all the results
     * @throws Mask2FormerException if a format does not fit the task, or the folder cannot be written to
     */
    public static ResultWriter open(Path folder, Task task, Collection<ResultFormat> formats, Options options) {
        formats.forEach(format -> format.requireFits(task));
        try {
            Files.createDirectories(folder);
            if (!Files.isWritable(folder)) {
                throw new AccessDeniedException(folder.toString());
            }
        } catch (IOException e) {
            throw new Mask2FormerException(
                    "cannot write results into the folder " + folder + ": " + AtomicFile.reason(e), e);
        }
        Set<ResultFormat> set = EnumSet.noneOf(ResultFormat.class);
        set.addAll(formats);
        return new ResultWriter(folder, set, options);
    }

    /**
     * Writes a picture's result.
     *
     * @param picture the picture's path or URL, or {@code -} for the standard input
     * @return the files of this picture
     * @throws Mask2FormerException if a file cannot be written; the picture then has none
     */
    public List<Path> write(Segmentation result, String picture) {
        formats.forEach(format -> format.requireFits(result.task()));
        String fileName = OutputNames.fileName(picture);
        String name;
        long imageId;
        synchronized (this) {
            name = names.next(picture);
            imageId = imageIds.next(fileName);
        }
        List<Path> written = new ArrayList<>();
        try {
            for (ResultFormat format : formats) {
                if (format.isPerPicture() && format != ResultFormat.PANOPTIC) {
                    Path file = folder.resolve(name + format.suffix());
                    write(format, result, fileName, file);
                    written.add(file);
                }
            }
            if (coco != null) {
                coco.add(imageId, fileName, result);
            }
            if (panoptic != null) {
                String png = name + ResultFormat.PANOPTIC.suffix();
                written.add(folder.resolve(png));
                panoptic.add(imageId, fileName, png, (PanopticSegmentation) result);
            }
        } catch (RuntimeException e) {
            delete(written, e);
            throw e;
        }
        return List.copyOf(written);
    }

    private void write(ResultFormat format, Segmentation result, String fileName, Path file) {
        if (format == ResultFormat.OVERLAY) {
            options.overlay().draw(result).write(file);
            return;
        }
        AtomicFile.Body body = switch (format) {
            case JSON -> out -> options.json().write(result, fileName, options.model(), out);
            case SEMANTIC -> out -> SemanticPng.write(result, out);
            case YOLO -> out -> YoloSegments.write(result, out);
            case GEOJSON -> out -> GeoJson.write(result, out);
            case OVERLAY, COCO, PANOPTIC -> throw new IllegalArgumentException(format.name());
        };
        try {
            AtomicFile.write(file, body);
        } catch (IOException e) {
            throw StreamedJson.cannotWrite(file, e);
        }
    }

    private static void delete(List<Path> files, RuntimeException because) {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    /**
     * Puts the files for all pictures in their place.
     *
     * @throws Mask2FormerException if one cannot be written; nothing of it is left then
     */
    @Override
    public void close() {
        try (CocoResults first = coco;
                CocoPanoptic second = panoptic) {
            // Both are closed, also when one of them fails.
        }
    }
}
