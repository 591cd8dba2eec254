package org.mask2former.result;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Gives each picture, or film, the name that its results' files begin with: the picture's own without its ending; where that is taken,
 * by another picture ({@code photo.jpg} and {@code photo.png}) or because a file of that name is itself a picture to read,
 * followed by {@code -2}, {@code -3} and so on. What file systems do not take is replaced by {@code _}. Not for several
 * threads.
 */
public final class OutputNames {
    private static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");
    private static final Pattern ENDING = Pattern.compile("(?<=.)\\.[A-Za-z0-9]{1,5}$");
    private static final Pattern FORBIDDEN = Pattern.compile("[\\p{Cntrl}\\p{Cs}<>:\"/\\\\|?*]");
    private static final Pattern RESERVED = Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");
    /** Leaves room for the endings, and for the temporary name, in the 255 bytes that file systems allow. */
    private static final int MAX_BYTES = 150;

    private final Path folder;
    private final List<String> suffixes;
    private final Set<String> taken = new HashSet<>();

    /**
     * @param suffixes what the files of a picture end in
     * @param others names of other files in the folder that are not to be used
     * @param inputs files that are not to be overwritten
     */
    public OutputNames(Path folder, List<String> suffixes, Collection<String> others, Collection<Path> inputs) {
        this.folder = folder.toAbsolutePath().normalize();
        this.suffixes = List.copyOf(suffixes);
        others.forEach(name -> taken.add(key(name)));
        for (Path input : inputs) {
            Path file = input.toAbsolutePath().normalize();
            if (this.folder.equals(file.getParent())) {
                taken.add(key(file.getFileName().toString()));
            }
        }
    }

    /** A name for the results of a picture, given by its path or URL, or {@code -} for the standard input. */
    public String next(String picture) {
        String stem = stem(picture);
        String name = stem;
        for (int n = 2; suffixes.stream().map(name::concat).anyMatch(file -> taken.contains(key(file))); n++) {
            name = stem + "-" + n;
        }
        for (String suffix : suffixes) {
            taken.add(key(name + suffix));
        }
        return name;
    }

    /** Names that differ in case alone are one file on some systems. */
    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The last part of a path or URL. */
    public static String fileName(String picture) {
        if (picture.equals("-")) {
            return "stdin";
        }
        String path = URL.matcher(picture).matches() ? urlPath(picture) : picture;
        String[] parts = path.split("[/\\\\]");
        return parts.length == 0 || parts[parts.length - 1].isEmpty() ? "picture" : parts[parts.length - 1];
    }

    private static String urlPath(String url) {
        try {
            String path = URI.create(url).getPath();
            return path == null ? "" : path;
        } catch (IllegalArgumentException e) {
            return url.replaceFirst("[?#].*$", "");
        }
    }

    private String stem(String picture) {
        String stem = ENDING.matcher(fileName(picture)).replaceFirst("");
        stem = FORBIDDEN
                .matcher(stem)
                .replaceAll("_")
                .replaceFirst("^[. ]+", "")
                .replaceFirst("[. ]+$", "");
        stem = shorten(stem);
        if (RESERVED.matcher(stem).matches()) {
            stem = "_" + stem;
        }
        if (stem.isEmpty()) {
            return "picture";
        }
        return isPossible(stem) ? stem : stem.replaceAll("[^\\p{ASCII}]", "_");
    }

    /** Whether the system's encoding has all of the name's characters. */
    private boolean isPossible(String name) {
        try {
            return folder.resolve(name).startsWith(folder);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String shorten(String name) {
        String shorter = name;
        while (shorter.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            shorter = shorter.substring(0, shorter.offsetByCodePoints(shorter.length(), -1));
        }
        return shorter;
    }
}
