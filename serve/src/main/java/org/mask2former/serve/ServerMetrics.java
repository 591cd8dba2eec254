package org.mask2former.serve;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** What is counted and timed, and how Prometheus reads it. docs/serve.md lists the names. */
final class ServerMetrics implements AutoCloseable {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    ServerMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** A request has been answered; by Micrometer's usual names, so that usual dashboards show it. */
    void answered(String method, String route, int status, long nanos) {
        Timer.builder("http.server.requests")
                .description("Requests, from their first byte to the end of the answer")
                .tag("method", method)
                .tag("uri", route)
                .tag("status", Integer.toString(status))
                .serviceLevelObjectives(BUCKETS)
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }

    /** Bodies being received or held. */
    void watchBodies(BodyBudget budget) {
        Gauge.builder("mask2former.bodies", budget, BodyBudget::held)
                .description("Bytes of requests that are held in memory")
                .strongReference(true)
                .baseUnit("bytes")
                .register(registry);
    }

    OfModel ofModel(String model, BooleanSupplier ready) {
        Gauge.builder("mask2former.model.ready", ready, r -> r.getAsBoolean() ? 1 : 0)
                .description("1 when the model takes pictures")
                .strongReference(true)
                .tag("model", model)
                .register(registry);
        return new OfModel(model);
    }

    /** The text that Prometheus scrapes. */
    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }

    /** Of a single model. */
    final class OfModel {
        private final String model;
        private final Timer passes;
        private final DistributionSummary batches;
        private final Timer preprocess;
        private final Timer postprocess;
        private final Timer queue;
        private final Counter dropped;

        private OfModel(String model) {
            this.model = model;
            passes = timer("inference", "Forward passes");
            preprocess = timer("preprocess", "Reading pictures and preparing them");
            postprocess = timer("postprocess", "Making segments of predictions");
            queue = timer("queue", "Pictures waiting");
            dropped = Counter.builder("mask2former.dropped.pictures")
                    .description("Pictures whose clients hung up before their turn")
                    .tag("model", model)
                    .register(registry);
            batches = DistributionSummary.builder("mask2former.batch")
                    .description("Pictures that shared a forward pass")
                    .tag("model", model)
                    .register(registry);
        }

        private Timer timer(String step, String description) {
            return Timer.builder("mask2former." + step)
                    .description(description)
                    .tag("model", model)
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
        }

        void watchQueue(AtomicInteger pictures, int capacity) {
            Gauge.builder("mask2former.queue.pictures", pictures, AtomicInteger::get)
                    .description("Pictures that wait or are being worked on")
                    .strongReference(true)
                    .tag("model", model)
                    .register(registry);
            Gauge.builder("mask2former.queue.capacity", () -> capacity)
                    .description("The most there may be")
                    .tag("model", model)
                    .register(registry);
        }

        void passed(int pictures, long nanos) {
            batches.record(pictures);
            passes.record(Duration.ofNanos(nanos));
        }

        void dropped() {
            dropped.increment();
        }

        void done(Timings timings) {
            queue.record(duration(timings.queue()));
            preprocess.record(duration(timings.preprocess()));
            postprocess.record(duration(timings.postprocess()));
        }

        private static Duration duration(double millis) {
            return Duration.ofNanos((long) (millis * 1e6));
        }
    }
}
