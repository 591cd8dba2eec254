package org.mask2former.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mask2former.image.Image;
import org.mask2former.image.ImageException;

/**
 * Finds the pictures and films that a user names: files, folders, globs, URLs, cameras, {@code -} for standard input. What
 * cannot be found becomes a picture that fails when it is read, so that it is counted and reported like any other failure.
 */
final class Sources {
    private static final Pattern PICTURE = Pattern.compile("(?i).+\\.(jpe?g|png|webp|tiff?|bmp|gif)");
    private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final int MOST_DIGITS = 20;
    /** Frame 2 before frame 10, as not every program writes 02. */
    private static final Comparator<Path> BY_NUMBER =
            Comparator.comparing(Sources::padded).thenComparing(Comparator.naturalOrder());

    private final boolean recursive;
    private final OptionalDouble fps;
    private final InputStream standardInput;
    private final UrlPictures urls;
    private final List<Source> pictures = new ArrayList<>();
    private final List<FilmSource> films = new ArrayList<>();

    private Sources(boolean recursive, OptionalDouble fps, InputStream standardInput, UrlPictures urls) {
        this.recursive = recursive;
        this.fps = fps;
        this.standardInput = standardInput;
        this.urls = urls;
    }

    /**
     * All of them, in the order they were named; those of a folder or glob by name.
     *
     * @param recursive whether folders are searched below the first level
     * @param fps if given, the pictures of a folder or glob are a film of so many frames a second
     */
    static Sources find(
            List<String> named, boolean recursive, OptionalDouble fps, InputStream standardInput, UrlPictures urls) {
        Sources sources = new Sources(recursive, fps, standardInput, urls);
        named.forEach(sources::add);
        return sources;
    }

    /**
     * The one picture that is named.
     *
     * @throws ImageException if it names several, or a film
     */
    static Source one(String named, InputStream standardInput, UrlPictures urls) {
        Sources found = find(List.of(named), false, OptionalDouble.empty(), standardInput, urls);
        if (!found.films.isEmpty()) {
            throw new ImageException(named + ": is a film, but a picture is wanted");
        }
        if (found.pictures.size() > 1) {
            throw new ImageException(named + ": names " + found.pictures.size() + " pictures, but one is wanted");
        }
        return found.pictures.get(0);
    }

    List<Source> pictures() {
        return pictures;
    }

    List<FilmSource> films() {
        return films;
    }

    /** The files among them, which must not be overwritten. */
    List<Path> files() {
        return Stream.concat(pictures.stream().map(Source::file), films.stream().map(FilmSource::file))
                .flatMap(Optional::stream)
                .toList();
    }

    private void add(String named) {
        Optional<FilmSource> film = FilmSource.named(named);
        if (film.isPresent()) {
            films.add(film.get());
        } else if (named.equals("-")) {
            add("-", () -> Image.read(standardInput, "standard input"));
        } else if (named.startsWith("http://") || named.startsWith("https://")) {
            add(named, () -> urls.read(named));
        } else {
            addLocal(named);
        }
    }

    private void addLocal(String named) {
        try {
            Path path = Path.of(named);
            if (Files.isDirectory(path)) {
                addFolder(path);
            } else if (!Files.exists(path) && GLOB.matcher(named).find()) {
                addGlob(named);
            } else {
                addFile(path);
            }
        } catch (InvalidPathException e) {
            addFailure(named, named + ": is no path (" + e.getReason() + ")");
        } catch (IOException | UncheckedIOException e) {
            addFailure(named, named + ": cannot be listed (" + e + ")");
        }
    }

    private void addFile(Path path) {
        if (FilmSource.isFilm(path)) {
            films.add(FilmSource.of(path));
        } else {
            pictures.add(new Source(path.toString(), Optional.of(path), () -> Image.read(path)));
        }
    }

    /** Several, or a film whose frames they are. */
    private void addFiles(String named, List<Path> files) {
        if (fps.isPresent()) {
            List<Path> frames = files.stream()
                    .filter(f -> !FilmSource.isFilm(f))
                    .sorted(BY_NUMBER)
                    .toList();
            films.add(FilmSource.of(named, frames, fps.getAsDouble()));
        } else {
            files.forEach(this::addFile);
        }
    }

    /** A path whose numbers all have the same number of digits. */
    private static String padded(Path file) {
        return NUMBER.matcher(file.toString())
                .replaceAll(n -> "0".repeat(Math.max(0, MOST_DIGITS - n.group().length())) + n.group());
    }

    private void addFolder(Path folder) throws IOException {
        List<Path> files = files(folder, recursive ? Integer.MAX_VALUE : 1);
        if (!files.isEmpty() || fps.isPresent()) {
            addFiles(folder.toString(), files);
        } else {
            addFailure(
                    folder.toString(),
                    folder + ": the folder has no pictures (JPEG, PNG, WebP, TIFF, BMP, GIF) or films"
                            + (recursive ? "" : "; --recursive looks into the folders below as well"));
        }
    }

    /** The pictures and films of a folder, by name; hidden files and folders are left out. */
    private static List<Path> files(Path folder, int depth) throws IOException {
        try (Stream<Path> walk = Files.walk(folder, depth)) {
            return walk.filter(p -> PICTURE.matcher(p.getFileName().toString()).matches() || FilmSource.isFilm(p))
                    .filter(p -> !hidden(folder.relativize(p)))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    private static boolean hidden(Path path) {
        for (Path part : path) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    /** Shells expand most globs; this is for quoted ones, {@code **}, and Windows. */
    private void addGlob(String glob) throws IOException {
        int magic = indexOfMagic(glob);
        int end = glob.lastIndexOf('/', magic);
        Path base = end < 0 ? Path.of("") : Path.of(glob.substring(0, end + 1));
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
        } catch (IllegalArgumentException e) {
            addFailure(
                    glob,
                    glob + ": there is no such file, and as a pattern it is wrong ("
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + ")");
            return;
        }
        int depth = glob.contains("**") ? Integer.MAX_VALUE : depth(glob.substring(end + 1));
        List<Path> matches = List.of();
        if (Files.isDirectory(base)) {
            try (Stream<Path> walk = Files.walk(base, depth)) {
                matches = walk.filter(matcher::matches)
                        .filter(Files::isRegularFile)
                        .sorted()
                        .toList();
            }
        }
        if (!matches.isEmpty() || fps.isPresent()) {
            addFiles(glob, matches);
        } else {
            addFailure(glob, glob + ": no file matches");
        }
    }

    private static int indexOfMagic(String glob) {
        var matcher = GLOB.matcher(glob);
        return matcher.find() ? matcher.start() : glob.length();
    }

    private static int depth(String glob) {
        return 1 + (int) glob.chars().filter(c -> c == '/').count();
    }

    private void addFailure(String name, String message) {
        add(name, () -> {
            throw new ImageException(message);
        });
    }

    private void add(String name, Supplier<Image> reader) {
        pictures.add(new Source(name, Optional.empty(), reader));
    }
}
