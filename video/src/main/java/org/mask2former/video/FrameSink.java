package org.mask2former.video;

/** Takes the results of a film's frames, in their order. For one thread at a time, not always the same. */
public interface FrameSink {
    void accept(FrameResult result);

    /**
     * There will be no more: whatever was begun is completed, so that it can be used. Called once.
     *
     * @param complete whether the source came to its end, rather than being stopped
     */
    void finish(boolean complete);
}
