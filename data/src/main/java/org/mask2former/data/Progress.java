package org.mask2former.data;

/** Told how far a long piece of work has come; may be called from several threads, one at a time. */
@FunctionalInterface
public interface Progress {
    Progress NONE = (done, total) -> {};

    /**
     * Called after each picture.
     *
     * @param done pictures that are finished
     * @param total pictures in all
     */
    void at(int done, int total);
}
