package org.mask2former.serve;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Hangs up on connections that take for ever to say what they want: those that have been open, or idle since their last
 * answer, for a while without a whole request's head. Idle time-outs do not catch clients that send a byte now and then.
 */
final class SlowConnections extends AbstractLifeCycle implements Connection.Listener {
    private static final long SWEEP_SECONDS = 5;

    private final Scheduler scheduler;
    private final long patienceNanos;
    private final Map<Connection, State> open = new ConcurrentHashMap<>();

    /** How many requests had begun and ended when the connection last moved on, and when that was. */
    private record State(long begun, long ended, long since) {}

    SlowConnections(Scheduler scheduler, long patienceSeconds) {
        this.scheduler = scheduler;
        patienceNanos = TimeUnit.SECONDS.toNanos(patienceSeconds);
    }

    @Override
    protected void doStart() {
        plan();
    }

    private void plan() {
        scheduler.schedule(this::sweep, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void onOpened(Connection connection) {
        open.put(connection, new State(0, 0, System.nanoTime()));
    }

    @Override
    public void onClosed(Connection connection) {
        open.remove(connection);
    }

    private void sweep() {
        long now = System.nanoTime();
        open.forEach((connection, state) -> {
            long begun = connection.getMessagesIn();
            long ended = connection.getMessagesOut();
            if (begun != state.begun || ended != state.ended) {
                open.replace(connection, new State(begun, ended, now));
            } else if (begun == ended && now - state.since > patienceNanos) {
                connection.getEndPoint().close();
            }
        });
        if (isRunning()) {
            plan();
        }
    }
}
