package org.mask2former.serve;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.result.Prediction;

/** A model as clients see it: not there yet, ready, or gone. Safe for several threads. */
final class ServedModel implements AutoCloseable {
    private final String name;
    private final Task task;
    private final Supplier<Mask2Former> loading;
    private final Limits limits;
    private final Batching batching;
    private final ServerMetrics.OfModel metrics;

    private volatile @Nullable Loaded loaded;
    private boolean closed;

    private record Loaded(Mask2Former model, Pipeline pipeline) {}

    ServedModel(ModelSource source, Limits limits, Batching batching, ServerMetrics metrics) {
        name = source.name();
        task = source.task();
        loading = source.loading();
        this.limits = limits;
        this.batching = batching;
        this.metrics = metrics.ofModel(name, this::isReady);
    }

    String name() {
        return name;
    }

    /** What it is for, where a request does not say. */
    Task task() {
        return task;
    }

    /** Loads it; to be called once. */
    void load() {
        Mask2Former model = loading.get();
        synchronized (this) {
            if (closed) {
                model.close();
            } else {
                loaded = new Loaded(model, new Pipeline(name, network(model), batching, limits.queue(), metrics));
            }
        }
    }

    private static Pipeline.Network network(Mask2Former model) {
        return new Pipeline.Network() {
            @Override
            public PixelValues prepare(Image picture) {
                return model.preprocessor().prepare(picture);
            }

            @Override
            public List<Prediction> predict(PixelValues batch) {
                return model.predict(batch);
            }
        };
    }

    boolean isReady() {
        return loaded != null;
    }

    /** @throws HttpProblem 503 while it is not loaded */
    Mask2Former model() {
        return loaded().model;
    }

    private Loaded loaded() {
        Loaded now = loaded;
        if (now == null) {
            throw HttpProblem.passing(503, "loading", "the model " + name + " is being loaded; try again soon", 2);
        }
        return now;
    }

    /**
     * Takes pictures in.
     *
     * @param exchange whose request they are for
     * @return the answers, which fail with {@link HttpProblem} 503 if they take too long
     */
    <R> List<CompletableFuture<R>> submit(List<Job<R>> jobs, Exchange exchange) {
        List<CompletableFuture<R>> answers = loaded().pipeline.submit(jobs, exchange.client());
        long left = Math.max(1, limits.timeout().toNanos() - exchange.age());
        answers.forEach(a -> a.orTimeout(left, TimeUnit.NANOSECONDS));
        return answers.stream().map(a -> a.exceptionally(this::tooLate)).toList();
    }

    private <R> R tooLate(Throwable failure) {
        if (failure instanceof TimeoutException) {
            throw HttpProblem.passing(
                    503,
                    "timeout",
                    "the answer took longer than the " + limits.timeout().toSeconds()
                            + " s that a request may take; the server is busy, try again later",
                    (int) limits.timeout().toSeconds());
        }
        throw failure instanceof CompletionException e ? e : new CompletionException(failure);
    }

    void done(Timings timings) {
        metrics.done(timings);
    }

    Limits limits() {
        return limits;
    }

    @Override
    public void close() {
        Loaded last;
        synchronized (this) {
            closed = true;
            last = loaded;
            loaded = null;
        }
        if (last != null) {
            last.pipeline.close();
            last.model.close();
        }
    }
}
