package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.data.Dataset;
import org.mask2former.data.EvaluationReport;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TrainableWeights;

/**
 * A training run from its first step, or from where it was left, to its last. Everything that is random depends on the seed
 * and the step alone, so that a run that is killed and started again ends with the same weights as one that is not. One
 * instance serves one run, on the platform thread that made it.
 */
public final class Trainer implements AutoCloseable {
    private final TrainingConfig config;
    private final RunFolder folder;
    private final TrainingListener listener;
    private final StartingPoint start;
    private final Optional<Teacher> teacher;
    private final TrainableWeights weights;
    private final ParameterGroups groups;
    private final AdamW optimizer;
    private final Optional<MovingAverage> average;
    private final TrainingStep step;
    private final SampleLoader loader;
    private final Optional<Validation> validation;
    private final ResultsCsv results;
    private final Labels labels;
    private TrainingProgress progress;

    /**
     * Opens the data, makes or loads the model, and goes back to where the run was left.
     *
     * @param path the run's folder; what is in it is gone on with
     * @param find where a model of this name is, {@link org.mask2former.checkpoint.ModelLocation#find}
     * @param threads for libtorch
     * @throws Mask2FormerException if anything does not fit; nothing has been changed then
     */
    public Trainer(
            TrainingConfig config, Path path, Function<String, Path> find, int threads, TrainingListener listener) {
        this.config = config;
        this.listener = listener;
        Dataset train = config.open(config.trainPart());
        validation = config.valPart().map(part -> new Validation(config, part));
        labels = train.labels();
        List<String> names = labels.list().stream().map(Label::name).toList();
        start = StartingPoint.of(config, names, find);
        EngineOptions engine = EngineOptions.DEFAULT.withThreads(threads).withPrecision(config.precision());
        teacher =
                config.teacher().map(t -> new Teacher(t, find.apply(t.model()), names, start.preprocessing(), engine));
        folder = new RunFolder(path);
        ResolvedConfig.claim(config, folder.configuration());
        weights = new TrainableWeights(new Mask2FormerNetwork(start.config()).parameters(), start.weights());
        torch.set_num_threads(threads);
        List<String> learned = weights.names().stream()
                .filter(name -> weights.tensor(name).requires_grad())
                .toList();
        groups = ParameterGroups.of(new LinkedHashSet<>(learned), config.optimizer(), config.freeze());
        learned.stream()
                .filter(name -> !groups.names().contains(name))
                .forEach(name -> weights.tensor(name).set_requires_grad(false));
        optimizer = new AdamW(weights, groups);
        average = config.optimizer().movingAverage() > 0
                ? Optional.of(new MovingAverage(weights, config.optimizer().movingAverage()))
                : Optional.empty();
        step = new TrainingStep(config, new Mask2FormerNetwork(start.config()), weights, groups, optimizer, teacher);
        loader = new SampleLoader(
                train,
                config.task(),
                config.augmentation(),
                start.preprocessing(),
                config.batch(),
                config.seed(),
                config.workers());
        progress = Snapshot.exists(folder.state()) ? Snapshot.read(folder.state(), state()) : TrainingProgress.START;
        results = new ResultsCsv(folder.results(), progress.step());
        folder.writeModel(start.config(), start.preprocessing(), labels);
        if (progress.step() == 0) {
            start.said().forEach(listener::started);
            teacher.ifPresent(t -> listener.started(t.said(config.teacher().orElseThrow())));
        } else {
            listener.started("going on after step " + progress.step() + " of " + config.steps());
        }
    }

    /** All that a snapshot holds. */
    private Map<String, Tensor> state() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        weights.names().forEach(name -> all.put("weight." + name, weights.tensor(name)));
        all.putAll(optimizer.state());
        average.ifPresent(a -> a.tensors().forEach((name, tensor) -> all.put("average." + name, tensor)));
        return all;
    }

    /**
     * Trains until the last step, or until asked to stop, and leaves a state to go on from.
     *
     * @param stop asked before every step, with the number of those done
     * @throws Mask2FormerException if too many steps in a row were not a number
     */
    public TrainingProgress run(LongPredicate stop) {
        Meter meter = new Meter();
        if (progress.step() == 0) {
            BatchSheet.write(loader.batch(0), start.preprocessing(), labels, folder.batch());
        }
        while (progress.step() < config.steps() && !stop.test(progress.step())) {
            train(meter);
            long done = progress.step();
            boolean last = done == config.steps();
            if (last || done % config.intervals().validate() == 0) {
                validate();
            }
            if (last || done % config.intervals().snapshot() == 0) {
                snapshot();
            }
        }
        snapshot();
        listener.finished(progress, folder.path());
        return progress;
    }

    private void train(Meter meter) {
        long before = System.nanoTime();
        List<List<TrainingSample>> batches = new ArrayList<>();
        for (int i = 0; i < config.optimizer().accumulate(); i++) {
            batches.add(loader.batch(progress.step() * config.optimizer().accumulate() + i));
        }
        long loaded = System.nanoTime();
        TrainingStep.Outcome outcome = step.take(progress.step(), batches);
        boolean good = outcome.fault().isEmpty();
        if (good) {
            average.ifPresent(a -> a.update(progress.step() + 1));
        }
        double took = (System.nanoTime() - before) / 1e9;
        progress = progress.afterStep(good, took);
        outcome.fault().ifPresent(this::skipped);
        meter.add(outcome, took, (loaded - before) / 1e9);
        if (progress.step() % config.intervals().log() == 0) {
            log(meter);
        }
    }

    private void skipped(String reason) {
        listener.skipped("step " + progress.step() + " was left out: " + reason);
        if (progress.skippedInRow() >= config.stopAfterNotFinite()) {
            throw new Mask2FormerException(progress.skippedInRow() + " steps in a row were not a number, the last one"
                    + " because " + reason + "; use a smaller learning_rate, precision fp32, or a longer warmup_steps");
        }
    }

    private void log(Meter meter) {
        double rate = config.optimizer().learningRate() * config.schedule().factor(progress.step() - 1, config.steps());
        TrainingListener.Interval interval = meter.interval(progress, config.steps(), rate, Pointer.physicalBytes());
        results.add(interval.row());
        listener.interval(interval);
    }

    private void validate() {
        if (validation.isEmpty()) {
            saveLast();
            folder.lastIsBest();
            return;
        }
        long before = System.nanoTime();
        saveLast();
        EvaluationReport report = validation.get().run(folder.last(), folder.sample(progress.step()));
        double measure = validation.get().measure(report);
        boolean best = measure > progress.best();
        if (best) {
            folder.lastIsBest();
        }
        progress = progress.measured(measure, (System.nanoTime() - before) / 1e9);
        results.add(Validation.row(progress.step(), progress.seconds(), report));
        TrainingCurves.draw(results.rows(), folder.curves());
        listener.validated(progress, report, measure, best);
    }

    private void saveLast() {
        Map<String, HostTensor> copies = new LinkedHashMap<>();
        average.map(MovingAverage::tensors)
                .ifPresentOrElse(
                        tensors -> weights.names().forEach(n -> copies.put(n, Tensors.toHost(tensors.get(n)))),
                        () -> copies.putAll(weights.export()));
        folder.writeLast(copies);
    }

    private void snapshot() {
        saveLast();
        Snapshot.write(folder.state(), state(), progress);
    }

    @Override
    public void close() {
        loader.close();
        teacher.ifPresent(Teacher::close);
        optimizer.close();
        average.ifPresent(MovingAverage::close);
        weights.close();
    }
}
