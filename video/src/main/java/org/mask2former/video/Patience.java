package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;

import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Ends FFmpeg's waiting for a live source when nothing has come for some seconds, or when the waiting thread is interrupted.
 * FFmpeg's own options for that mean something else for each protocol: RTMP's makes it a server. For one source and thread.
 */
final class Patience {
    static final int SECONDS = 10;

    /** FFmpeg asks on the thread that waits. JavaCPP has room for few callbacks of a kind, so that there is one for all. */
    private static final Question QUESTION = new Question();

    private static final ThreadLocal<Patience> CURRENT = new ThreadLocal<>();

    private long begin;
    /** For good: FFmpeg may have something left to give, and would then wait again. */
    private boolean gaveUp;

    /** Makes FFmpeg ask while it opens and reads this. */
    static void watch(AVFormatContext format) {
        format.interrupt_callback().callback(QUESTION);
    }

    /** Calls FFmpeg, and returns its code; {@code AVERROR_EXIT} if it failed because it was told to give up. */
    int with(IntSupplier call) {
        begin = System.nanoTime();
        CURRENT.set(this);
        try {
            int code = call.getAsInt();
            return code < 0 && gaveUp ? AVERROR_EXIT() : code; // of which some protocols make other errors
        } finally {
            CURRENT.remove();
        }
    }

    private boolean givesUp() {
        gaveUp |= System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(SECONDS)
                || Thread.currentThread().isInterrupted();
        return gaveUp;
    }

    private static final class Question extends AVIOInterruptCB.Callback_Pointer {
        @Override
        public int call(Pointer nothing) {
            @Nullable Patience current = CURRENT.get();
            return current != null && current.givesUp() ? 1 : 0;
        }
    }
}
