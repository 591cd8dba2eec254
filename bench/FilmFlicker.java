import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segment;
import org.mask2former.video.FilmReader;
import org.mask2former.video.FrameSelection;
import org.mask2former.video.FrameSource;
import org.mask2former.video.StuffSmoother;

/**
 * How much a film's stuff flickers, with and without smoothing; see film_flicker.sh. A pixel flickers if its class differs from
 * that of the frame before, one of the two is stuff, and the picture stands still there: no colour of it differs by more than
 * {@link #STILL}. All shares see the same predictions of the network.
 */
final class FilmFlicker {
    private static final int STILL = 6;
    private static final int VOID = -1;

    private final double past;
    private final StuffSmoother smoother;
    private final boolean[] thing;
    private int[] before = {};
    private long still;
    private long flickering;
    private long nanos;

    private FilmFlicker(double past, Mask2Former model) {
        this.past = past;
        smoother = new StuffSmoother(past, model.labels());
        thing = new boolean[model.labels().size()];
        model.labels().list().forEach(label -> thing[label.id()] = label.thing());
    }

    public static void main(String[] args) {
        double seconds = args.length > 2 ? Double.parseDouble(args[2]) : 4;
        List<String> shares = List.of((args.length > 3 ? args[3] : "0.5,0.8").split(","));
        FrameSelection selection = new FrameSelection(0, seconds, 1, Double.POSITIVE_INFINITY);
        try (Mask2Former model = Mask2Former.load(args[0]);
                FrameSource film = selection.of(FilmReader.open(Path.of(args[1]), 0))) {
            List<FilmFlicker> ways = new ArrayList<>(List.of(new FilmFlicker(0, model)));
            shares.forEach(share -> ways.add(new FilmFlicker(Double.parseDouble(share), model)));
            run(model, film, ways);
        }
    }

    private static void run(Mask2Former model, FrameSource film, List<FilmFlicker> ways) {
        PostProcessOptions options = model.defaults(Task.PANOPTIC);
        boolean[] still = {};
        long network = 0;
        int frames = 0;
        Image last = null;
        while (film.next()) {
            Image image = film.image();
            long begin = System.nanoTime();
            Prediction prediction = model.predict(image);
            network += System.nanoTime() - begin;
            still = last == null ? still : still(last, image);
            for (FilmFlicker way : ways) {
                way.see(still, smoothed -> (PanopticSegmentation) model.segment(Task.PANOPTIC, image, smoothed, options), prediction);
            }
            last = image;
            frames++;
        }
        System.out.printf(Locale.ROOT, "%d frames, the network takes %.1f ms a frame%n", frames, network / 1e6 / frames);
        FilmFlicker none = ways.get(0);
        for (FilmFlicker way : ways) {
            System.out.printf(
                    Locale.ROOT,
                    "--smooth %.2f: %.3f %% of the still pixels change class, %.2f times as many; %.2f ms a frame%n",
                    way.past,
                    100.0 * way.flickering / way.still,
                    (double) way.flickering / none.flickering,
                    way.past == 0 ? 0 : way.nanos / 1e6 / frames);
        }
    }

    private interface Meaning {
        PanopticSegmentation of(Prediction prediction);
    }

    private void see(boolean[] standsStill, Meaning meaning, Prediction prediction) {
        long begin = System.nanoTime();
        Prediction smoothed = past == 0 ? prediction : smoother.apply(prediction);
        nanos += System.nanoTime() - begin;
        int[] now = classes(meaning.of(smoothed));
        for (int i = 0; i < before.length; i++) {
            if (standsStill[i]) {
                still++;
                if (now[i] != before[i] && (isStuff(now[i]) || isStuff(before[i]))) flickering++;
            }
        }
        before = now;
    }

    private boolean isStuff(int label) {
        return label != VOID && !thing[label];
    }

    private static int[] classes(PanopticSegmentation result) {
        Map<Integer, Integer> labels = new HashMap<>(Map.of(PanopticSegmentation.VOID, VOID));
        for (Segment segment : result.segments()) labels.put(segment.id(), segment.labelId());
        return Arrays.stream(result.idMap()).map(labels::get).toArray();
    }

    private static boolean[] still(Image a, Image b) {
        byte[] before = a.rgb();
        byte[] now = b.rgb();
        boolean[] still = new boolean[before.length / 3];
        for (int i = 0; i < still.length; i++) {
            still[i] = true;
            for (int c = 3 * i; c < 3 * i + 3; c++) {
                still[i] &= Math.abs((before[c] & 0xff) - (now[c] & 0xff)) <= STILL;
            }
        }
        return still;
    }
}
