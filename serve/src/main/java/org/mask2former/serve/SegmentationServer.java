package org.mask2former.serve;

import io.javalin.Javalin;
import io.javalin.util.JavalinBindException;
import io.javalin.util.JavalinLogger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.mask2former.Mask2FormerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models behind HTTP. It answers from the start, with 503 until the models are loaded; {@link #ready()} tells when they are.
 * {@link #close()} stops it gracefully: it takes no more requests, answers those under way, and ends.
 */
public final class SegmentationServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentationServer.class);
    private static final int MOST_CONNECTIONS = 2000;
    private static final long IDLE_MILLIS = 30_000;
    private static final long HEAD_SECONDS = 30;

    private final ServerOptions options;
    private final Models models;
    private final ServerMetrics metrics = new ServerMetrics();
    private final PictureFetcher fetcher;
    private final FilmTasks films = new FilmTasks();
    private final Gate gate;
    private final Javalin javalin;
    private final int port;
    private final CompletableFuture<Void> ready;
    private boolean closed;

    private SegmentationServer(ServerOptions options, List<ModelSource> sources) {
        this.options = options;
        models = new Models(sources.stream()
                .map(s -> new ServedModel(s, options.limits(), options.batching(), metrics))
                .toList());
        fetcher = new PictureFetcher(options);
        gate = new Gate(options.limits(), new Token(options.token()), metrics);
        JavalinLogger.enabled = false; // it logs what we log better
        javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.prefer405over404 = true;
            config.jetty.modifyServer(server -> server.insertHandler(gate));
            config.jetty.addConnector(this::connector);
            register(
                    new Routes(config.routes),
                    models,
                    fetcher,
                    new FilmRoutes(models, films, options.allowFilms()),
                    metrics,
                    gate::isDraining);
        });
        try {
            javalin.start();
        } catch (RuntimeException e) {
            throw cannotListen(e);
        }
        port = javalin.port();
        ready = models.load();
    }

    /**
     * Begins to listen, and to load the models.
     *
     * @throws Mask2FormerException if it cannot listen there, or two models have one name
     */
    public static SegmentationServer start(ServerOptions options, List<ModelSource> models) {
        return new SegmentationServer(options, models);
    }

    static void register(
            Routes routes,
            Models models,
            PictureFetcher fetcher,
            FilmRoutes films,
            ServerMetrics metrics,
            BooleanSupplier draining) {
        new SegmentRoutes(models, fetcher).register(routes);
        films.register(routes);
        new KserveRoutes(models, draining).register(routes);
        new LabelStudioRoutes(models, fetcher).register(routes);
        new OperatorRoutes(metrics).register(routes);
    }

    private ServerConnector connector(Server server, HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(16 << 10);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setIdleTimeout(IDLE_MILLIS);
        connector.setAcceptQueueSize(256);
        connector.addBean(new SlowConnections(connector.getScheduler(), HEAD_SECONDS));
        server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, server));
        return connector;
    }

    private Mask2FormerException cannotListen(RuntimeException e) {
        metrics.close();
        fetcher.close();
        films.close();
        String where = options.host() + ":" + options.port();
        if (e instanceof JavalinBindException) {
            return new Mask2FormerException(
                    "cannot listen on " + where
                            + ": another program does, or it needs more rights; choose another --port",
                    e);
        }
        return new Mask2FormerException(
                "cannot listen on " + where + ": " + rootOf(e) + "; check --host and --port", e);
    }

    private static String rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) root = root.getCause();
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** Where people find it, such as {@code http://127.0.0.1:8080}. */
    public String url() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return "http://" + host + ":" + port();
    }

    /** Whether it can be reached from other machines. */
    public boolean isPublic() {
        try {
            return !InetAddress.getByName(options.host()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return true;
        }
    }

    /** Completes when all models are loaded, or fails as one of them failed. */
    public CompletableFuture<Void> ready() {
        return ready.copy();
    }

    /** Stops gracefully; may be called twice. Waits for requests under way as long as the options say. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        gate.drain();
        boolean interrupted = false;
        try {
            boolean all = gate.awaitIdle(options.drain());
            if (!all) {
                LOG.warn(
                        "stopping although requests are still under way, after {} s",
                        options.drain().toSeconds());
            }
            TimeUnit.MILLISECONDS.sleep(Duration.ofMillis(200).toMillis()); // for those that come in just now
            films.close();
            models.close(); // what is still waiting is told so
            gate.awaitIdle(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        javalin.stop();
        films.close();
        models.close();
        fetcher.close();
        metrics.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
