package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.BytePointer;

/**
 * Where a film comes from, and how FFmpeg opens it.
 *
 * @param name what messages call it
 * @param url what FFmpeg calls it
 * @param device FFmpeg's name of a camera's driver; empty for what is no camera
 * @param options of the opening
 * @param live whether frames come when they happen
 * @param file the film's file, if it is one
 */
record FilmInput(
        String name,
        String url,
        Optional<String> device,
        Map<String, String> options,
        boolean live,
        Optional<Path> file) {
    /** Containers of films; playlists are none, as they make FFmpeg open other files. */
    private static final String CONTAINERS = "mov,matroska,avi,mpegts,mpeg,flv,ogg,asf,mxf,nut,ivf,rm,dv,gif,apng,"
            + "mjpeg,yuv4mpegpipe,h264,hevc,m4v,mpegvideo,obu,av1";

    private static final String NETWORK = "rtsp,rtp,srtp,rtmp,rtmps,srt,udp,tcp,tls,crypto";
    /** How much of a stream is looked at to learn what is in it, which delays its first frame. */
    private static final String LOOK_MICROSECONDS = "2000000";

    static FilmInput file(Path file) {
        Map<String, String> options = Map.of("protocol_whitelist", "file", "format_whitelist", CONTAINERS);
        return new FilmInput(file.toString(), Ffmpeg.url(file), Optional.empty(), options, false, Optional.of(file));
    }

    /** @param url such as {@code rtsp://host/path} */
    static FilmInput stream(String url) {
        Map<String, String> options = Map.of(
                "protocol_whitelist",
                NETWORK,
                // UDP, where a lost packet spoils the picture until the next key frame, only for servers without TCP.
                "rtsp_flags",
                "prefer_tcp",
                "analyzeduration",
                LOOK_MICROSECONDS);
        return new FilmInput(url, url, Optional.empty(), options, true, Optional.empty());
    }

    /**
     * Opens it and looks at what is in it; to be closed by {@code avformat_close_input}.
     *
     * @throws VideoException if that fails
     */
    AVFormatContext open() {
        Ffmpeg.load();
        file.ifPresent(this::check);
        AVInputFormat driver = device.map(kind -> Cameras.driver(name, kind)).orElse(null);
        Patience patience = new Patience();
        AVFormatContext format = avformat_alloc_context();
        if (live) {
            Patience.watch(format);
        }
        try (BytePointer address = Ffmpeg.text(url)) {
            int code = Ffmpeg.with(
                    options, given -> patience.with(() -> avformat_open_input(format, address, driver, given)));
            if (code < 0) {
                throw failure(code);
            }
        }
        int code = patience.with(() -> avformat_find_stream_info(format, (AVDictionary) null));
        if (code < 0) {
            avformat_close_input(format);
            throw failure(code);
        }
        return format;
    }

    private void check(Path path) {
        if (!Files.exists(path)) {
            throw new VideoException(path + ": it does not exist; check the path");
        }
        if (Files.isDirectory(path)) {
            throw new VideoException(path + ": it is a folder, not a film");
        }
        if (!Files.isReadable(path)) {
            throw new VideoException(path + ": permission denied; check the permissions of the file and its folder");
        }
    }

    /** An error code of a live source, in words. */
    static String liveWords(int code) {
        return code == AVERROR_EXIT() ? "nothing came for " + Patience.SECONDS + " s" : Ffmpeg.words(code);
    }

    private VideoException failure(int code) {
        String words = Ffmpeg.words(code);
        if (device.isPresent()) {
            return new VideoException(name + ": cannot be opened (" + url + ": " + words
                    + "); is it used by another program, or kept from this one?");
        }
        if (live) {
            return new VideoException(name + ": cannot be opened (" + liveWords(code) + "); check the address");
        }
        if (code == AVERROR_EOF()) {
            return new VideoException(name + ": has no frames");
        }
        return new VideoException(
                code == AVERROR_INVALIDDATA()
                        ? name + ": cannot be read as a film; it is damaged, cut off, or something else"
                        : name + ": cannot be read as a film (" + words + ")");
    }
}
