package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_free_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.mask2former.image.Image;

/**
 * Makes packets of pictures of one size. Encoders want even sides: where one is odd, the last row or column is there twice.
 * For one thread.
 */
final class FrameEncoder implements AutoCloseable {
    /** Takes a packet; it is emptied afterwards. */
    @FunctionalInterface
    interface Packets {
        void accept(AVPacket packet);
    }

    private final int width;
    private final int height;
    private final AVCodecContext codec;
    private final SwsContext scaler = sws_alloc_context();
    private final AVFrame rgb;
    private final AVFrame yuv;
    private final AVPacket packet = av_packet_alloc();

    /** @param codec is freed with this */
    FrameEncoder(FilmFormat film, AVCodecContext codec) {
        width = film.width();
        height = film.height();
        this.codec = codec;
        rgb = frame(AV_PIX_FMT_RGB24);
        yuv = frame(AV_PIX_FMT_YUV420P);
        yuv.colorspace(AVCOL_SPC_BT709);
        yuv.color_range(AVCOL_RANGE_MPEG);
    }

    private AVFrame frame(int format) {
        AVFrame frame = av_frame_alloc();
        frame.format(format);
        frame.width(codec.width());
        frame.height(codec.height());
        if (av_frame_get_buffer(frame, 0) < 0) {
            throw new OutOfMemoryError("a frame of " + codec.width() + "×" + codec.height());
        }
        return frame;
    }

    AVCodecContext codec() {
        return codec;
    }

    /**
     * Encodes the next picture.
     *
     * @param time in {@link Encoders#TICKS_PER_SECOND}, later than the one before
     */
    void encode(Image picture, long time, Packets packets) {
        copy(picture.rgb());
        check(av_frame_make_writable(yuv));
        check(sws_scale_frame(scaler, yuv, rgb));
        yuv.pts(time);
        check(avcodec_send_frame(codec, yuv));
        drain(packets);
    }

    /** Gives out what the encoder still holds; nothing can be encoded after it. */
    void finish(Packets packets) {
        check(avcodec_send_frame(codec, null));
        drain(packets);
    }

    private void copy(byte[] pixels) {
        int stride = rgb.linesize(0);
        BytePointer data = rgb.data(0).capacity((long) stride * codec.height());
        for (int y = 0; y < codec.height(); y++) {
            int row = 3 * width * Math.min(y, height - 1);
            data.position((long) y * stride).put(pixels, row, 3 * width);
            if (codec.width() > width) {
                data.position((long) y * stride + 3L * width).put(pixels, row + 3 * (width - 1), 3);
            }
        }
    }

    private void drain(Packets packets) {
        while (avcodec_receive_packet(codec, packet) >= 0) {
            packets.accept(packet);
        }
    }

    private static void check(int code) {
        if (code < 0) {
            throw new VideoException("a frame cannot be encoded (" + Ffmpeg.words(code) + ")");
        }
    }

    @Override
    public void close() {
        if (!codec.isNull()) {
            av_packet_free(packet);
            av_frame_free(rgb);
            av_frame_free(yuv);
            sws_free_context(scaler);
            avcodec_free_context(codec);
            codec.setNull();
        }
    }
}
