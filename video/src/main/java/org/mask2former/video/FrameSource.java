package org.mask2former.video;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.mask2former.image.Image;

/**
 * Frames one after the other: a film's, a camera's, a folder's. It stands before the first frame until {@link #next} is
 * called. All frames have one size, upright. For one thread at a time; {@link #close()} may be called twice.
 */
public interface FrameSource extends AutoCloseable {
    /** What messages call it. */
    String name();

    /** In pixels. */
    int width();

    /** In pixels. */
    int height();

    /** How wide a pixel is, as a multiple of its height: 1 but for anamorphic films. */
    default double pixelAspect() {
        return 1;
    }

    /** Frames a second, on average; more than 0. */
    double fps();

    /** How many frames there will be, roughly; empty if that cannot be known. */
    OptionalLong frames();

    /** Whether frames come when they happen, so that those which nobody takes in time are lost. */
    default boolean live() {
        return false;
    }

    /** The film whose sound belongs to the frames. */
    default Optional<Path> sound() {
        return Optional.empty();
    }

    /**
     * Goes to the next frame.
     *
     * @return whether there is one
     * @throws VideoException if there should be one but it cannot be read
     */
    boolean next();

    /** Whether frames were left out after the last one, so that the rest of the sound belongs to none. Asked at the end. */
    default boolean endsEarly() {
        return false;
    }

    /** The number of the frame in its source, from 0. */
    long index();

    /** The frame's time since the beginning of its source; each frame's is later than the one's before. */
    double seconds();

    /** The frame's picture. Made when asked for, so that a frame which is left out costs less. */
    Image image();

    /** What was amiss with the source so far, one clear sentence each. Best asked at the end. */
    default List<String> remarks() {
        return List.of();
    }

    @Override
    void close();
}
