package org.mask2former.serve;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.mask2former.result.Segmentation;

/**
 * What Label Studio asks of an ML backend: {@code /health}, {@code /setup}, {@code /predict} and {@code /webhook}. The model
 * and the parameters are the server's first model and its defaults, unless the query of the backend's URL, or a project's
 * extra parameters, say otherwise.
 */
final class LabelStudioRoutes {
    private final Models models;
    private final PictureFetcher fetcher;

    LabelStudioRoutes(Models models, PictureFetcher fetcher) {
        this.models = models;
        this.fetcher = fetcher;
    }

    void register(Routes routes) {
        routes.get("/health", ctx -> Answers.json(ctx, Map.of("status", "UP", "model_class", "Mask2Former")));
        routes.post("/setup", this::setup);
        routes.post("/predict", this::predict);
        // Label Studio tells of annotations, from which nothing is learnt here.
        routes.post("/webhook", ctx -> Answers.json(ctx, Map.of("status", "ok")));
    }

    private void setup(Context ctx) {
        JsonNode body = JsonBody.object(Exchange.of(ctx).body());
        String schema = body.path("schema").asText("");
        if (!schema.isEmpty()) {
            config(schema);
        }
        Answers.json(ctx, Map.of("model_version", query(ctx, body).model().name()));
    }

    private static LabelStudioConfig config(String xml) {
        return LabelStudioConfig.parse(xml)
                .orElseThrow(() -> HttpProblem.unprocessable("the project has no BrushLabels, PolygonLabels or"
                        + " RectangleLabels over an Image, which is what this backend predicts"));
    }

    private SegmentQuery query(Context ctx, JsonNode body) {
        Parameters parameters = new Parameters();
        ctx.queryParamMap().forEach((name, values) -> values.forEach(v -> parameters.add(name, v)));
        for (Map.Entry<String, JsonNode> extra : extraParameters(body).properties()) {
            parameters.add(extra.getKey(), extra.getValue().asText());
        }
        SegmentQuery query = SegmentQuery.of(parameters, models);
        parameters.refuseOthers();
        return query;
    }

    /** Of the project's settings; Label Studio passes on the text that was typed there. */
    private static JsonNode extraParameters(JsonNode body) {
        JsonNode extra = body.path("extra_params");
        if (extra.isTextual()) {
            String text = extra.asText().strip();
            return text.isEmpty()
                    ? JsonBody.MAPPER.createObjectNode()
                    : JsonBody.object(text.getBytes(StandardCharsets.UTF_8));
        }
        return extra;
    }

    private void predict(Context ctx) {
        Exchange exchange = Exchange.of(ctx);
        JsonNode body = JsonBody.object(exchange.body());
        LabelStudioConfig config = config(body.path("label_config").asText(""));
        SegmentQuery query = query(ctx, body);
        List<CompletableFuture<Map<String, Object>>> predictions = new ArrayList<>();
        for (JsonNode task : body.path("tasks")) {
            predictions.add(picture(task, config, query, exchange)
                    .thenCompose(bytes -> query.model()
                            .submit(List.of(job(bytes, config, query)), exchange)
                            .get(0)));
        }
        if (predictions.isEmpty()) {
            throw HttpProblem.unprocessable("there are no \"tasks\"");
        }
        Answers.later(ctx, Answers.all(predictions), all -> Answers.json(ctx, Map.of("results", all)));
    }

    private static Job<Map<String, Object>> job(byte[] bytes, LabelStudioConfig config, SegmentQuery query) {
        return new Job<>(
                () -> Pictures.read(bytes, "", query.model().limits().reading()), (image, prediction, clock) -> {
                    Segmentation result = query.segment(image, prediction);
                    query.model().done(clock.timings());
                    return LabelStudioResult.of(config, result, query.model().name());
                });
    }

    private CompletableFuture<byte[]> picture(
            JsonNode task, LabelStudioConfig config, SegmentQuery query, Exchange exchange) {
        String url = task.path("data").path(config.key()).asText("");
        if (url.isEmpty()) {
            throw HttpProblem.unprocessable("a task's data have no \"" + config.key() + "\"");
        }
        if (url.startsWith("data:")) {
            try {
                String data = url.substring(url.indexOf(',') + 1);
                return CompletableFuture.completedFuture(Base64.getDecoder().decode(data));
            } catch (IllegalArgumentException e) {
                throw HttpProblem.unprocessable("a task has a data: URL that is not base64");
            }
        }
        return fetcher.fetch(url, query.model().limits().timeout().toNanos() - exchange.age());
    }
}
