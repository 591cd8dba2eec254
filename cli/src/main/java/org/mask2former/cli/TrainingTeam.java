package org.mask2former.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.mask2former.train.GlooProcesses;
import org.mask2former.train.LostProcessException;
import org.mask2former.train.Processes;
import org.mask2former.train.Rendezvous;

/** The processes that a {@code train} command belongs to, and those that it has started. */
final class TrainingTeam implements AutoCloseable {
    /** People start the command on one machine after the other. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Processes processes;
    private final Optional<Workers> workers;

    private TrainingTeam(Processes processes, Optional<Workers> workers) {
        this.processes = processes;
        this.workers = workers;
    }

    /**
     * Starts what is to be started, and waits until all have come.
     *
     * @param plan empty for one process alone
     * @param arguments of this process
     */
    static TrainingTeam join(Optional<ProcessOptions.Plan> plan, List<String> arguments) {
        return plan.map(p -> join(p, arguments)).orElseGet(() -> new TrainingTeam(Processes.ALONE, Optional.empty()));
    }

    private static TrainingTeam join(ProcessOptions.Plan plan, List<String> arguments) {
        Rendezvous rendezvous = new Rendezvous(plan.host(), plan.port(), plan.shard(), PATIENCE);
        Workers workers = new Workers(arguments, plan, rendezvous.port());
        // Nobody has begun anything yet that would have to be finished.
        try (Interruption interruption = Interruption.of(workers::kill)) {
            return new TrainingTeam(
                    new GlooProcesses(rendezvous, PATIENCE, workers::requireAlive), Optional.of(workers));
        } catch (RuntimeException | Error e) {
            workers.close();
            throw e;
        }
    }

    /** Does this process's part of the work. Ends for all if it ends badly for one. */
    <R> R run(Function<Processes, R> work) {
        try {
            return processes.together(() -> work.apply(processes));
        } catch (LostProcessException e) {
            throw workers.map(w -> w.explained(e)).orElse(e);
        }
    }

    @Override
    public void close() {
        processes.close();
        workers.ifPresent(Workers::close);
    }
}
