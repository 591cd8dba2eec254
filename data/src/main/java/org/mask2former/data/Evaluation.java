package org.mask2former.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.CocoEvaluator.Detection;
import org.mask2former.data.CocoEvaluator.Truth;
import org.mask2former.image.Image;
import org.mask2former.image.PictureSize;
import org.mask2former.result.InstanceSegmentation;
import org.mask2former.result.Labels;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticSegmentation;

/**
 * Measures a model on a part of a data set. Pictures are read one ahead of the model; nothing is kept of them but what the
 * evaluators count and the few that come out worst. One run for each instance, on one thread.
 */
public final class Evaluation {
    private static final int READ_AHEAD = 2;

    private final Dataset data;
    private final Set<Task> tasks;
    private final LabelMapping mapping;
    private final EvaluationOptions options;

    private final PanopticEvaluator panoptic;
    private final SemanticEvaluator semantic;
    private final SemanticEvaluator panopticPixels;
    private final CocoEvaluator<MaskRegion> masks;
    private final CocoEvaluator<MaskRegion> boundaries;
    private final CocoEvaluator<FloatBox> boxes;
    private final InstanceConfusion objects;
    private final WorstPictures worst;
    private final List<String> skipped = new ArrayList<>();

    /** What is measured. */
    @FunctionalInterface
    public interface Segmenter {
        /**
         * Segments a picture, once for each task that is measured. For average precision an instance result should hold up to
         * 100 instances, however low their scores.
         */
        List<Segmentation> segment(Image picture);
    }

