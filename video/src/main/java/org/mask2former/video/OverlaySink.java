package org.mask2former.video;

import java.util.List;
import java.util.Locale;
import org.mask2former.image.Image;
import org.mask2former.result.Caption;
import org.mask2former.result.LabelMemory;
import org.mask2former.result.Overlay;

/** Draws each frame's result over it, things in colours that stay, and the frames made per second in the corner. */
public final class OverlaySink implements FrameSink {
    /** With ids in place of scores, which change from frame to frame and would make the labels flicker. */
    public static final Overlay DEFAULT = Overlay.DEFAULT.withScores(false).withIds(true);

    private final Overlay overlay;
    private final List<PictureSink> sinks;
    private final LabelMemory labels = new LabelMemory();
    private double begin = Double.NaN;

    /** @param sinks what is drawn goes to each of them */
    public OverlaySink(Overlay overlay, List<? extends PictureSink> sinks) {
        this.overlay = overlay;
        this.sinks = List.copyOf(sinks);
    }

    @Override
    public void accept(FrameResult frame) {
        double seconds = frame.frame().seconds();
        if (Double.isNaN(begin)) {
            begin = seconds;
        }
        Tracked tracked = frame.tracked();
        Image drawn = overlay.draw(tracked.result(), tracked::variation, labels);
        if (frame.fps() > 0) {
            drawn = Caption.draw(drawn, String.format(Locale.ROOT, "%.1f FPS", frame.fps()));
        }
        for (PictureSink sink : sinks) sink.write(drawn, seconds - begin);
    }

    @Override
    public void finish(boolean complete) {
        sinks.forEach(sink -> sink.finish(complete));
    }
}
