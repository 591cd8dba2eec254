package org.mask2former.serve;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.result.Label;
import org.mask2former.result.PostProcessOptions;

/** The server's own API: {@code /v1/models} and {@code /v1/segment}. */
final class SegmentRoutes {
    private final Models models;
    private final PictureFetcher fetcher;

    SegmentRoutes(Models models, PictureFetcher fetcher) {
        this.models = models;
        this.fetcher = fetcher;
    }

    void register(Routes routes) {
        routes.get("/v1/models", this::list);
        routes.post("/v1/segment", this::segment);
    }

    private void segment(Context ctx) {
        Exchange exchange = Exchange.of(ctx);
        Upload upload = Upload.of(ctx);
        SegmentQuery query = SegmentQuery.of(upload.parameters(), models);
        SegmentAnswer answer = SegmentAnswer.of(
                upload.parameters(),
                query.task(),
                Optional.ofNullable(ctx.header("Accept")).orElse(""));
        upload.parameters().refuseOthers();
        long left = query.model().limits().timeout().toNanos() - exchange.age();
        CompletableFuture<byte[]> picture = upload.url()
                .map(url -> fetcher.fetch(url, left))
                .orElseGet(
                        () -> CompletableFuture.completedFuture(upload.picture().orElseThrow()));
        CompletableFuture<SegmentAnswer.Made> made = picture.thenCompose(bytes -> {
            Job<SegmentAnswer.Made> job = new Job<>(
                    () -> Pictures.read(
                            bytes, upload.name(), query.model().limits().reading()),
                    (image, prediction, clock) -> answer.make(
                            query.segment(image, prediction),
                            upload.name(),
                            query.model().name(),
                            exchange.id(),
                            clock));
            return query.model().submit(List.of(job), exchange).get(0);
        });
        Answers.later(ctx, made, m -> {
            query.model().done(m.timings());
            ctx.header("Server-Timing", m.timings().header())
                    .header("Vary", "Accept")
                    .contentType(m.type())
                    .result(m.bytes());
        });
    }

    private void list(Context ctx) {
        List<Map<String, Object>> all = new ArrayList<>();
        models.all().forEach(m -> all.add(describe(m)));
        Answers.json(ctx, Map.of("models", all));
    }

    private static Map<String, Object> describe(ServedModel served) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", served.name());
        fields.put("ready", served.isReady());
        if (served.isReady()) {
            Mask2Former model = served.model();
            fields.put("backbone", model.config().backbone().displayName());
            fields.put("engine", model.engine());
            fields.put("task", served.task().name().toLowerCase(Locale.ROOT));
            Map<String, Object> defaults = new LinkedHashMap<>();
            for (Task task : List.of(Task.PANOPTIC, Task.INSTANCE)) {
                PostProcessOptions options = model.defaults(task);
                defaults.put(task.name().toLowerCase(Locale.ROOT), Map.of("threshold", options.scoreThreshold()));
            }
            fields.put("defaults", defaults);
            fields.put(
                    "classes",
                    model.labels().list().stream().map(SegmentRoutes::describe).toList());
        }
        return fields;
    }

    private static Map<String, Object> describe(Label label) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", label.id());
        fields.put("name", label.name());
        fields.put("thing", label.thing());
        fields.put("color", String.format(Locale.ROOT, "#%06x", label.rgb()));
        fields.put("dataset_id", label.datasetId());
        return fields;
    }
}
