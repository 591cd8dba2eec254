package org.mask2former.serve;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/** Collects a request's body as it arrives, on whatever thread brings it; none waits. */
final class BodyReader {
    private final Request request;
    private final int mostBytes;
    private final BodyBudget budget;
    private final Scheduler.Task timer;
    private final Consumer<byte[]> whole;
    private final Consumer<HttpProblem> refuse;
    private final Consumer<Throwable> lost;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(0);

    private BodyReader(
            Request request,
            int mostBytes,
            BodyBudget budget,
            Duration patience,
            Consumer<byte[]> whole,
            Consumer<HttpProblem> refuse,
            Consumer<Throwable> lost) {
        this.request = request;
        this.mostBytes = mostBytes;
        this.budget = budget;
        this.whole = whole;
        this.refuse = refuse;
        this.lost = lost;
        timer = request.getComponents()
                .getScheduler()
                .schedule(() -> request.fail(new TooSlow()), patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Begins. Exactly one of the three is called, and of the budget exactly the length of the whole is left taken.
     *
     * @param whole the body is here
     * @param refuse it is too long or too slow
     * @param lost the client is gone
     */
    static void read(
            Request request,
            int mostBytes,
            BodyBudget budget,
            Duration patience,
            Consumer<byte[]> whole,
            Consumer<HttpProblem> refuse,
            Consumer<Throwable> lost) {
        new BodyReader(request, mostBytes, budget, patience, whole, refuse, lost).go();
    }

    static HttpProblem tooLarge(long length, int mostBytes) {
        return new HttpProblem(
                413,
                "too_large",
                "the request has " + (length < 0 ? "more than the " : length + " bytes, more than the ") + mostBytes
                        + " bytes that this server takes; send a smaller picture");
    }

    private void go() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this::go);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                broken(chunk.getFailure());
                return;
            }
            int length = chunk.remaining();
            if (bytes.size() + (long) length > mostBytes) {
                chunk.release();
                end(tooLarge(request.getLength(), mostBytes));
                return;
            }
            if (!budget.take(length)) {
                chunk.release();
                end(budget.spent());
                return;
            }
            byte[] part = new byte[length];
            chunk.get(part, 0, length);
            bytes.writeBytes(part);
            chunk.release();
            if (chunk.isLast()) {
                timer.cancel();
                whole.accept(bytes.toByteArray());
                return;
            }
        }
    }

    private void broken(Throwable failure) {
        if (failure instanceof TooSlow || failure instanceof TimeoutException) {
            end(new HttpProblem(408, "too_slow", "the request's body arrived too slowly"));
        } else {
            timer.cancel();
            budget.giveBack(bytes.size());
            lost.accept(failure);
        }
    }

    private void end(HttpProblem problem) {
        timer.cancel();
        budget.giveBack(bytes.size());
        refuse.accept(problem);
    }

    private static final class TooSlow extends Exception {
        private static final long serialVersionUID = 1L;

        TooSlow() {
            super("too slow", null, false, false);
        }
    }
}
