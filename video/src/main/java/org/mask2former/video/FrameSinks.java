package org.mask2former.video;

import java.util.List;

/** Several sinks as one. */
public final class FrameSinks implements FrameSink {
    private final List<FrameSink> sinks;

    private FrameSinks(List<FrameSink> sinks) {
        this.sinks = sinks;
    }

    /** Each takes every frame, in this order. */
    public static FrameSink of(List<? extends FrameSink> sinks) {
        return new FrameSinks(List.copyOf(sinks));
    }

    @Override
    public void accept(FrameResult result) {
        sinks.forEach(sink -> sink.accept(result));
    }

    /** Every one is finished, also when one before it fails; the first failure is thrown. */
    @Override
    public void finish(boolean complete) {
        RuntimeException failure = null;
        for (FrameSink sink : sinks) {
            try {
                sink.finish(complete);
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
