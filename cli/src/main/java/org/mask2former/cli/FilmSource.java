package org.mask2former.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.mask2former.video.FilmReader;
import org.mask2former.video.FrameSelection;
import org.mask2former.video.FrameSource;
import org.mask2former.video.PictureFrames;
import org.mask2former.video.VideoException;

/**
 * A film to be segmented, not yet opened.
 *
 * @param name what messages call it: a path, a URL, {@code camera-0}
 * @param file the file it is read from, if it is one
 * @param live whether it goes on until somebody stops it
 * @param opener opens it where the selection begins; throws {@link org.mask2former.Mask2FormerException} if that fails
 */
record FilmSource(String name, Optional<Path> file, boolean live, Function<FrameSelection, FrameSource> opener) {
    private static final String ENDINGS =
            "(mp4|m4v|mov|mkv|webm|avi|mpe?g|m?ts|m2ts|wmv|asf|flv|ogv|3gp|3g2|mxf|y4m|mjpe?g)";
    private static final Pattern FILM = Pattern.compile("(?i).+\\." + ENDINGS);
    private static final Pattern WEB = Pattern.compile("(?i)https?://[^?#]+\\." + ENDINGS + "([?#].*)?");
    private static final Pattern STREAM = Pattern.compile("(?i)(rtsps?|rtmps?|rtp|srt|udp|tcp)://.+");
    private static final Pattern CAMERA = Pattern.compile("\\d{1,2}");

    /** Whether a file counts as a film, by its name. */
    static boolean isFilm(Path file) {
        return FILM.matcher(file.getFileName().toString()).matches();
    }

    static FilmSource of(Path film) {
        return new FilmSource(film.toString(), Optional.of(film), false, s -> s.of(FilmReader.open(film, s.start())));
    }

    /** Pictures as the frames of a film. */
    static FilmSource of(String name, List<Path> frames, double fps) {
        return new FilmSource(name, Optional.empty(), false, s -> s.of(new PictureFrames(name, frames, fps)));
    }

    /** What is no file: a stream, a camera, or a film on the web, which is refused when it is opened. */
    static Optional<FilmSource> named(String name) {
        if (STREAM.matcher(name).matches()) {
            return Optional.of(new FilmSource(name, Optional.empty(), true, s -> s.of(FilmReader.stream(name))));
        }
        if (CAMERA.matcher(name).matches() && !exists(name)) {
            int number = Integer.parseInt(name);
            return Optional.of(
                    new FilmSource("camera-" + number, Optional.empty(), true, s -> s.of(FilmReader.camera(number))));
        }
        if (WEB.matcher(name).matches()) {
            return Optional.of(new FilmSource(name, Optional.empty(), false, s -> {
                throw new VideoException(name + ": films are not read from the web; fetch it first");
            }));
        }
        return Optional.empty();
    }

    private static boolean exists(String name) {
        try {
            return Files.exists(Path.of(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Opens it, with the selected frames only; to be closed. */
    FrameSource open(FrameSelection selection) {
        return opener.apply(selection);
    }
}
