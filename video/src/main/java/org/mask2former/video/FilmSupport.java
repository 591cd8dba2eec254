package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avutil.av_version_info;

/** What films can be read and written here. */
public final class FilmSupport {
    private FilmSupport() {}

    /**
     * For people, such as {@code FFmpeg 8.0.1, writes H.264}.
     *
     * @throws VideoException if FFmpeg cannot be loaded; no film can be read or written then
     */
    public static String describe() {
        Ffmpeg.load();
        return "FFmpeg " + av_version_info().getString() + ", writes "
                + (Encoders.haveH264() ? "H.264" : "MPEG-4 part 2, as it has no encoder of H.264");
    }
}
