package org.mask2former.serve;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;

/** The models of a server, by name; the first is the one that is meant when a request names none. */
final class Models implements AutoCloseable {
    private final Map<String, ServedModel> byName = new LinkedHashMap<>();

    Models(Collection<ServedModel> models) {
        for (ServedModel model : models) {
            if (byName.put(model.name(), model) != null) {
                throw new Mask2FormerException(
                        "two models are called \"" + model.name() + "\"; give one another name: NAME=MODEL");
            }
        }
        if (byName.isEmpty()) {
            throw new Mask2FormerException("a server needs a model");
        }
    }

    Collection<ServedModel> all() {
        return byName.values();
    }

    /** @throws HttpProblem 404 if there is no such model */
    ServedModel get(String name) {
        return Optional.ofNullable(byName.get(name))
                .orElseThrow(() -> new HttpProblem(
                        404,
                        "no_such_model",
                        "there is no model \"" + name + "\"" + Suggestions.didYouMean(name, byName.keySet())
                                + "; GET /v1/models lists them"));
    }

    /** The one that is asked for, or the first. */
    ServedModel get(Optional<String> name) {
        return name.map(this::get).orElseGet(() -> byName.values().iterator().next());
    }

    boolean allReady() {
        return byName.values().stream().allMatch(ServedModel::isReady);
    }

    /** Begins to load them, one after the other. */
    CompletableFuture<Void> load() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread loader = new Thread(
                () -> {
                    try {
                        byName.values().forEach(ServedModel::load);
                        done.complete(null);
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                },
                "load-models");
        loader.setDaemon(true);
        loader.start();
        return done;
    }

    @Override
    public void close() {
        byName.values().forEach(ServedModel::close);
    }
}
