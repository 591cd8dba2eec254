package org.mask2former.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.mask2former.data.EvaluationReport;
import org.mask2former.train.TrainingListener;
import org.mask2former.train.TrainingProgress;

/** Tells a person how a training run goes: a line for each interval on standard error, measures on standard output. */
final class TrainingLog implements TrainingListener {
    private final Terminal terminal;

    TrainingLog(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void started(String what) {
        err(what);
    }

    @Override
    public void interval(Interval i) {
        StringBuilder losses = new StringBuilder();
        i.losses()
                .forEach((name, value) -> losses.append(
                        String.format(Locale.ROOT, name.equals("loss") ? "  %s %.2f" : "  %s %.3f", name, value)));
        err(String.format(
                Locale.ROOT,
                "step %d/%d%s  gradient %.2f  rate %.2e  %.2f s/step (waiting %.2f)  %d MB  %s left",
                i.progress().step(),
                i.steps(),
                losses,
                i.gradientNorm(),
                i.learningRate(),
                i.secondsPerStep(),
                i.waiting(),
                i.residentBytes() >> 20,
                left(i.secondsLeft())));
    }

    private static String left(double seconds) {
        Duration d = Duration.ofSeconds((long) seconds);
        return d.toHours() > 0
                ? String.format(Locale.ROOT, "%d h %02d min", d.toHours(), d.toMinutesPart())
                : String.format(Locale.ROOT, "%d min %02d s", d.toMinutes(), d.toSecondsPart());
    }

    @Override
    public void skipped(String reason) {
        err("warning: " + reason);
    }

    @Override
    public void validated(TrainingProgress progress, EvaluationReport report, double measure, boolean best) {
        StringBuilder line = new StringBuilder("step " + progress.step() + " measured:");
        report.pq().ifPresent(v -> line.append(percent("PQ", v)));
        report.ap().ifPresent(v -> line.append(percent("AP", v)));
        report.ap50().ifPresent(v -> line.append(percent("AP50", v)));
        report.miou().ifPresent(v -> line.append(percent("mIoU", v)));
        line.append(best ? ", the best so far" : "");
        terminal.out().println(line);
        terminal.out().flush();
    }

    private static String percent(String name, double value) {
        return String.format(Locale.ROOT, " %s %.1f", name, 100 * value);
    }

    @Override
    public void finished(TrainingProgress progress, Path folder) {
        terminal.out().println(folder + " after " + progress.step() + " steps");
        terminal.out().flush();
    }

    private void err(String line) {
        terminal.err().println(line);
        terminal.err().flush();
    }
}
