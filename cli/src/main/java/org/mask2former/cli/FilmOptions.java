package org.mask2former.cli;

import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.video.FrameSelection;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Which frames of films are segmented, and how they are shown. */
final class FilmOptions {
    private static final List<String> NAMES =
            List.of("--stride", "--start", "--end", "--max-fps", "--fps-budget", "--fps", "--smooth", "--show");

    private static final double INFINITE = Double.POSITIVE_INFINITY;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--stride",
            paramLabel = "N",
            defaultValue = "1",
            order = 30,
            description = "Films: segment one frame of so many (default: ${DEFAULT-VALUE}).")
    private int stride;

    @Option(
            names = "--start",
            paramLabel = "TIME",
            defaultValue = "0",
            order = 31,
            converter = TimeConverter.class,
            description = "Films: begin there; seconds, or [HH:]MM:SS (default: ${DEFAULT-VALUE}).")
    private double start;

    @Option(
            names = "--end",
            paramLabel = "TIME",
            order = 32,
            converter = TimeConverter.class,
            description = "Films: end there (default: the film's end).")
    private @Nullable Double end;

    @Option(
            names = "--max-fps",
            paramLabel = "N",
            order = 33,
            description = "Films: segment at most so many frames of a second (default: all).")
    private @Nullable Double maxFps;

    @Option(
            names = "--fps-budget",
            paramLabel = "N",
            order = 34,
            description = "Films: work on so many frames a second by giving up quality where need be, and say what was"
                    + " given up.")
    private @Nullable Double budget;

    @Option(
            names = "--fps",
            paramLabel = "N",
            order = 35,
            description = "Take the pictures of a folder or glob for a film of so many frames a second.")
    private @Nullable Double fps;

    @Option(
            names = "--smooth",
            paramLabel = "SHARE",
            defaultValue = "0",
            order = 36,
            description = "Films: how much the frames before count for stuff, 0 to below 1, against flicker; its edges"
                    + " follow movements later (default: ${DEFAULT-VALUE}).")
    private double smooth;

    @Option(
            names = "--show",
            order = 37,
            description = "Films: show them in a window while they are segmented; Escape or closing it ends the film.")
    private boolean show;

    /**
     * Which frames are segmented.
     *
     * @throws ParameterException if the options make no sense
     */
    FrameSelection selection() {
        try {
            return new FrameSelection(start, end == null ? INFINITE : end, stride, maxFps == null ? INFINITE : maxFps);
        } catch (Mask2FormerException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Makes sure that the options make sense.
     *
     * @param films whether there are any
     */
    void check(boolean films) {
        if (!films) {
            for (String name : NAMES) {
                if (spec.commandLine().getParseResult().hasMatchedOption(name)) {
                    throw usage(name + " is for films, and there is none among the sources");
                }
            }
        }
        selection();
        checkPositive("--fps", fps);
        checkPositive("--fps-budget", budget);
        if (!(smooth >= 0 && smooth < 1)) {
            throw usage("--smooth must be from 0 to below 1, but is " + smooth);
        }
    }

    private void checkPositive(String name, @Nullable Double value) {
        if (value != null && !(value > 0 && value < INFINITE)) {
            throw usage(name + " must be more than 0, but is " + value);
        }
    }

    /** Of pictures that are a film; empty if pictures are pictures. */
    OptionalDouble fps() {
        return optional(fps);
    }

    /** Frames a second that are to be reached. */
    OptionalDouble budget() {
        return optional(budget);
    }

    double smooth() {
        return smooth;
    }

    boolean show() {
        return show;
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Seconds, or [HH:]MM:SS, each with decimals. */
    static final class TimeConverter implements ITypeConverter<Double> {
        private static final Pattern TIME = Pattern.compile("(?:(?:(\\d+):)?(\\d{1,2}):)?(\\d+(?:\\.\\d*)?)");

        @Override
        public Double convert(String value) {
            Matcher time = TIME.matcher(value);
            if (!time.matches()) {
                throw new TypeConversionException("'" + value + "' is no time; write seconds, or [HH:]MM:SS");
            }
            return 3600 * number(time.group(1)) + 60 * number(time.group(2)) + number(time.group(3));
        }

        private static double number(@Nullable String digits) {
            return digits == null ? 0 : Double.parseDouble(digits);
        }
    }
}
