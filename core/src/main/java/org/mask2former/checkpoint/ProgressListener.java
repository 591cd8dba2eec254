package org.mask2former.checkpoint;

/**
 * Hears how far a download has come. Called on the thread that asked for the file, at most about every 64 KiB; never
 * called for a file that the cache already holds. An implementation that throws ends the download.
 */
@FunctionalInterface
public interface ProgressListener {
    /** Hears nothing. */
    ProgressListener NONE = (file, done, total) -> {};

    /**
     * Bytes have arrived. {@code done} starts at what an earlier, broken attempt left, falls back to 0 only when the
     * server cannot resume, and is {@code total} at the end.
     *
     * @param file the file's name in its repository, or the last part of its URL
     * @param done bytes that lie on this machine
     * @param total bytes of the whole file, or -1 where the server does not say
     */
    void progress(String file, long done, long total);

    /**
     * The licence of the weights whose download begins. Called once for each model that is downloaded, before its
     * weights, and not when the cache already holds them.
     *
     * @param id the model
     * @param licence what the hub states, or a sentence saying that it states none
     */
    default void licence(HubId id, String licence) {}
}
