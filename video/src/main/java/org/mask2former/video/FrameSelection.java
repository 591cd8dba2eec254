package org.mask2former.video;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.mask2former.image.Image;

/**
 * Which frames of a source are looked at.
 *
 * @param start those before it are left out, in seconds since the source's beginning
 * @param end those from it on are, in seconds; {@link Double#POSITIVE_INFINITY} for none
 * @param stride of so many frames one is looked at, 1 for all
 * @param maxFps of a second so many at most; {@link Double#POSITIVE_INFINITY} for all
 */
public record FrameSelection(double start, double end, int stride, double maxFps) {
    /** All frames. */
    public static final FrameSelection ALL =
            new FrameSelection(0, Double.POSITIVE_INFINITY, 1, Double.POSITIVE_INFINITY);

    private static final double ROUNDING = 1e-6;

    public FrameSelection {
        if (!(start >= 0) || !(end > start)) {
            throw new VideoException("a film cannot be taken from " + start + " s to " + end
                    + " s; the start must be 0 or more and the end after it");
        }
        if (stride < 1) {
            throw new VideoException("the stride must be 1 or more, but is " + stride);
        }
        if (!(maxFps > 0)) {
            throw new VideoException("there must be more than 0 frames a second, but they are limited to " + maxFps);
        }
    }

    /**
     * The frames of a source that are selected; closing it closes the source. If there turn out to be none, {@link
     * FrameSource#next} throws a {@link VideoException}.
     */
    public FrameSource of(FrameSource source) {
        return new Selected(source, this);
    }

    private static final class Selected implements FrameSource {
        private final FrameSource source;
        private final FrameSelection selection;
        private long passed;
        private double due;
        private boolean any;
        private boolean endsEarly;

        Selected(FrameSource source, FrameSelection selection) {
            this.source = source;
            this.selection = selection;
            due = selection.start();
        }

        @Override
        public boolean next() {
            while (!endsEarly && source.next()) {
                double seconds = source.seconds();
                if (seconds >= selection.end() - ROUNDING) {
                    endsEarly = true;
                } else if (seconds >= selection.start() - ROUNDING
                        && passed++ % selection.stride() == 0
                        && isDue(seconds)) {
                    any = true;
                    return true;
                }
            }
            if (!any) {
                throw none();
            }
            return false;
        }

        private VideoException none() {
            String where = selection.end() == Double.POSITIVE_INFINITY
                    ? String.format(Locale.ROOT, "at %.3f s or later", selection.start())
                    : String.format(
                            Locale.ROOT,
                            "between %.3f s and %.3f s; select a longer part",
                            selection.start(),
                            selection.end());
            return new VideoException(source.name() + ": has no frames " + where);
        }

        @Override
        public boolean endsEarly() {
            return endsEarly || source.endsEarly();
        }

        /** Of the frames near the time at which one is due the first is taken, as times are rounded. */
        private boolean isDue(double seconds) {
            if (seconds < due - 0.5 / source.fps()) {
                return false;
            }
            due = Math.max(due, seconds - 0.5 / source.fps()) + 1 / selection.maxFps();
            return true;
        }

        @Override
        public double fps() {
            return Math.min(source.fps() / selection.stride(), selection.maxFps());
        }

        @Override
        public OptionalLong frames() {
            if (source.frames().isEmpty()) {
                return source.frames();
            }
            double length = source.frames().getAsLong() / source.fps();
            double left = Math.min(selection.end(), length) - selection.start();
            return OptionalLong.of(Math.max(0, (long) Math.ceil(left * fps() - ROUNDING)));
        }

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public int width() {
            return source.width();
        }

        @Override
        public int height() {
            return source.height();
        }

        @Override
        public double pixelAspect() {
            return source.pixelAspect();
        }

        @Override
        public boolean live() {
            return source.live();
        }

        @Override
        public Optional<Path> sound() {
            return source.sound();
        }

        @Override
        public long index() {
            return source.index();
        }

        @Override
        public double seconds() {
            return source.seconds();
        }

        @Override
        public Image image() {
            return source.image();
        }

        @Override
        public List<String> remarks() {
            return source.remarks();
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
