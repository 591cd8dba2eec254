package org.mask2former.video;

/** Takes the results of a film's frames, in their order. For one thread at a time, not always the same. */
public interface FrameSink {
    void accept(FrameResult result);

    /**
     * There will be no more: whatever was begun is completed, so that it can be used. Called once, and only if
     * there was a frame.
     *
     * @param complete whether the source came to its own end, rather than being stopped or ending early
     */
    void finish(boolean complete);
}
