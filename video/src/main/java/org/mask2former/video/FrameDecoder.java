package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_DEFAULT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FLAG_BACKWARD;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_seek_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_index_get_entries_count;
import static org.bytedeco.ffmpeg.global.avformat.avformat_index_get_entry;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_DECODER_NOT_FOUND;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * The frames of the film's best video stream as FFmpeg decodes them, one after the other. What cannot be decoded is left out
 * and counted. For one thread.
 */
final class FrameDecoder implements AutoCloseable {
    /** 8K has 33 million; what claims more would fill the memory. */
    private static final long MOST_PIXELS = 1 << 26;
    /** Decoding is never what takes long; the network needs the processors. */
    private static final int THREADS = 2;

    private static final int PAUSE_MILLIS = 2;

    private final AVFormatContext format;
    private final AVStream stream;
    private final AVCodecContext codec;
    private final AVPacket packet = av_packet_alloc();
    private final AVFrame frame = av_frame_alloc();
    /** The time of the last packet that the film's index has; {@code AV_NOPTS_VALUE} if it has none. */
    private final long lastIndexed;

    private final Patience patience = new Patience();
    private long lastRead = AV_NOPTS_VALUE();
    private boolean drained;
    private boolean left;
    private int readError;
    private int damaged;

    private FrameDecoder(AVFormatContext format, AVStream stream, AVCodecContext codec) {
        this.format = format;
        this.stream = stream;
        this.codec = codec;
        for (int i = 0; i < format.nb_streams(); i++) {
            format.streams(i).discard(i == stream.index() ? AVDISCARD_DEFAULT : AVDISCARD_ALL);
        }
        int indexed = avformat_index_get_entries_count(stream);
        lastIndexed = indexed == 0
                ? AV_NOPTS_VALUE()
                : avformat_index_get_entry(stream, indexed - 1).timestamp();
    }

    /** @throws VideoException if it cannot be opened, or has nothing to see, or nothing that can be decoded */
    static FrameDecoder open(FilmInput input) {
        AVFormatContext format = input.open();
        AVCodecContext codec = new AVCodecContext(null);
        try {
            AVCodec decoder = new AVCodec(null);
            int number = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, decoder, 0);
            if (number == AVERROR_DECODER_NOT_FOUND()) {
                throw new VideoException(input.name() + ": this build of FFmpeg has no decoder for it");
            }
            if (number < 0 || isCover(format.streams(number))) {
                throw new VideoException(input.name() + ": has no pictures, only sound or data");
            }
            AVStream stream = format.streams(number);
            codec = avcodec_alloc_context3(decoder);
            avcodec_parameters_to_context(codec, stream.codecpar());
            codec.pkt_timebase(stream.time_base());
            codec.thread_count(THREADS);
            codec.max_pixels(MOST_PIXELS);
            int code = avcodec_open2(codec, decoder, (AVDictionary) null);
            if (code < 0) {
                throw new VideoException(input.name() + ": cannot be decoded (" + Ffmpeg.words(code) + ")");
            }
            return new FrameDecoder(format, stream, codec);
        } catch (RuntimeException e) {
            avcodec_free_context(codec);
            avformat_close_input(format);
            throw e;
        }
    }

    private static boolean isCover(AVStream stream) {
        return (stream.disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0;
    }

    AVFormatContext format() {
        return format;
    }

    AVStream stream() {
        return stream;
    }

    /** The frame that {@link #next} went to. */
    AVFrame frame() {
        return frame;
    }

    /** How many packets and frames were damaged so far. */
    int damaged() {
        return damaged;
    }

    /** Whether the source has no more, rather than being left. */
    boolean isEnded() {
        return drained && !left;
    }

    /** FFmpeg's code of what ended the reading; 0 if it was the end. */
    int readError() {
        return readError;
    }

    /** Whether the film ended before the end that its index promises, or reading failed. */
    boolean isCutOff() {
        return drained && (readError != 0 || lastIndexed != AV_NOPTS_VALUE() && lastRead < lastIndexed);
    }

    /** Goes to the last key frame before a time, in the stream's units; where that is not possible, stays. */
    void seek(long time) {
        if (av_seek_frame(format, stream.index(), time, AVSEEK_FLAG_BACKWARD) >= 0) {
            avcodec_flush_buffers(codec);
        }
    }

    /** Decodes the next frame; false at the end. */
    boolean next() {
        while (true) {
            int code = avcodec_receive_frame(codec, frame);
            if (code == 0) {
                if (frame.decode_error_flags() != 0) {
                    damaged++;
                }
                return true;
            }
            if (code != Ffmpeg.EAGAIN && code != AVERROR_EOF()) {
                damaged++;
            }
            if (code == AVERROR_EOF() || drained) {
                return false;
            }
            feed();
        }
    }

    /** Gives the decoder the next packet, or tells it that there is none. */
    private void feed() {
        int code = read();
        if (code < 0) {
            drained = true;
            left = Thread.currentThread().isInterrupted();
            readError = code == AVERROR_EOF() ? 0 : code;
            avcodec_send_packet(codec, null);
            return;
        }
        lastRead = Math.max(lastRead, Math.max(packet.dts(), packet.pts()));
        if (avcodec_send_packet(codec, packet) < 0) {
            damaged++;
        }
        av_packet_unref(packet);
    }

    /** Reads the stream's next packet. */
    private int read() {
        while (true) {
            int code = patience.with(() -> av_read_frame(format, packet));
            if (code == Ffmpeg.EAGAIN) { // a camera without a new frame
                pause();
            } else if (code < 0 || packet.stream_index() == stream.index()) {
                return code;
            } else {
                av_packet_unref(packet);
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VideoException("interrupted", e);
        }
    }

    @Override
    public void close() {
        if (!codec.isNull()) {
            av_packet_free(packet);
            av_frame_free(frame);
            avcodec_free_context(codec);
            avformat_close_input(format);
            codec.setNull();
        }
    }
}
