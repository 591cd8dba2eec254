package org.mask2former.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.http.Context;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.mask2former.Mask2FormerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How handlers answer: JSON, later, or with a problem. What goes wrong inside is logged and never told outside. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger("org.mask2former.serve.Requests");

    private Answers() {}

    static void json(Context ctx, Object value) {
        try {
            ctx.contentType("application/json").result(JsonBody.MAPPER.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer that is no JSON", e);
        }
    }

    /** Answers when the answer is there; no thread waits for it. */
    static <R> void later(Context ctx, CompletableFuture<R> answer, Consumer<R> writing) {
        ctx.future(() -> answer.handle((result, failure) -> {
            try {
                if (failure == null) {
                    writing.accept(result);
                } else {
                    problem(ctx, failure);
                }
            } catch (Throwable e) {
                problem(ctx, e);
            }
            return ctx;
        }));
    }

    /** All of several, in their order. */
    static <R> CompletableFuture<List<R>> all(List<CompletableFuture<R>> answers) {
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        nothing -> answers.stream().map(CompletableFuture::join).toList());
    }

    static void problem(Context ctx, Throwable failure) {
        String id = Exchange.of(ctx).id();
        HttpProblem problem = problem(failure, id);
        ctx.status(problem.status()).contentType("application/json").result(Refusal.json(problem, id));
        problem.retryAfter().ifPresent(s -> ctx.header("Retry-After", Integer.toString(s)));
    }

    private static HttpProblem problem(Throwable failure, String id) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof HttpProblem problem) {
            return problem;
        }
        if (cause instanceof OutOfMemoryError) {
            LOG.error("{}: out of memory", id);
            return HttpProblem.passing(
                    503, "out_of_memory", "the server has not enough memory for this picture now; make it smaller", 10);
        }
        if (cause instanceof Mask2FormerException) {
            LOG.warn("{}: {}", id, cause.getMessage());
            return HttpProblem.unprocessable(
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse("it cannot be done"));
        }
        LOG.error("{} failed: {}", id, trace(cause));
        return new HttpProblem(500, "internal", "a fault in this server; its log tells more under the request's id");
    }

    /** As part of the message: the program's log leaves traces out, and for a fault it is what is needed. */
    static String trace(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString().strip();
    }
}
