package org.mask2former.train;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Processes that are threads of the test's own, joined as real ones are. */
final class Team {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Team() {}

    /** What each made of the work, in their order. The first exception in that order is thrown. */
    static <R> List<R> run(int count, Function<Processes, R> work) throws Exception {
        assumeThat(System.getProperty("os.name")).as("Gloo comes for Linux").isEqualTo("Linux");
        Rendezvous first = new Rendezvous("127.0.0.1", 0, new Shard(0, count), PATIENCE);
        int port = first.port();
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<R>> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Shard shard = new Shard(i, count);
                results.add(threads.submit(() -> {
                    Rendezvous rendezvous =
                            shard.rank() == 0 ? first : new Rendezvous("127.0.0.1", port, shard, PATIENCE);
                    try (Processes processes = new GlooProcesses(rendezvous, PATIENCE, () -> {})) {
                        return processes.together(() -> work.apply(processes));
                    }
                }));
            }
            List<R> all = new ArrayList<>();
            for (Future<R> result : results) {
                all.add(result.get(120, TimeUnit.SECONDS));
            }
            return all;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            threads.shutdown();
            threads.awaitTermination(30, TimeUnit.SECONDS);
        }
    }
}
