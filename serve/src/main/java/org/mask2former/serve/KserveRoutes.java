package org.mask2former.serve;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.mask2former.image.Image;
import org.mask2former.result.ResultJson;
import org.mask2former.result.Segmentation;

/** The Open Inference Protocol, version 2 over HTTP, which KServe, Triton and their clients speak. */
final class KserveRoutes {
    /** Of every model: the server does not keep several. */
    static final String VERSION = "1";

    private static final ResultJson RESULT = ResultJson.DEFAULT.withIndent(false);
    private static final String HEAD_LENGTH = "Inference-Header-Content-Length";
    private static final String PICTURES = "image";
    private static final String PIXELS = "pixels";

    private final Models models;
    private final BooleanSupplier draining;

    KserveRoutes(Models models, BooleanSupplier draining) {
        this.models = models;
        this.draining = draining;
    }

    void register(Routes routes) {
        routes.get(
                "/v2",
                ctx -> Answers.json(
                        ctx,
                        Map.of(
                                "name",
                                "mask2former",
                                "version",
                                version(),
                                "extensions",
                                List.of("binary_tensor_data"))));
        routes.get("/v2/health/live", ctx -> Answers.json(ctx, Map.of("live", true)));
        routes.get("/v2/health/ready", this::ready);
        for (String path : List.of("/v2/models/{model}", "/v2/models/{model}/versions/{version}")) {
            routes.get(path, ctx -> Answers.json(ctx, describe(model(ctx))));
            routes.get(path + "/ready", this::modelReady);
            routes.post(path + "/infer", this::infer);
        }
    }

    private static String version() {
        return Optional.ofNullable(KserveRoutes.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    private void ready(Context ctx) {
        boolean ready = models.allReady() && !draining.getAsBoolean();
        ctx.status(ready ? 200 : 503);
        Answers.json(ctx, Map.of("ready", ready));
    }

    private void modelReady(Context ctx) {
        ServedModel model = model(ctx);
        boolean ready = model.isReady() && !draining.getAsBoolean();
        ctx.status(ready ? 200 : 503);
        Answers.json(ctx, Map.of("name", model.name(), "ready", ready));
    }

    private ServedModel model(Context ctx) {
        String version = ctx.pathParamMap().getOrDefault("version", VERSION);
        if (!version.equals(VERSION)) {
            throw new HttpProblem(404, "no_such_version", "there is no version \"" + version + "\", only " + VERSION);
        }
        return models.get(ctx.pathParam("model"));
    }

    private static Map<String, Object> describe(ServedModel model) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", model.name());
        fields.put("versions", List.of(VERSION));
        fields.put("platform", "mask2former");
        fields.put("inputs", List.of(tensor(PICTURES, "BYTES", -1), tensor(PIXELS, "UINT8", -1, -1, -1, 3)));
        fields.put(
                "outputs",
                List.of(tensor(KserveAnswer.RESULT, "BYTES", -1), tensor(KserveAnswer.MAP, "INT32", -1, -1, -1)));
        return fields;
    }

    private static Map<String, Object> tensor(String name, String datatype, int... shape) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("datatype", datatype);
        fields.put("shape", shape);
        return fields;
    }

    private void infer(Context ctx) {
        Exchange exchange = Exchange.of(ctx);
        ServedModel model = model(ctx);
        KserveRequest request = KserveRequest.parse(exchange.body(), Optional.ofNullable(ctx.header(HEAD_LENGTH)));
        SegmentQuery query = SegmentQuery.of(request.parameters(), model);
        request.parameters().refuseOthers();
        List<Job<KserveAnswer.Part>> jobs = new ArrayList<>();
        for (Job.Reading picture : pictures(request, model.limits())) {
            jobs.add(new Job<>(picture, (image, prediction, clock) -> {
                Segmentation result = query.segment(image, prediction);
                String json = RESULT.toJson(result, "", model.name());
                return KserveAnswer.Part.of(result, json, clock.timings());
            }));
        }
        Answers.later(ctx, Answers.all(model.submit(jobs, exchange)), parts -> {
            parts.forEach(p -> model.done(p.timings()));
            KserveAnswer.Made made = KserveAnswer.make(request, model.name(), parts);
            made.headLength().ifPresent(l -> ctx.header(HEAD_LENGTH, Integer.toString(l)));
            ctx.contentType(made.headLength().isPresent() ? "application/octet-stream" : "application/json")
                    .result(made.bytes());
        });
    }

    private static List<Job.Reading> pictures(KserveRequest request, Limits limits) {
        List<Job.Reading> pictures = new ArrayList<>();
        for (KserveTensor input : request.inputs()) {
            switch (input.name()) {
                case PICTURES ->
                    input.texts().forEach(file -> pictures.add(() -> Pictures.read(file, "", limits.reading())));
                case PIXELS -> {
                    for (Image picture : input.pixels(limits.maxPixels())) pictures.add(() -> picture);
                }
                default ->
                    throw HttpProblem.unprocessable("there is no input \"" + input.name() + "\"; send " + PICTURES
                            + " (files of pictures, BYTES [N]) or " + PIXELS + " (UINT8 [N, H, W, 3], RGB)");
            }
        }
        return pictures;
    }
}
