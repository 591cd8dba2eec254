package org.mask2former.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.mask2former.result.OutputNames;

/** The names of films' results. */
final class FilmNames {
    static final String FILM = ".mp4";
    /** Matroska, where the sound is of a kind that MP4 cannot hold. */
    static final String FILM_OF_ANY_SOUND = ".mkv";

    static final String JSON = ".jsonl";

    private static final Pattern WITHOUT_PATH = Pattern.compile("[A-Za-z]+://[^/?#]*/?([?#].*)?");

    private final Optional<Path> folder;
    private final Optional<OutputNames> names;

    /** @param inputs files that must not be overwritten */
    FilmNames(Optional<Path> folder, List<Path> inputs) {
        this.folder = folder;
        names = folder.map(f -> new OutputNames(f, List.of(FILM, FILM_OF_ANY_SOUND, JSON), List.of(), inputs));
    }

    /** The last part of a film's path or URL; streams may have none. */
    static String title(String film) {
        return WITHOUT_PATH.matcher(film).matches() ? "stream" : OutputNames.fileName(film);
    }

    /** The path of the next film's results without their endings, if files are wanted. */
    Optional<Path> next(FilmSource film) {
        return folder.flatMap(f -> names.map(n -> f.resolve(n.next(title(film.name())))));
    }
}