    /**
     * @param tasks what is measured, of those that the data set is annotated for
     * @param modelLabels the classes of the model
     * @throws Mask2FormerException if the data set lacks a task, or shares no class with the model
     */
    public Evaluation(Dataset data, Set<Task> tasks, Labels modelLabels, EvaluationOptions options) {
        requireAnnotated(data, tasks);
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("there is no task to measure");
        }
        this.data = data;
        this.tasks = Set.copyOf(tasks);
        this.mapping = LabelMapping.of(modelLabels, data.labels());
        this.options = options;
        this.panoptic = new PanopticEvaluator(data.labels());
        this.semantic = new SemanticEvaluator(data.labels());
        this.panopticPixels = new SemanticEvaluator(data.labels());
        this.masks = CocoEvaluator.masks(data.labels());
        this.boundaries = CocoEvaluator.boundaries(data.labels());
        this.boxes = CocoEvaluator.boxes(data.labels());
        this.objects = new InstanceConfusion(data.labels());
        this.worst = new WorstPictures(options.worst(), data.labels());
    }

    /**
     * What can be said before a model is loaded.
     *
     * @throws Mask2FormerException if the data set lacks one of the tasks
     */
    public static void requireAnnotated(Dataset data, Set<Task> tasks) {
        for (Task task : tasks) {
            if (!data.tasks().contains(task)) {
                throw new Mask2FormerException("the data set " + data.name() + " is not annotated for the task "
                        + name(task) + "; it is for "
                        + data.tasks().stream().sorted().map(Evaluation::name).collect(Collectors.joining(", ")));
            }
        }
    }

    private static String name(Task task) {
        return task.name().toLowerCase(Locale.ROOT);
    }

    /** A picture with what is truly in it. */
    private record Loaded(int index, Sample sample, Image picture, Map<Task, Annotation> truths) {}

    /**
     * Segments and measures every picture.
     *
     * @throws Mask2FormerException if a picture or annotation cannot be used and is not to be skipped
     */
    public EvaluationReport run(Segmenter segmenter, Progress progress) {
        long start = System.nanoTime();
        long segmenting = 0;
        ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "evaluation-reader");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Deque<Future<Loaded>> ahead = new ArrayDeque<>();
            int next = 0;
            for (int done = 0; done < data.size(); done++) {
                while (next < data.size() && ahead.size() <= READ_AHEAD) {
                    int index = next++;
                    ahead.add(reader.submit(() -> load(index)));
                }
                Optional<Loaded> loaded = take(ahead.remove());
                if (loaded.isPresent()) {
                    long before = System.nanoTime();
                    List<Segmentation> results = segmenter.segment(loaded.get().picture);
                    segmenting += System.nanoTime() - before;
                    measure(loaded.get(), results);
                }
                progress.at(done + 1, data.size());
            }
        } finally {
            reader.shutdownNow();
        }
        return report((System.nanoTime() - start) / 1e9, segmenting / 1e9);
    }

    private Loaded load(int index) {
        Sample sample = data.get(index);
        Image picture = Image.read(sample.image());
        Map<Task, Annotation> truths = new EnumMap<>(Task.class);
        for (Task task : tasks) {
            Annotation truth = sample.annotation(task);
            if (truth.width() != picture.width() || truth.height() != picture.height()) {
                throw new Mask2FormerException("the annotation of " + sample.image() + " is "
                        + new PictureSize(truth.width(), truth.height()) + ", the picture "
                        + new PictureSize(picture.width(), picture.height()));
            }
            truths.put(task, truth);
        }
        return new Loaded(index, sample, picture, truths);
    }

    private Optional<Loaded> take(Future<Loaded> future) {
        try {
            return Optional.of(future.get());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Mask2FormerException bad) {
                if (options.onBadSample() == EvaluationOptions.OnBadSample.SKIP) {
                    skipped.add(String.valueOf(bad.getMessage()));
                    return Optional.empty();
                }
                throw new Mask2FormerException(
                        bad.getMessage() + " (--on-bad-sample skip leaves such pictures out)", bad);
            }
            throw new Mask2FormerException("reading a picture failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Mask2FormerException("the evaluation was interrupted", e);
        }
    }

    private void measure(Loaded loaded, List<Segmentation> results) {
        Set<Task> measured = EnumSet.noneOf(Task.class);
        for (Segmentation result : results) {
            Annotation truth = loaded.truths.get(task(result));
            if (truth != null && measured.add(truth.task())) {
                double score = measure(loaded.index, result, truth);
                if (truth.task() == mainTask()) {
                    worst.offer(loaded.index, loaded.sample.id(), score, loaded.picture, truth, result);
                }
            }
        }
        if (!measured.containsAll(tasks)) {
            throw new IllegalStateException("the segmenter gave results for " + measured + ", not for all of " + tasks);
        }
    }

    private static Task task(Segmentation result) {
        return result instanceof PanopticSegmentation
                ? Task.PANOPTIC
                : result instanceof InstanceSegmentation ? Task.INSTANCE : Task.SEMANTIC;
    }

    /** @return the picture's own score, in [0, 1] */
    private double measure(int index, Segmentation result, Annotation truth) {
        if (result instanceof PanopticSegmentation found && truth instanceof Annotation.Panoptic there) {
            return panoptic(found, there);
        } else if (result instanceof SemanticSegmentation found && truth instanceof Annotation.Semantic there) {
            return semantic.add(there.map(), mapping.apply(ClassMap.of(found)));
        }
        return instances(index, result, truth);
    }

    /** What the pictures are ranked by, and drawn for. */
    private Task mainTask() {
        return tasks.contains(Task.PANOPTIC)
                ? Task.PANOPTIC
                : tasks.contains(Task.INSTANCE) ? Task.INSTANCE : Task.SEMANTIC;
    }

    private double panoptic(PanopticSegmentation found, Annotation.Panoptic truth) {
        PanopticMap prediction = mapping.apply(PanopticMap.of(found));
        if (!tasks.contains(Task.SEMANTIC)) {
            panopticPixels.add(truth.map().classMap(), prediction.classMap());
        }
        return panoptic.add(truth.map(), prediction).pq();
    }

    private double instances(int index, Segmentation found, Annotation truth) {
        List<Truth<MaskRegion>> truths = new ArrayList<>();
        List<Truth<FloatBox>> truthBoxes = new ArrayList<>();
        for (AnnotatedSegment s : truth.segments()) {
            truths.add(new Truth<>(s.labelId(), MaskRegion.withRim(s.mask()), s.area(), s.crowd()));
            truthBoxes.add(new Truth<>(s.labelId(), s.box(), s.area(), s.crowd()));
        }
        List<Detection<MaskRegion>> detections = new ArrayList<>();
        List<Detection<FloatBox>> detectedBoxes = new ArrayList<>();
        for (Segment s : found.segments()) {
            int label = mapping.of(s.labelId());
            if (label >= 0) {
                FloatBox box = AnnotatedSegment.box(s.mask());
                detections.add(new Detection<>(
                        label, s.score(), MaskRegion.withRim(s.mask()), s.mask().area()));
                detectedBoxes.add(new Detection<>(label, s.score(), box, box.area()));
            }
        }
        masks.add(index, truths, detections);
        boundaries.add(index, truths, detections);
        boxes.add(index, truthBoxes, detectedBoxes);
        return objects.add(truths, detections).pq();
    }

    private EvaluationReport report(double seconds, double segmenting) {
        boolean hasPanoptic = tasks.contains(Task.PANOPTIC);
        boolean hasInstances = tasks.contains(Task.INSTANCE);
        boolean hasSemantic = tasks.contains(Task.SEMANTIC);
        return new EvaluationReport(
                data.name(),
                data.part(),
                data.size() - skipped.size(),
                seconds,
                segmenting,
                hasPanoptic ? Optional.of(panoptic.result()) : Optional.empty(),
                hasInstances
                        ? Optional.of(new EvaluationReport.Instances(
                                masks.result(), boxes.result(), boundaries.result(), objects.matrix()))
                        : Optional.empty(),
                hasSemantic ? Optional.of(semantic.result()) : Optional.empty(),
                hasPanoptic && !hasSemantic ? Optional.of(panopticPixels.result()) : Optional.empty(),
                worst.list().stream()
                        .map(w -> new EvaluationReport.Worst(w.id(), w.score(), w.drawn()))
                        .toList(),
                mapping.remarks(),
                skipped);
    }
}
