package org.mask2former.checkpoint;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer's bytes, handed from the HTTP client's threads to one reader. The HTTP client bounds only the wait for the
 * headers; this bounds every silence after them, so that a stalled connection cannot hang for ever.
 */
final class HubBody implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {
    /** Pieces that may wait for the reader: enough to keep the connection busy while the disk is. */
    private static final int PREFETCH = 8;

    private static final long WORTH_DRAINING = 64 * 1024;

    /** A piece of the body, or its end, or its failure. */
    private record Event(
            List<ByteBuffer> data, boolean end, @Nullable Throwable failure) {}

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final URI uri;
    private final Duration longestSilence;
    private volatile Flow.@Nullable Subscription subscription;
    private boolean ended;

    HubBody(URI uri, Duration longestSilence) {
        this.uri = uri;
        this.longestSilence = longestSilence;
    }

    /**
     * The next bytes, or empty at the end.
     *
     * @throws HubException {@code UNREACHABLE} if the connection breaks, ends early or is silent for too long
     */
    List<ByteBuffer> next() {
        if (ended) {
            return List.of();
        }
        Event event;
        try {
            event = events.poll(longestSilence.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw DownloadFailures.interrupted(uri);
        }
        if (event == null) {
            close();
            throw new HubException(
                    HubException.Reason.UNREACHABLE,
                    uri.getHost() + " stopped sending: nothing for " + longestSilence.toSeconds() + " s");
        }
        if (event.failure() != null) {
            ended = true;
            throw DownloadFailures.ofNetwork(event.failure(), uri);
        }
        if (event.end()) {
            ended = true;
            return List.of();
        }
        request(1);
        return event.data();
    }

    /** Ends the reading. A short rest is read first, which lets the connection serve the next request. */
    @Override
    public void close() {
        Flow.Subscription open = subscription;
        if (!ended && open != null && events.stream().noneMatch(Event::end)) {
            open.cancel();
        }
        ended = true;
    }

    /** Reads and forgets a body that says nothing, so that its connection can be used again. */
    void drain() {
        try (this) {
            for (long read = 0; read < WORTH_DRAINING; ) {
                List<ByteBuffer> data = next();
                if (data.isEmpty()) {
                    return;
                }
                read += data.stream().mapToLong(ByteBuffer::remaining).sum();
            }
        } catch (HubException e) {
            if (e.reason() == HubException.Reason.INTERRUPTED) {
                throw e;
            }
            // The answer's headers said all that matters; its connection is simply not used again.
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(PREFETCH);
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        events.add(new Event(item, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event(List.of(), false, failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event(List.of(), true, null));
    }

    private void request(int pieces) {
        Flow.Subscription open = subscription;
        if (open != null) {
            open.request(pieces);
        }
    }
}
