package org.mask2former.serve;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import java.util.ArrayList;
import java.util.List;

/** Where handlers are registered: notes for the metrics which one a request came to, and which there are. */
final class Routes {
    private final RoutesConfig config;
    private final List<String> declared = new ArrayList<>();

    Routes(RoutesConfig config) {
        this.config = config;
        config.exception(Exception.class, (e, ctx) -> Answers.problem(ctx, e));
        config.error(404, ctx -> {
            if (Exchange.of(ctx).route().equals("none")) {
                Answers.problem(
                        ctx, new HttpProblem(404, "not_found", "there is no such path; GET /openapi.yaml lists them"));
            }
        });
        config.error(
                405,
                ctx -> Answers.problem(
                        ctx, new HttpProblem(405, "method_not_allowed", ctx.method() + " is not for this path")));
    }

    void get(String path, Handler handler) {
        declared.add("get " + path);
        config.get(path, noting(path, handler));
    }

    void post(String path, Handler handler) {
        declared.add("post " + path);
        config.post(path, noting(path, handler));
    }

    void delete(String path, Handler handler) {
        declared.add("delete " + path);
        config.delete(path, noting(path, handler));
    }

    private static Handler noting(String path, Handler handler) {
        return ctx -> {
            Exchange.of(ctx).route(path);
            try {
                handler.handle(ctx);
            } catch (OutOfMemoryError | StackOverflowError e) { // what a body can cause must cost its request alone
                Answers.problem(ctx, e);
            }
        };
    }

    /** Such as {@code get /v1/models}. */
    List<String> declared() {
        return List.copyOf(declared);
    }
}
