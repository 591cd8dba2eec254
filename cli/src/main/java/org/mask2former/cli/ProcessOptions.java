package org.mask2former.cli;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mask2former.train.Shard;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How many processes train together, on this machine and on others. */
final class ProcessOptions {
    /** Tells a process that this command has started which of all it is: {@code RANK/COUNT@HOST:PORT}. */
    static final String VARIABLE = "M2F_PROCESS";

    private static final Pattern PLACE = Pattern.compile("(.+):(\\d{1,5})");
    private static final Pattern PROCESS = Pattern.compile("(\\d+)/(\\d+)@" + PLACE);
    private static final int LARGEST_PORT = 65535;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--nproc",
            paramLabel = "N",
            defaultValue = "1",
            order = 20,
            description = "Processes on this machine, which share out every batch (default: ${DEFAULT-VALUE}).")
    private int perNode;

    @Option(
            names = "--rendezvous",
            paramLabel = "HOST:PORT",
            order = 21,
            description = "Where the processes of several machines meet: the first machine, as all reach it, and a port"
                    + " that is free there.")
    private Optional<String> rendezvous = Optional.empty();

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "1",
            order = 22,
            description = "Machines that train together, each with the same command (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(
            names = "--node-rank",
            paramLabel = "R",
            defaultValue = "0",
            order = 23,
            description = "Which of them this is, from 0 (default: ${DEFAULT-VALUE}).")
    private int node;

    /**
     * Where this process stands.
     *
     * @param shard which of all processes it is
     * @param host by which all reach the first one
     * @param port there; 0 for any, if the first process starts all others
     * @param starts how many more it starts, which come after it
     */
    record Plan(Shard shard, String host, int port, int starts) {}

    int perNode() {
        return perNode;
    }

    /** Empty if one process trains alone. */
    Optional<Plan> plan(Map<String, String> environment) {
        check();
        String told = environment.getOrDefault(VARIABLE, "");
        if (!told.isEmpty()) {
            return Optional.of(started(told));
        }
        int count = nodes * perNode;
        if (count == 1) {
            return Optional.empty();
        }
        Shard shard = new Shard(node * perNode, count);
        if (nodes == 1) {
            return Optional.of(new Plan(shard, "127.0.0.1", 0, perNode - 1));
        }
        String text = rendezvous.orElseThrow(
                () -> usage("--nodes " + nodes + " needs --rendezvous HOST:PORT, where they meet"));
        Matcher place = PLACE.matcher(text);
        if (!place.matches() || Integer.parseInt(place.group(2)) > LARGEST_PORT) {
            throw usage("--rendezvous must be HOST:PORT, such as 10.0.0.1:29500, but is " + text);
        }
        return Optional.of(new Plan(shard, place.group(1), Integer.parseInt(place.group(2)), perNode - 1));
    }

    private void check() {
        if (perNode < 1 || nodes < 1) {
            throw usage("--nproc and --nodes must be 1 or more, but are " + perNode + " and " + nodes);
        }
        if (node < 0 || node >= nodes) {
            throw usage("--node-rank must be from 0 to " + (nodes - 1) + ", as there are " + nodes + " --nodes, but is "
                    + node);
        }
        if (rendezvous.isPresent() && nodes == 1) {
            throw usage("--rendezvous is for several machines; say how many with --nodes");
        }
    }

    private Plan started(String told) {
        Matcher process = PROCESS.matcher(told);
        if (!process.matches()) {
            throw usage(VARIABLE + " is set by this program alone, but is '" + told + "'; unset it");
        }
        Shard shard = new Shard(Integer.parseInt(process.group(1)), Integer.parseInt(process.group(2)));
        return new Plan(shard, process.group(3), Integer.parseInt(process.group(4)), 0);
    }

    /** For {@link #VARIABLE}. */
    static String told(Shard shard, String host, int port) {
        return shard.rank() + "/" + shard.count() + "@" + host + ":" + port;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
