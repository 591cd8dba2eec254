import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.video.FilmFormat;
import org.mask2former.video.FilmPipeline;
import org.mask2former.video.FilmReader;
import org.mask2former.video.FilmWriter;
import org.mask2former.video.FrameSelection;
import org.mask2former.video.FrameSource;
import org.mask2former.video.OverlaySink;
import org.mask2former.video.SoundTrack;

/**
 * How much longer a film takes than the network alone; see film_overhead.sh. Alone: frames that were read before, one after
 * the other, resized, normalised and through the network. The film: read, segmented, tracked, drawn and written as predict
 * does it. Both are timed in turn, so that a machine that gets slower does so for both.
 */
final class FilmOverhead {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Mask2Former model;
    private final Path film;
    private final FrameSelection selection;
    private final int frames;

    private record Time(double seconds, double processor) {}

    private FilmOverhead(Mask2Former model, Path film, int frames) {
        this.model = model;
        this.film = film;
        this.frames = frames;
        try (FrameSource source = FilmReader.open(film, 0)) {
            selection = new FrameSelection(0, (frames - 0.5) / source.fps(), 1, Double.POSITIVE_INFINITY);
        }
    }

    public static void main(String[] args) throws Exception {
        int frames = args.length > 2 ? Integer.parseInt(args[2]) : 60;
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 3;
        try (Mask2Former model = Mask2Former.load(args[0])) {
            FilmOverhead overhead = new FilmOverhead(model, Path.of(args[1]), frames);
            List<Image> read = overhead.read();
            overhead.alone(read.subList(0, Math.min(10, read.size())));
            overhead.film(); // the JVM warms up
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                Time alone = overhead.time(() -> overhead.alone(read));
                Time film = overhead.time(overhead::film);
                ratios[i] = film.seconds() / alone.seconds();
                System.out.printf(
                        Locale.ROOT,
                        "a frame: the network alone %.1f ms (processors %.1f ms), the film %.1f ms (%.1f ms): %.3f times%n",
                        1e3 * alone.seconds(),
                        1e3 * alone.processor(),
                        1e3 * film.seconds(),
                        1e3 * film.processor(),
                        ratios[i]);
            }
            Arrays.sort(ratios);
            System.out.printf(
                    Locale.ROOT,
                    "%d frames, %d rounds: the film takes %.3f times as long as the network alone (%.3f–%.3f)%n",
                    read.size(),
                    rounds,
                    ratios[rounds / 2],
                    ratios[0],
                    ratios[rounds - 1]);
        }
    }

    private List<Image> read() {
        List<Image> images = new ArrayList<>();
        try (FrameSource source = selection.of(FilmReader.open(film, 0))) {
            while (source.next()) images.add(source.image());
        }
        return images;
    }

    private long alone(List<Image> images) {
        images.forEach(model::predict);
        return images.size();
    }

    private long film() {
        Path out = film(".mp4");
        PostProcessOptions options = model.defaults(Task.PANOPTIC);
        try (FrameSource source = selection.of(FilmReader.open(film, 0));
                FilmWriter writer =
                        FilmWriter.create(out, FilmFormat.of(source), SoundTrack.open(film, selection.start()))) {
            FilmPipeline pipeline = FilmPipeline.preparing(
                    source,
                    image -> model.preprocessor().prepare(image),
                    pixels -> model.predict(pixels).get(0),
                    (frame, prediction) -> model.segment(Task.PANOPTIC, frame, prediction, options),
                    new OverlaySink(OverlaySink.DEFAULT, List.of(writer)));
            return pipeline.run().frames();
        }
    }

    private static Path film(String ending) {
        try {
            Path file = Files.createTempFile("overhead", ending);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a frame. */
    private Time time(LongSupplier work) {
        long processor = SYSTEM.getProcessCpuTime();
        long begin = System.nanoTime();
        long done = work.getAsLong();
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Time(seconds / done, (SYSTEM.getProcessCpuTime() - processor) / 1e9 / done);
    }
}
