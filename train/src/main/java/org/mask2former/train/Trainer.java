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
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.data.Dataset;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Label;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TorchDevice;
import org.mask2former.torch.TrainableWeights;

/**
 * A training run from its first step, or from where it was left, to its last. Everything that is random depends on the seed
 * and the step alone, so that a run that is killed and started again ends with the same weights as one that is not. One
 * instance serves one run, on the platform thread that made it.
 *
 * <p>Where several processes train together, each has a trainer, and they change the model as one would that had their batches
 * in one: they go on with the same weights always. Files are written by the first process alone, and read by it: the others
 * learn from it where the run stands.
 */
public final class Trainer implements AutoCloseable {
    private final TrainingConfig config;
    private final Processes processes;
    private final Optional<Teacher> teacher;
    private final TrainableWeights weights;
    private final ParameterGroups groups;
    private final AdamW optimizer;
    private final Optional<MovingAverage> average;
    private final TrainingStep step;
    private final SampleLoader loader;
    private final Optional<RunReport> report;
    private TrainingProgress progress;

    /**
     * Opens the data, makes or loads the model, and goes back to where the run was left.
     *
     * @param path the run's folder; what is in it is gone on with
     * @param find where a model of this name is, {@link org.mask2former.checkpoint.ModelLocation#find}
     * @param engine the device and the threads of libtorch
     * @param listener told by the first process alone
     * @param processes that train together; they stay the caller's
     * @throws Mask2FormerException if anything does not fit; nothing has been changed then
     */
    public Trainer(
            TrainingConfig config,
            Path path,
            Function<String, Path> find,
            EngineOptions engine,
            TrainingListener listener,
            Processes processes) {
        this.config = config;
        this.processes = processes;
        config.requireEvenShares(processes.shard().count());
        ResolvedConfig.requireSame(config, processes);
        Dataset train = config.open(config.trainPart());
        Optional<Validation> validation = processes.isFirst()
                ? config.valPart().map(part -> new Validation(config, part, engine))
                : Optional.empty();
        List<String> names = train.labels().list().stream().map(Label::name).toList();
        StartingPoint start = StartingPoint.of(config, names, find);
        TorchDevice device = TorchDevice.of(engine.device());
        teacher = config.teacher()
                .map(t -> new Teacher(
                        t,
                        find.apply(t.model()),
                        names,
                        start.preprocessing(),
                        engine.withPrecision(config.precision())));
        Optional<RunFolder> folder = processes.isFirst() ? Optional.of(new RunFolder(path)) : Optional.empty();
        folder.ifPresent(f -> ResolvedConfig.claim(config, f.configuration()));
        weights = new TrainableWeights(new Mask2FormerNetwork(start.config()).parameters(), start.weights(), device);
        torch.set_num_threads(engine.threads());
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
        step = new TrainingStep(
                config, new Mask2FormerNetwork(start.config()), weights, groups, optimizer, teacher, processes);
        loader = new SampleLoader(
                train,
                config.task(),
                config.augmentation(),
                start.preprocessing(),
                SampleLoader.Settings.of(config.batch(), config.seed(), config.workers())
                        .withShard(processes.shard()));
        progress = restored(folder.map(RunFolder::state));
        report =
                folder.map(f -> new RunReport(config, f, validation, start, train.labels(), listener, progress.step()));
        report.ifPresent(r -> r.started(progress, teacher));
    }

    /** The state that the first process finds in its file, or began with, becomes everybody's. */
    private TrainingProgress restored(Optional<Path> file) {
        TrainingProgress own = file.filter(Snapshot::exists)
                .map(f -> Snapshot.read(f, state()))
                .orElse(TrainingProgress.START);
        state().values().forEach(processes::copyFirst);
        return TrainingProgress.of(processes.gather(own.text()).get(0), "process 0");
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
     * @throws LostProcessException if another process has ended; what all had done by then is kept
     */
    public TrainingProgress run(LongPredicate stop) {
        try {
            return toTheEnd(stop);
        } catch (LostProcessException e) {
            try {
                report.ifPresent(r -> r.snapshot(progress, state(), model()));
            } catch (Mask2FormerException unkept) {
                e.addSuppressed(unkept);
            }
            throw e;
        }
    }

    private TrainingProgress toTheEnd(LongPredicate stop) {
        if (progress.step() == 0) {
            report.ifPresent(r -> r.firstBatch(loader.batch(0)));
        }
        while (progress.step() < config.steps() && !stopped(stop)) {
            train();
            long done = progress.step();
            boolean last = done == config.steps();
            boolean validate = last || done % config.intervals().validate() == 0;
            boolean snapshot = last || done % config.intervals().snapshot() == 0;
            if (validate || snapshot) {
                processes.first(() -> keep(validate, snapshot));
            }
        }
        processes.first(() -> keep(false, true));
        report.ifPresent(r -> r.finished(progress));
        return progress;
    }

    /** Whether any process was asked to. */
    private boolean stopped(LongPredicate stop) {
        return processes.sum(stop.test(progress.step()) ? 1 : 0)[0] > 0;
    }

    private void keep(boolean validate, boolean snapshot) {
        Map<String, HostTensor> model = model();
        if (validate) {
            progress = report.orElseThrow().validate(progress, model);
        }
        if (snapshot) {
            report.orElseThrow().snapshot(progress, state(), model);
        }
    }

    private Map<String, HostTensor> model() {
        if (average.isEmpty()) {
            return weights.export();
        }
        Map<String, HostTensor> model = new LinkedHashMap<>();
        average.get().tensors().forEach((name, tensor) -> model.put(name, Tensors.toHost(tensor)));
        return model;
    }

    private void train() {
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
        report.ifPresent(r -> r.step(progress, outcome, took, (loaded - before) / 1e9));
        if (!good && progress.skippedInRow() >= config.stopAfterNotFinite()) {
            throw new Mask2FormerException(progress.skippedInRow() + " steps in a row were not a number, the last one"
                    + " because " + outcome.fault().get()
                    + "; use a smaller learning_rate, precision fp32, or a longer warmup_steps");
        }
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
