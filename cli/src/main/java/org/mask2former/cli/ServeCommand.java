package org.mask2former.cli;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.serve.Batching;
import org.mask2former.serve.LabelStudioAccess;
import org.mask2former.serve.Limits;
import org.mask2former.serve.ModelSource;
import org.mask2former.serve.SegmentationServer;
import org.mask2former.serve.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code mask2former serve}. */
@Command(
        name = "serve",
        description = "Serve models over HTTP, with a page to try them on.",
        footer = {
            "",
            "SIGTERM and Ctrl-C stop it gracefully: it answers what it has taken in, then ends.",
            "",
            "  mask2former serve",
            "  curl --data-binary @street.jpg http://127.0.0.1:8080/v1/segment"
        })
final class ServeCommand extends TerminalCommand {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "[NAME=]MODEL",
            defaultValue = "facades",
            order = 1,
            description = "A model to serve, as for predict; may be given several times (default: ${DEFAULT-VALUE})."
                    + " Clients call it by NAME, or else by the last part of MODEL.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            order = 2,
            description = "Address to listen on; 0.0.0.0 lets other machines in (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            order = 3,
            description = "Port to listen on; 0 for any that is free (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--token",
            paramLabel = "WORD",
            order = 4,
            description = "Clients must send it: \"Authorization: Bearer WORD\". Better given as M2F_TOKEN, which other"
                    + " users of this machine do not see.")
    private @Nullable String token;

    @Mixin
    private SizeOptions size;

    @Mixin
    private EngineOption engine;

    @Option(
            names = "--max-batch",
            paramLabel = "N",
            defaultValue = "4",
            order = 30,
            description = "Most pictures in one forward pass (default: ${DEFAULT-VALUE}).")
    private int maxBatch;

    @Option(
            names = "--max-delay",
            paramLabel = "MS",
            defaultValue = "0",
            order = 31,
            description = "Milliseconds a picture waits for others to share its pass (default: ${DEFAULT-VALUE}).")
    private int maxDelay;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            order = 32,
            description =
                    "Pictures waiting or in work for a model; more are refused with 429 (default: ${DEFAULT-VALUE}).")
    private int queue;

    @Option(
            names = "--max-megabytes",
            paramLabel = "N",
            defaultValue = "32",
            order = 33,
            description = "Largest request; larger ones are refused with 413 (default: ${DEFAULT-VALUE}).")
    private int maxMegabytes;

    @Option(
            names = "--max-megapixels",
            paramLabel = "N",
            defaultValue = "50",
            order = 34,
            description = "Largest picture, in millions of pixels (default: ${DEFAULT-VALUE}).")
    private int maxMegapixels;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            order = 35,
            description = "Most time for a request, its upload included (default: ${DEFAULT-VALUE}).")
    private int timeout;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            defaultValue = "60",
            order = 36,
            description = "How long a stop waits for requests under way (default: ${DEFAULT-VALUE}).")
    private int drain;

    @Option(
            names = "--allow-urls",
            order = 37,
            description = "Fetch pictures that requests name by URL; never from private addresses.")
    private boolean allowUrls;

    @Option(
            names = "--allow-films",
            order = 37,
            description = "Take films, which FFmpeg decodes; one is segmented at a time.")
    private boolean allowFilms;

    @Option(
            names = "--label-studio",
            paramLabel = "URL",
            order = 38,
            description = "The Label Studio that this is an ML backend for; its pictures may be fetched.")
    private @Nullable URI labelStudio;

    @Option(
            names = "--label-studio-token",
            paramLabel = "TOKEN",
            order = 39,
            description = "Its API token; better given as M2F_LABEL_STUDIO_TOKEN.")
    private @Nullable String labelStudioToken;

    ServeCommand(Terminal terminal) {
        super(terminal);
    }

    /** A server tells by itself what it answers. */
    @Override
    int verbosity() {
        return super.verbosity() + 1;
    }

    @Override
    public Integer call() throws InterruptedException {
        ServerOptions options = options();
        List<ModelSource> sources = models.stream().map(this::source).toList();
        CountDownLatch stopped = new CountDownLatch(1);
        SegmentationServer server = SegmentationServer.start(options, sources);
        Thread hook = new Thread(
                () -> {
                    terminal.err().println("stopping");
                    server.close();
                    stopped.countDown();
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            if (server.isPublic() && options.token().isEmpty()) {
                terminal.err().println("warning: other machines can reach this server without a token; see --token");
            }
            terminal.err().println("loading on " + server.url());
            server.ready().join();
            terminal.out().println("ready on " + server.url());
            stopped.await();
            return ExitCode.OK;
        } catch (CompletionException e) {
            Runtime.getRuntime().removeShutdownHook(hook);
            server.close();
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private ServerOptions options() {
        try {
            Limits limits = new Limits(
                    Math.toIntExact(maxMegabytes * (1L << 20)),
                    maxMegapixels * 1_000_000L,
                    Duration.ofSeconds(timeout),
                    queue);
            return ServerOptions.DEFAULT
                    .withHost(host)
                    .withPort(port)
                    .withToken(Optional.ofNullable(token))
                    .withLimits(limits)
                    .withBatching(new Batching(maxBatch, Duration.ofMillis(maxDelay)))
                    .withAllowUrls(allowUrls)
                    .withAllowFilms(allowFilms)
                    .withLabelStudio(Optional.ofNullable(labelStudio)
                            .map(url -> new LabelStudioAccess(url, Optional.ofNullable(labelStudioToken))))
                    .withDrain(Duration.ofSeconds(drain));
        } catch (ArithmeticException e) {
            throw usage("--max-megabytes must be 2047 or less, but is " + maxMegabytes);
        } catch (Mask2FormerException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private ModelSource source(String given) {
        int at = given.indexOf('=');
        boolean named = at > 0 && given.substring(0, at).matches("[A-Za-z0-9._-]+");
        String location = named ? given.substring(at + 1) : given;
        String name = named ? given.substring(0, at) : ModelSource.nameOf(location);
        ModelOption model = ModelOption.named(location);
        return new ModelSource(
                name,
                model.task().orElse(Task.PANOPTIC),
                () -> model.load(terminal, hubSettings(), size, engine.options()));
    }
}
