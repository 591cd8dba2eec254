package org.mask2former.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** How a problem is told: {@code {"error": …, "code": …, "request_id": …}}. */
final class Refusal {
    private static final JsonFactory FACTORY = new JsonFactory();
    /** How long a client that is still sending is listened to, so that it comes to read why it should not. */
    private static final long LINGER_SECONDS = 2;

    private Refusal() {}

    static byte[] json(HttpProblem problem, String requestId) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("error", problem.text());
            json.writeStringField("code", problem.code());
            json.writeStringField("request_id", requestId);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Answers a request whose body may not have been read, and hangs up. */
    static void send(HttpProblem problem, Exchange exchange, Request request, Response response, Callback callback) {
        response.setStatus(problem.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        problem.retryAfter().ifPresent(s -> response.getHeaders().put(HttpHeader.RETRY_AFTER, s));
        if (problem.status() == 401) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        ByteBuffer body = ByteBuffer.wrap(json(problem, exchange.id()));
        response.write(true, body, Callback.from(() -> linger(request, callback), callback::failed));
    }

    private static void linger(Request request, Callback callback) {
        AtomicBoolean over = new AtomicBoolean();
        Runnable end = () -> {
            if (over.compareAndSet(false, true)) callback.succeeded();
        };
        var timer = request.getComponents().getScheduler().schedule(end, LINGER_SECONDS, TimeUnit.SECONDS);
        discard(request, over, () -> {
            timer.cancel();
            end.run();
        });
    }

    private static void discard(Request request, AtomicBoolean over, Runnable end) {
        while (!over.get()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(() -> discard(request, over, end));
                return;
            }
            boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
            chunk.release();
            if (last) {
                end.run();
                return;
            }
        }
    }
}
