package org.mask2former.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.mask2former.Mask2FormerException;

/** Finds the pictures of a part, and the files that belong to them by their names. */
final class PictureFiles {
    private static final List<String> EXTENSIONS = List.of("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "gif");

    private PictureFiles() {}

    /** All pictures below a folder, by their paths below it without extension, in the order of those names. */
    static Map<String, Path> below(Path folder) {
        Map<String, Path> found = new LinkedHashMap<>();
        for (Path file : walk(folder)) {
            if (EXTENSIONS.contains(extension(file))) {
                String stem = stem(folder, file);
                Path other = found.put(stem, file);
                if (other != null) {
                    throw new Mask2FormerException(other + " and " + file
                            + " have the same name but for the ending: annotations are found by that name");
                }
            }
        }
        if (found.isEmpty()) {
            throw new Mask2FormerException("there are no pictures in " + folder);
        }
        return found;
    }

    /** The pictures that a text file lists, a name on each line, with or without extension. */
    static Map<String, Path> listed(Path list, Path folder) {
        List<String> lines;
        try {
            lines = Files.readAllLines(list);
        } catch (IOException e) {
            throw new Mask2FormerException(
                    Files.exists(list) ? "cannot read " + list + ": " + e.getMessage() : "there is no file " + list, e);
        }
        Map<String, Path> found = new LinkedHashMap<>();
        for (String line : lines) {
            String name = line.strip();
            if (!name.isEmpty()) {
                Path named = folder.resolve(name);
                boolean complete = EXTENSIONS.contains(extension(named));
                Path file = complete
                        ? named
                        : EXTENSIONS.stream()
                                .map(e -> folder.resolve(name + "." + e))
                                .filter(Files::exists)
                                .findFirst()
                                .orElse(folder.resolve(name + ".jpg"));
                found.put(complete ? stem(folder, named) : name, file);
            }
        }
        if (found.isEmpty()) {
            throw new Mask2FormerException(list + " lists no pictures");
        }
        return found;
    }

    /** A remark about the files with one of these endings that belong to no picture, if there are any. */
    static Optional<String> strays(Path folder, String ending, Set<Path> known) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        List<Path> strays = walk(folder).stream()
                .filter(f -> f.toString().endsWith(ending) && !known.contains(f))
                .toList();
        return strays.isEmpty()
                ? Optional.empty()
                : Optional.of(strays.size() + (strays.size() == 1 ? " file in " : " files in ") + folder
                        + (strays.size() == 1 ? " belongs" : " belong") + " to no picture of this part: "
                        + strays.get(0).getFileName() + (strays.size() > 1 ? ", …" : ""));
    }

    private static List<Path> walk(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new Mask2FormerException(
                    "there is no folder " + folder + "; say with --data-root where the files are");
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return new ArrayList<>(files.filter(Files::isRegularFile)
                    .filter(f -> !f.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList());
        } catch (IOException | UncheckedIOException e) {
            throw new Mask2FormerException("cannot list the files in " + folder + ": " + e.getMessage(), e);
        }
    }

    static String stem(Path folder, Path file) {
        String name = folder.relativize(file).toString().replace('\\', '/');
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
