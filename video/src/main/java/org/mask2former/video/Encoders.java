package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_d2q;

import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;

/**
 * Opens the best encoder that this build of FFmpeg has and that works here: of H.264 where there is one, else of MPEG-4
 * part 2, which every build has.
 */
final class Encoders {
    /** In units of a second; MPEG-4 takes no finer ones, and the usual frame rates are whole numbers of them. */
    static final int TICKS_PER_SECOND = 60_000;

    private static final double KEY_FRAME_SECONDS = 2;
    private static final double BITS_PER_PIXEL = 0.1;
    private static final int THREADS = 1;
    /** H.264 has 16 bits for either part of the fraction. */
    private static final int MOST_ASPECT = 0xffff;

    /** An encoder, with bounds of its quantiser, so that a still film is not larger, and a lively one not worse, than needed. */
    private record Candidate(String name, int qmin, int qmax, Map<String, String> options) {}

    private static final List<Candidate> CANDIDATES = List.of(
            new Candidate("libopenh264", 20, 28, Map.of("rc_mode", "quality", "allow_skip_frames", "0")),
            new Candidate("h264_videotoolbox", -1, -1, Map.of("allow_sw", "1")),
            new Candidate("h264_mf", -1, -1, Map.of()),
            new Candidate("mpeg4", 2, 6, Map.of()));

    private Encoders() {}

    /**
     * Opens an encoder, of frames whose sides are rounded up to even numbers; to be freed.
     *
     * @throws VideoException if no encoder takes such frames
     */
    static AVCodecContext open(FilmFormat film, boolean globalHeader) {
        int code = 0;
        for (Candidate candidate : CANDIDATES) {
            AVCodec encoder = avcodec_find_encoder_by_name(candidate.name());
            if (encoder == null) {
                continue;
            }
            AVCodecContext codec = avcodec_alloc_context3(encoder);
            configure(codec, film);
            codec.qmin(candidate.qmin());
            codec.qmax(candidate.qmax());
            if (globalHeader) {
                codec.flags(codec.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
            }
            code = Ffmpeg.with(candidate.options(), given -> avcodec_open2(codec, encoder, given));
            if (code >= 0) {
                return codec;
            }
            avcodec_free_context(codec);
        }
        throw new VideoException("there is no encoder for a film of " + film.width() + "×" + film.height() + " at "
                + film.fps()
                + " frames a second (" + Ffmpeg.words(code) + ")");
    }

    /** Whether this build has an encoder of H.264. */
    static boolean haveH264() {
        return CANDIDATES.stream()
                .limit(CANDIDATES.size() - 1) // the last is of MPEG-4
                .anyMatch(candidate -> avcodec_find_encoder_by_name(candidate.name()) != null);
    }

    private static void configure(AVCodecContext codec, FilmFormat film) {
        codec.width(film.width() + film.width() % 2);
        codec.height(film.height() + film.height() % 2);
        codec.sample_aspect_ratio(av_d2q(film.pixelAspect(), MOST_ASPECT));
        codec.pix_fmt(AV_PIX_FMT_YUV420P);
        codec.time_base().num(1).den(TICKS_PER_SECOND);
        codec.framerate(av_d2q(film.fps(), TICKS_PER_SECOND));
        codec.gop_size((int) Math.max(1, Math.round(KEY_FRAME_SECONDS * film.fps())));
        codec.max_b_frames(0);
        codec.bit_rate((long) (BITS_PER_PIXEL * film.width() * film.height() * film.fps()));
        codec.thread_count(THREADS);
        codec.colorspace(AVCOL_SPC_BT709);
        codec.color_primaries(AVCOL_PRI_BT709);
        codec.color_trc(AVCOL_TRC_BT709);
        codec.color_range(AVCOL_RANGE_MPEG);
    }
}
