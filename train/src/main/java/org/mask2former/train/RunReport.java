package org.mask2former.train;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.data.EvaluationReport;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Labels;

/** What a run leaves in its folder for people, and tells who listens. Of several processes the first one alone has it. */
final class RunReport {
    private final TrainingConfig config;
    private final RunFolder folder;
    private final Optional<Validation> validation;
    private final StartingPoint start;
    private final Labels labels;
    private final TrainingListener listener;
    private final ResultsCsv results;
    private final Meter meter = new Meter();

    /** @param step where the run stands; what was reported of later ones is forgotten */
    RunReport(
            TrainingConfig config,
            RunFolder folder,
            Optional<Validation> validation,
            StartingPoint start,
            Labels labels,
            TrainingListener listener,
            long step) {
        this.config = config;
        this.folder = folder;
        this.validation = validation;
        this.start = start;
        this.labels = labels;
        this.listener = listener;
        results = new ResultsCsv(folder.results(), step);
        folder.writeModel(start.config(), start.preprocessing(), labels);
    }

    void started(TrainingProgress progress, Optional<Teacher> teacher) {
        if (progress.step() == 0) {
            start.said().forEach(listener::started);
            teacher.ifPresent(t -> listener.started(t.said(config.teacher().orElseThrow())));
        } else {
            listener.started("going on after step " + progress.step() + " of " + config.steps());
        }
    }

    /** The pictures that training begins with, as the model sees them. */
    void firstBatch(List<TrainingSample> batch) {
        BatchSheet.write(batch, start.preprocessing(), labels, folder.batch());
    }

    /** @param waited seconds of those that it {@code took} in which no batch was there */
    void step(TrainingProgress progress, TrainingStep.Outcome outcome, double took, double waited) {
        outcome.fault().ifPresent(f -> listener.skipped("step " + progress.step() + " was left out: " + f));
        meter.add(outcome, took, waited);
        if (progress.step() % config.intervals().log() == 0) {
            double rate =
                    config.optimizer().learningRate() * config.schedule().factor(progress.step() - 1, config.steps());
            TrainingListener.Interval interval =
                    meter.interval(progress, config.steps(), rate, Pointer.physicalBytes());
            results.add(interval.row());
            listener.interval(interval);
        }
    }

    /** Keeps the model as it is now, and the measure if it is the best. */
    TrainingProgress validate(TrainingProgress progress, Map<String, HostTensor> model) {
        folder.writeLast(model);
        if (validation.isEmpty()) {
            folder.lastIsBest();
            return progress;
        }
        long before = System.nanoTime();
        EvaluationReport report = validation.get().run(folder.last(), folder.sample(progress.step()));
        double measure = validation.get().measure(report);
        boolean best = measure > progress.best();
        if (best) {
            folder.lastIsBest();
        }
        TrainingProgress after = progress.measured(measure, (System.nanoTime() - before) / 1e9);
        results.add(Validation.row(after.step(), after.seconds(), report));
        TrainingCurves.draw(results.rows(), folder.curves());
        listener.validated(after, report, measure, best);
        return after;
    }

    /** Keeps what the run goes on from, and the model as it is now. */
    void snapshot(TrainingProgress progress, Map<String, Tensor> state, Map<String, HostTensor> model) {
        folder.writeLast(model);
        Snapshot.write(folder.state(), state, progress);
    }

    void finished(TrainingProgress progress) {
        listener.finished(progress, folder.path());
    }
}
