package org.mask2former.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.mask2former.Mask2FormerException;
import org.mask2former.train.LostProcessException;
import org.mask2former.train.Shard;

/**
 * Further processes on this machine: copies of this one with the same arguments, told by their environment which they are.
 * What they say is not shown, but for the reason of one that failed. For one thread, but for {@link #kill}.
 */
final class Workers implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 15;
    private static final int KILLED = 128;

    private final List<Worker> workers = new ArrayList<>();

    /**
     * @param arguments of this process
     * @param plan of this process
     * @param port where all meet
     */
    Workers(List<String> arguments, ProcessOptions.Plan plan, int port) {
        try {
            for (int i = 1; i <= plan.starts(); i++) {
                Shard shard = new Shard(plan.shard().rank() + i, plan.shard().count());
                workers.add(new Worker(shard, start(arguments, ProcessOptions.told(shard, plan.host(), port))));
            }
        } catch (IOException e) {
            close();
            throw new Mask2FormerException("no further process can be started: " + e.getMessage(), e);
        }
    }

    private static Process start(List<String> arguments, String told) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(ProcessOptions.VARIABLE, told);
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }

    /** One of them, and a thread that takes in what it says. */
    private static final class Worker {
        private final Shard shard;
        private final Process process;
        private final Thread listener;
        private volatile String lastLine = "";

        Worker(Shard shard, Process process) {
            this.shard = shard;
            this.process = process;
            this.listener = new Thread(this::listen, "process-" + shard.rank());
            listener.setDaemon(true);
            listener.start();
        }

        private void listen() {
            try (BufferedReader reader = process.inputReader()) {
                reader.lines().filter(line -> !line.isBlank()).forEach(line -> lastLine = line);
            } catch (IOException | UncheckedIOException e) {
                // It has ended; its exit code tells more.
            }
        }

        /** Why it ended, if it did and not well. */
        Optional<String> failure() {
            if (process.isAlive() || process.exitValue() == ExitCode.OK) {
                return Optional.empty();
            }
            String name = "process " + shard.rank();
            int code = process.exitValue();
            return Optional.of(
                    code > KILLED
                            ? name + " was killed by signal " + (code - KILLED)
                            : name + " ended: " + lastLine.replaceFirst("^error: ", ""));
        }

        boolean wasKilled() {
            return !process.isAlive() && process.exitValue() > KILLED;
        }

        /** Waits until it has ended and all it said has been heard. */
        void await(long deadline) {
            try {
                long left = Math.max(1, deadline - System.nanoTime());
                if (process.waitFor(left, TimeUnit.NANOSECONDS)) {
                    TimeUnit.MILLISECONDS.timedJoin(listener, 1000);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @throws Mask2FormerException if one has ended */
    void requireAlive() {
        for (Worker worker : workers) {
            if (!worker.process.isAlive()) {
                worker.await(System.nanoTime());
                throw new Mask2FormerException(worker.failure().orElse("process " + worker.shard.rank() + " ended")
                        + " (before training began)");
            }
        }
    }

    /** The same with the name of the one that is gone, if it was one of these. */
    LostProcessException explained(LostProcessException e) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        workers.forEach(worker -> worker.await(deadline));
        return workers.stream()
                .filter(Worker::wasKilled)
                .findFirst()
                .flatMap(Worker::failure)
                .map(what -> new LostProcessException(what, e))
                .orElse(e);
    }

    /** Ends them at once. May be called by another thread. */
    void kill() {
        workers.forEach(worker -> worker.process.destroyForcibly());
    }

    /** Waits for them to end, and then makes them. */
    @Override
    public void close() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (Worker worker : workers) {
            worker.await(deadline);
        }
        kill();
    }
}
