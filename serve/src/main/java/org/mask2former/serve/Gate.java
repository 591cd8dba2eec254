package org.mask2former.serve;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes before anything looks at it: it gets its id, is refused while the server drains or without the
 * token, and its body is collected, without a thread waiting for it, within the limits of bytes and time. The answer is
 * sent likewise. So clients that are slow, on purpose or not, cost a connection and no more.
 */
final class Gate extends Handler.Wrapper {
    private static final Logger LOG = LoggerFactory.getLogger("org.mask2former.serve.Access");
    private static final HttpField CLOSE = new HttpField(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);

    private final Limits limits;
    private final Token token;
    private final ServerMetrics metrics;
    private final BodyBudget budget;
    private final AtomicInteger active = new AtomicInteger();
    private volatile boolean draining;

    Gate(Limits limits, Token token, ServerMetrics metrics) {
        this.limits = limits;
        this.token = token;
        this.metrics = metrics;
        budget = BodyBudget.of(limits);
        metrics.watchBodies(budget);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Exchange exchange = Exchange.begin(request.getHeaders().get(Exchange.ID_HEADER), Client.of(request));
        exchange.attachTo(request);
        response.getHeaders().put(Exchange.ID_HEADER, exchange.id());
        active.incrementAndGet();
        Request.addCompletionListener(request, failure -> {
            budget.giveBack(exchange.body().length);
            active.decrementAndGet();
            metrics.answered(request.getMethod(), exchange.route(), response.getStatus(), exchange.age());
            LOG.info(
                    "{} {} {} {} ms {}",
                    request.getMethod(),
                    request.getHttpURI().getPath(),
                    response.getStatus(),
                    exchange.age() / 1_000_000,
                    exchange.id());
        });
        try {
            admit(request);
        } catch (HttpProblem problem) {
            Refusal.send(problem, exchange, request, response, callback);
            return true;
        }
        if (draining) {
            response.getHeaders().put(CLOSE);
        }
        long deadline = limits.timeout().toNanos() - exchange.age();
        BodyReader.read(
                request,
                limits.maxBytes(),
                budget,
                Duration.ofNanos(Math.max(1, deadline)),
                body -> {
                    try {
                        String coding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
                        exchange.body(BodyCoding.plain(body, coding, limits.maxBytes(), budget));
                    } catch (HttpProblem problem) {
                        Refusal.send(problem, exchange, request, response, callback);
                        return;
                    }
                    pass(request, response, callback, exchange);
                },
                problem -> Refusal.send(problem, exchange, request, response, callback),
                callback::failed);
        return true;
    }

    private void pass(Request request, Response response, Callback callback, Exchange exchange) {
        BufferedAnswer answer = new BufferedAnswer(request, response, callback, exchange);
        try {
            if (!getHandler().handle(request, answer, answer.callback())) {
                Refusal.send(
                        new HttpProblem(404, "not_found", "there is nothing here"),
                        exchange,
                        request,
                        response,
                        callback);
            }
        } catch (Throwable e) {
            LOG.error("{} failed: {}", exchange.id(), Answers.trace(e));
            Refusal.send(
                    new HttpProblem(500, "internal", "a fault in this server; its log tells more"),
                    exchange,
                    request,
                    response,
                    callback);
        }
    }

    private void admit(Request request) {
        String path = request.getHttpURI().getCanonicalPath();
        boolean open = Token.isOpen(path == null ? "" : path);
        if (!open) {
            token.check(request.getHeaders().get(HttpHeader.AUTHORIZATION));
        }
        if (draining && !open && !"/metrics".equals(path)) {
            throw HttpProblem.passing(503, "draining", "this server is stopping; ask another, or try again later", 5);
        }
        long length = request.getLength();
        if (length > limits.maxBytes()) {
            throw BodyReader.tooLarge(length, limits.maxBytes());
        }
    }

    /** From now on requests are refused; those under way go on. */
    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /** Waits until every request under way is answered. @return whether all were */
    boolean awaitIdle(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (active.get() > 0) {
            if (System.nanoTime() > end) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return true;
    }
}
