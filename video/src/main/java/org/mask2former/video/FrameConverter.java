package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_get_pix_fmt_name;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_free_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.mask2former.image.Image;

/**
 * Makes RGB pictures of decoded frames, whatever their pixel format and colour space: upright, and all of one size, to which
 * frames of another are stretched. For one thread.
 */
final class FrameConverter implements AutoCloseable {
    private final int width;
    private final int height;
    private final int turns;
    private final SwsContext scaler;
    private final AVFrame rgb;

    /**
     * @param width of frames as they are stored, before they are turned
     * @param height likewise
     * @param turns by how many quarters frames are turned clockwise, 0 to 3
     */
    FrameConverter(int width, int height, int turns) {
        this.width = width;
        this.height = height;
        this.turns = turns;
        scaler = sws_alloc_context();
        rgb = av_frame_alloc();
        rgb.format(AV_PIX_FMT_RGB24);
        rgb.width(width);
        rgb.height(height);
        if (av_frame_get_buffer(rgb, 0) < 0) {
            close();
            throw new OutOfMemoryError("a frame of " + width + "×" + height);
        }
    }

    /** Whether width and height change places. */
    boolean isTurned() {
        return turns % 2 == 1;
    }

    /** In pixels, after turning. */
    int width() {
        return isTurned() ? height : width;
    }

    /** In pixels, after turning. */
    int height() {
        return isTurned() ? width : height;
    }

    /** @throws VideoException if there is no way from its pixel format to RGB */
    Image convert(AVFrame frame) {
        int code = sws_scale_frame(scaler, rgb, frame);
        if (code < 0) {
            BytePointer format = av_get_pix_fmt_name(frame.format());
            throw new VideoException("frames with pixels of the format "
                    + (format == null ? "number " + frame.format() : format.getString())
                    + " cannot be converted to RGB (" + Ffmpeg.words(code) + "); convert the film to yuv420p");
        }
        byte[] pixels = new byte[3 * width * height];
        int stride = rgb.linesize(0);
        BytePointer data = rgb.data(0).capacity((long) stride * height);
        if (turns == 0) {
            for (int y = 0; y < height; y++) {
                data.position((long) y * stride).get(pixels, 3 * width * y, 3 * width);
            }
        } else {
            byte[] row = new byte[3 * width];
            for (int y = 0; y < height; y++) {
                data.position((long) y * stride).get(row, 0, row.length);
                turn(row, y, pixels);
            }
        }
        return Image.ofRgb(width(), height(), pixels);
    }

    /** Puts a row where it belongs once the frame is turned. */
    private void turn(byte[] row, int y, byte[] pixels) {
        int first = switch (turns) {
            case 1 -> height - 1 - y;
            case 2 -> width * height - 1 - y * width;
            default -> (width - 1) * height + y;
        };
        int step = switch (turns) {
            case 1 -> height;
            case 2 -> -1;
            default -> -height;
        };
        for (int x = 0, to = 3 * first; x < 3 * width; x += 3, to += 3 * step) {
            pixels[to] = row[x];
            pixels[to + 1] = row[x + 1];
            pixels[to + 2] = row[x + 2];
        }
    }

    @Override
    public void close() {
        if (!scaler.isNull()) {
            sws_free_context(scaler);
            scaler.setNull();
            av_frame_free(rgb);
        }
    }
}
