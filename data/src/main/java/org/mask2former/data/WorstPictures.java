package org.mask2former.data;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.mask2former.image.Image;
import org.mask2former.result.Labels;
import org.mask2former.result.Overlay;
import org.mask2former.result.Segmentation;

/**
 * The pictures that came out worst, each drawn with the truth beside the prediction. Only those that are among the worst so
 * far are drawn and held, so that memory does not grow with the data set. Not thread-safe.
 */
final class WorstPictures {
    private static final int SIDE = 900;
    private static final int GAP = 8;

    private final int most;
    private final Labels labels;
    /** The best of them first: the one to go next. */
    private final PriorityQueue<Worst> held = new PriorityQueue<>(Comparator.comparingDouble(Worst::score)
            .thenComparingInt(Worst::index)
            .reversed());

    /** @param score in [0, 1], the picture's own */
    record Worst(int index, String id, double score, Image drawn) {}

    WorstPictures(int most, Labels labels) {
        this.most = most;
        this.labels = labels;
    }

    void offer(int index, String id, double score, Image picture, Annotation truth, Segmentation prediction) {
        if (most == 0 || held.size() == most && score >= held.element().score) {
            return;
        }
        Image left = TruthOverlay.draw(picture, truth, labels, Overlay.DEFAULT);
        Image right = Overlay.DEFAULT.draw(prediction);
        held.add(new Worst(index, id, score, beside(List.of(picture, left, right))));
        if (held.size() > most) {
            held.remove();
        }
    }

    private static Image beside(List<Image> images) {
        List<Image> small = images.stream().map(i -> ContactSheet.fit(i, SIDE)).toList();
        int width = small.stream().mapToInt(Image::width).sum() + GAP * (small.size() - 1);
        BufferedImage all = new BufferedImage(width, small.get(0).height(), BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = all.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, all.getWidth(), all.getHeight());
        int x = 0;
        for (Image image : small) {
            graphics.drawImage(image.toBufferedImage(), x, 0, null);
            x += image.width() + GAP;
        }
        graphics.dispose();
        return Image.of(all);
    }

    /** The worst first. */
    List<Worst> list() {
        return held.stream()
                .sorted(Comparator.comparingDouble(Worst::score).thenComparingInt(Worst::index))
                .toList();
    }
}
