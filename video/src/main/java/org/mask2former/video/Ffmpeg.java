package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;

/** What reading and writing share: loading FFmpeg, its errors in words, its options. */
final class Ffmpeg {
    /** C's EAGAIN and others, negated; these have the same values on Linux and Windows, but EAGAIN has not on macOS. */
    static final int EAGAIN = -(System.getProperty("os.name").startsWith("Mac") ? 35 : 11);

    private Ffmpeg() {}

    /**
     * Loads the native libraries, once.
     *
     * @throws VideoException if they are not there or do not fit the system
     */
    static void load() {
        try {
            Loaded.touch();
        } catch (LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new VideoException(
                    "FFmpeg, which reads and writes films, cannot be loaded (" + cause.getMessage()
                            + "); is org.bytedeco:ffmpeg for this system on the class path?",
                    e);
        }
    }

    private static final class Loaded {
        static {
            // What it would print is said in our own messages, or tells nothing to a user.
            av_log_set_level(AV_LOG_QUIET);
        }

        static void touch() {}
    }

    /** An error code in words. */
    static String words(int code) {
        byte[] text = new byte[256];
        av_strerror(code, text, text.length);
        int end = 0;
        while (end < text.length && text[end] != 0) end++;
        String words = new String(text, 0, end, StandardCharsets.UTF_8);
        return code == AVERROR_INVALIDDATA() ? "invalid data" : words;
    }

    /** Calls FFmpeg with options; those that it does not know are ignored. */
    static int with(Map<String, String> options, ToIntFunction<AVDictionary> call) {
        AVDictionary dictionary = new AVDictionary(null);
        try {
            options.forEach((key, value) -> av_dict_set(dictionary, key, value, 0));
            return call.applyAsInt(dictionary);
        } finally {
            av_dict_free(dictionary);
        }
    }

    /** A text in C, UTF-8 whatever the system's encoding; to be closed. */
    static BytePointer text(String text) {
        return new BytePointer(text, StandardCharsets.UTF_8);
    }

    /** A file's name as FFmpeg takes it: not for a protocol, whatever colons it has. */
    static String url(Path file) {
        return "file:" + file;
    }

    /** 0 for 0/0. */
    static double value(AVRational rational) {
        return rational.den() == 0 ? 0 : (double) rational.num() / rational.den();
    }
}
