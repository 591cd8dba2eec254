package org.mask2former.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.checkpoint.ModelLocation;
import org.mask2former.model.EngineOptions;
import org.mask2former.train.Processes;
import org.mask2former.train.Trainer;
import org.mask2former.train.TrainingConfig;
import org.mask2former.train.TrainingConfigFile;
import org.mask2former.train.TrainingProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former train}. */
@Command(
        name = "train",
        description = "Train a model on annotated pictures, or go on with a run that was stopped.",
        footer = {
            "",
            "The run's folder gets the resolved configuration, results.csv, curves, sample predictions, and"
                    + " weights/best.safetensors and last.safetensors. The same command again goes on where the run was"
                    + " left, at Ctrl-C or however it ended.",
            "",
            "  mask2former train --config recipes/facades.yaml --data-root /data"
        })
final class TrainCommand extends BasicCommand {
    private static final int PATIENCE_SECONDS = 600;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "YAML",
            required = true,
            order = 1,
            description = "What to train, and how; docs/training.md describes the file.")
    private Path recipe;

    @Option(
            names = "--data-root",
            paramLabel = "DIR",
            order = 2,
            description = "Where the data set's files are (default: where the YAML says, else beside it).")
    private Optional<Path> root = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            order = 3,
            description = "A value in place of the YAML's, as often as you like: --set steps=500 --set"
                    + " optimizer.learning_rate=3e-4.")
    private Map<String, String> changes = new LinkedHashMap<>();

    @Option(names = "--name", paramLabel = "NAME", order = 4, description = "The run's name (default: the YAML's).")
    private Optional<String> name = Optional.empty();

    @Option(
            names = "--teacher",
            paramLabel = "MODEL",
            order = 5,
            description = "A model to learn from besides the annotations, as teacher.model in the YAML.")
    private Optional<String> teacher = Optional.empty();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            order = 6,
            description = "The run's folder (default: runs/train/NAME).")
    private Optional<Path> output = Optional.empty();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            order = 7,
            description = "Threads of the network in each process; 0 for as many as there are cores, shared out"
                    + " (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            order = 8,
            description = "Where the network is trained: cpu, cuda, or cuda:N (default: ${DEFAULT-VALUE}).")
    private String device;

    @Option(
            names = "--until",
            paramLabel = "STEP",
            order = 9,
            description = "Stop after this step, as if told to; the same command without it goes on.")
    private @Nullable Long until;

    @Mixin
    private ProcessOptions processes;

    TrainCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        if (threads < 0) {
            throw usage("--threads must be 0 or more, but is " + threads);
        }
        if (until != null && until < 1) {
            throw usage("--until must be 1 or more, but is " + until);
        }
        Map<String, String> set = new LinkedHashMap<>(changes);
        name.ifPresent(n -> set.put("name", n));
        root.ifPresent(r -> set.put("data_root", r.toAbsolutePath().toString()));
        teacher.ifPresent(t -> set.put("teacher.model", fromHere(t)));
        TrainingConfig config = TrainingConfigFile.read(recipe, set);
        Path folder = output.orElseGet(() -> Path.of("runs", "train", config.name()));
        Optional<ProcessOptions.Plan> plan = processes.plan(terminal.environment());
        plan.ifPresent(p -> config.requireEvenShares(p.shard().count()));
        if (plan.isPresent() && !device.equals("cpu")) {
            throw usage("several processes train on processors alone so far; leave out --device or --nproc");
        }
        CountDownLatch ended = new CountDownLatch(1);
        AtomicBoolean stopped = new AtomicBoolean();
        try (TrainingTeam team = TrainingTeam.join(plan, arguments());
                Interruption interruption = Interruption.of(() -> stop(stopped, ended))) {
            return team.run(all -> train(config, folder, all, stopped));
        } finally {
            ended.countDown();
        }
    }

    private List<String> arguments() {
        return spec.root().commandLine().getParseResult().originalArgs();
    }

    private int train(TrainingConfig config, Path folder, Processes all, AtomicBoolean stopped) {
        HubSettings hub = hubSettings();
        int cores = Runtime.getRuntime().availableProcessors();
        try (DownloadProgress download = new DownloadProgress(terminal);
                Trainer trainer = new Trainer(
                        config,
                        folder,
                        model -> ModelLocation.find(model, hub, download),
                        EngineOptions.DEFAULT
                                .withDevice(device)
                                .withThreads(threads == 0 ? Math.max(1, cores / processes.perNode()) : threads),
                        new TrainingLog(terminal),
                        all)) {
            long last = until == null ? config.steps() : Math.min(until, config.steps());
            TrainingProgress progress = trainer.run(done -> stopped.get() || done >= last);
            return progress.step() >= last ? ExitCode.OK : ExitCode.INTERRUPTED;
        }
    }

    /** A file or folder below the current folder, which is not the YAML's, or the name of a model. */
    private static String fromHere(String model) {
        try {
            return Files.exists(Path.of(model))
                    ? Path.of(model).toAbsolutePath().toString()
                    : model;
        } catch (InvalidPathException e) {
            return model;
        }
    }

    /** Waits until the step under way is done and the state is kept. */
    private static void stop(AtomicBoolean stopped, CountDownLatch ended) {
        stopped.set(true);
        try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                Thread.currentThread().interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
