package org.mask2former.video;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.mask2former.image.Image;

/** A film whose frames are pictures, each a file of its own. */
public final class PictureFrames implements FrameSource {
    private final String name;
    private final List<Path> files;
    private final double fps;
    private final Image first;

    private int index = -1;

    /**
     * @param name what messages call the film
     * @param files in the order of their time
     * @param fps how many of them make a second
     * @throws VideoException if there are none
     * @throws org.mask2former.image.ImageException if the first one cannot be read
     */
    public PictureFrames(String name, List<Path> files, double fps) {
        if (files.isEmpty()) {
            throw new VideoException(name + ": has no pictures");
        }
        if (!(fps > 0)) {
            throw new VideoException(name + ": a film must have more than 0 frames a second, not " + fps);
        }
        this.name = name;
        this.files = List.copyOf(files);
        this.fps = fps;
        first = Image.read(files.get(0));
    }

    @Override
    public boolean next() {
        if (index + 1 >= files.size()) {
            return false;
        }
        index++;
        return true;
    }

    /** @throws VideoException if it is not as large as the first one */
    @Override
    public Image image() {
        Image image = index == 0 ? first : Image.read(files.get(index));
        if (image.width() != width() || image.height() != height()) {
            throw new VideoException(
                    files.get(index) + ": is " + image.width() + "×" + image.height() + ", but the film's first"
                            + " frame is " + width() + "×" + height() + "; frames of one film have one size");
        }
        return image;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int width() {
        return first.width();
    }

    @Override
    public int height() {
        return first.height();
    }

    @Override
    public double fps() {
        return fps;
    }

    @Override
    public OptionalLong frames() {
        return OptionalLong.of(files.size());
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public double seconds() {
        return index / fps;
    }

    @Override
    public void close() {
        // Each picture is closed once it is read.
    }
}
