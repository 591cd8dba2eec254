package org.mask2former.serve;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of bodies are held in memory, over all requests, and how many may be. Safe for several threads. */
final class BodyBudget {
    private final AtomicLong held = new AtomicLong();
    private final long most;

    BodyBudget(long most) {
        this.most = most;
    }

    /** A quarter of the heap, but at least two bodies. */
    static BodyBudget of(Limits limits) {
        return new BodyBudget(Math.max(Runtime.getRuntime().maxMemory() / 4, 2L * limits.maxBytes()));
    }

    /** Takes so many bytes, or none. */
    boolean take(long bytes) {
        if (held.addAndGet(bytes) > most) {
            held.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Why a body is refused for which there was nothing left to take. */
    HttpProblem spent() {
        return HttpProblem.passing(
                429, "busy", "this server holds as many uploads as it has memory for; try again later", 1);
    }

    void giveBack(long bytes) {
        held.addAndGet(-bytes);
    }

    long held() {
        return held.get();
    }
}
