package org.mask2former.serve;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;

/** What is for operators and for looking at: metrics, the API's description, and the page. */
final class OperatorRoutes {
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    /** Nothing of the page comes from another host, nor may it. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data: blob:; connect-src 'self'; media-src 'self' blob:; base-uri 'none';"
            + " form-action 'none'; frame-ancestors 'none'";

    private final ServerMetrics metrics;

    OperatorRoutes(ServerMetrics metrics) {
        this.metrics = metrics;
    }

    void register(Routes routes) {
        routes.get(
                "/metrics",
                ctx -> ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                        .result(metrics.scrape()));
        routes.get("/openapi.yaml", ctx -> ctx.contentType("application/yaml").result(read("openapi.yaml")));
        routes.get("/", ctx -> page(ctx, "index.html"));
        for (String file : new String[] {"page.css", "page.js", "masks.js", "icon.svg"}) {
            routes.get("/page/" + file, ctx -> page(ctx, file));
        }
    }

    private static void page(Context ctx, String file) {
        ctx.header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .header("Cache-Control", "no-cache")
                .contentType(Objects.requireNonNull(TYPES.get(file.substring(file.lastIndexOf('.') + 1))))
                .result(read("page/" + file));
    }

    private static byte[] read(String name) {
        try (InputStream in = OperatorRoutes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
