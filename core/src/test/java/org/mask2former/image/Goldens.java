package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.HostTensor;

/** The golden values of this package, which make_goldens.py beside them made. */
final class Goldens {
    private Goldens() {}

    static Path path(String name) {
        URL found = Goldens.class.getResource(name);
        if (found == null) {
            throw new IllegalStateException("no test resource " + name);
        }
        try {
            return Path.of(found.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Weights open(String name) {
        return Safetensors.open(path(name));
    }

    /** A picture from a tensor {@code [H, W, 3]}. */
    static Image image(HostTensor tensor) {
        byte[] rgb = new byte[(int) tensor.elements()];
        tensor.data().get(rgb);
        return Image.ofRgb(tensor.shape()[1], tensor.shape()[0], rgb);
    }

    /** The noise of make_goldens.py. */
    static Image noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        int state = rgb.length;
        for (int i = 0; i < rgb.length; i++) {
            state = state * 1103515245 + 12345 & 0x7FFFFFFF;
            rgb[i] = (byte) (state >> 16);
        }
        return Image.ofRgb(width, height, rgb);
    }

    /** How far two pictures are from each other, channel by channel. */
    record Difference(int max, double mean) {}

    static Difference difference(Image a, Image b) {
        assertThat(a.width() + "×" + a.height()).isEqualTo(b.width() + "×" + b.height());
        int max = 0;
        long sum = 0;
        for (int i = 0; i < a.rgb().length; i++) {
            int difference = Math.abs((a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF));
            max = Math.max(max, difference);
            sum += difference;
        }
        return new Difference(max, (double) sum / a.rgb().length);
    }

    static void assertSame(Image actual, Image expected) {
        assertThat(difference(actual, expected)).isEqualTo(new Difference(0, 0));
    }
}
