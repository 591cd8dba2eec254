package org.mask2former.video;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frames that are read and wait for the network. When it is full, the reader waits; or, if frames come when they happen, the
 * oldest one is lost. For one reader and one taker.
 *
 * @param <F> a frame and what belongs to it
 */
final class FrameQueue<F> {
    private final int capacity;
    private final boolean losing;
    private final Deque<F> frames = new ArrayDeque<>();
    private boolean ended;
    private boolean closed;
    private @Nullable RuntimeException failure;
    private @Nullable Error error;

    FrameQueue(int capacity, boolean losing) {
        this.capacity = capacity;
        this.losing = losing;
    }

    /** @return whether more frames are wanted */
    synchronized boolean put(F frame) throws InterruptedException {
        while (!closed && !losing && frames.size() >= capacity) wait();
        if (closed) {
            return false;
        }
        if (frames.size() >= capacity) {
            frames.removeFirst();
        }
        frames.addLast(frame);
        notifyAll();
        return true;
    }

    /** There are no more. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** There are no more because reading failed; who takes the frames is told after the last one. */
    synchronized void fail(Throwable because) {
        if (because instanceof RuntimeException e) {
            failure = e;
        } else if (because instanceof Error e) {
            error = e;
        }
        end();
    }

    /** No more are wanted; those that wait are dropped. */
    synchronized void close() {
        closed = true;
        frames.clear();
        notifyAll();
    }

    /** The next frame, waiting for it if need be; empty at the end, or once this is closed. */
    synchronized Optional<F> take() throws InterruptedException {
        while (!closed && !ended && frames.isEmpty()) wait();
        @Nullable F next = frames.pollFirst();
        notifyAll();
        if (next == null && !closed && failure != null) {
            throw failure;
        }
        if (next == null && !closed && error != null) {
            throw error;
        }
        return Optional.ofNullable(next);
    }
}
