package org.mask2former.train;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.torch.Tensors;

/**
 * Teaches the mask features to tell segments apart, without waiting for a query to ask. A mask is the product of a query's embedding with
 * every pixel's features, so that two segments are told apart only if their features differ; where things look alike, windows of
 * a front or cells on a slide, what differs is their place alone, and the paper's losses take long to carry it there. Here the mean features of a
 * segment stand for the embedding of the query that would find it, and every pixel has to be nearest to its own segment's mean among those of
 * its picture (prototypes as in Snell et al. 2017): a cross-entropy over {@code −½ ‖f − µ‖²}, which is linear in the features, as
 * a mask is. Every segment counts alike, however large. Not in the paper; used in training alone. Immutable.
 */
final class SeparationLoss {
    static final String TERM = "loss_separation";
    private static final Scalar HALF = Tensors.forever(new Scalar(0.5));
    private static final int NOTHING = -1;
    private static final long NO_REDUCTION = 0;
    private static final long IGNORED_CLASS = -100;

    private final double weight;
    private final boolean background;

    /**
     * @param weight of the loss
     * @param background whether what no segment covers is one more, as in the instance task; else it is void and left out
     */
    SeparationLoss(double weight, boolean background) {
        this.weight = weight;
        this.background = background;
    }

    /**
     * The loss of a batch, or the share that some of its pictures have in it.
     *
     * @param maskFeatures {@code [B, h, w, C]}
     * @param targets one for each picture
     * @param segments in the whole batch
     */
    Losses.Result compute(Tensor maskFeatures, List<Target> targets, double segments) {
        int height = Math.toIntExact(maskFeatures.size(1));
        int width = Math.toIntExact(maskFeatures.size(2));
        try (PointerScope scope = new PointerScope()) {
            Tensor sum = Tensors.adopt(Tensors.beside(maskFeatures, Tensors.copyOf(new float[1])));
            List<Cells> all = cells(targets, height, width, !maskFeatures.is_cpu());
            for (int b = 0; b < targets.size(); b++) {
                Cells cells = all.get(b);
                if (cells.count > 1) {
                    sum = sum.add(picture(maskFeatures.select(0, b), cells));
                }
            }
            Tensor total = sum.mul(new Scalar(weight / Math.max(1, segments)));
            return new Losses.Result(Tensors.detach(total), Map.of(TERM, total.item_double()), List.of());
        }
    }

    /** @param onAllProcessors for a GPU waits, while it is they that train otherwise */
    private List<Cells> cells(List<Target> targets, int height, int width, boolean onAllProcessors) {
        Stream<Target> each = onAllProcessors ? targets.parallelStream() : targets.stream();
        return each.map(target -> Cells.of(target, height, width, background)).toList();
    }

    /** The sum over segments of the mean over their cells. */
    private static Tensor picture(Tensor features /* [h, w, C] */, Cells cells) {
        Tensor places =
                Tensors.adopt(Tensors.beside(features, Tensors.copyOf(cells.places))); // [K], cells that have a segment
        Tensor owners = Tensors.adopt(Tensors.beside(features, Tensors.copyOf(cells.owners))); // [K], its number
        Tensor shares = Tensors.adopt(
                Tensors.beside(features, Tensors.copyOf(cells.shares, cells.shares.length))); // [K], of its segment
        Tensor f = features.reshape(-1, features.size(2))
                .to(torch.ScalarType.Float)
                .index_select(0, places); // [K, C]
        Tensor means = torch.zeros(new long[] {cells.count, f.size(1)}, f.options())
                .index_add(0, owners, f.mul(shares.unsqueeze(1))); // [n, C]
        Tensor nearness =
                f.matmul(means.t()).sub(means.square().sum(1).mul(HALF)); // [K, n], but for ½‖f‖², the same for all
        Tensor each = torch.cross_entropy_loss(nearness, owners, new TensorOptional(), NO_REDUCTION, IGNORED_CLASS, 0);
        return each.mul(shares).sum();
    }

    /**
     * Which cell of the mask features is whose.
     *
     * @param places of cells that have a segment
     * @param owners their segments, numbered anew from 0 without those that have no cell
     * @param shares one over the cells of the segment
     * @param count of segments
     */
    private record Cells(int[] places, int[] owners, float[] shares, int count) {
        static Cells of(Target target, int height, int width, boolean background) {
            int[] owner = new int[height * width];
            Arrays.fill(owner, background ? target.count() : NOTHING);
            int step = target.height() / height;
            byte[] row = new byte[target.width()];
            for (int s = 0; s < target.count(); s++) {
                for (int y = 0; y < height; y++) {
                    int line = y * step + step / 2;
                    target.masks().data().get((s * target.height() + line) * target.width(), row);
                    for (int x = 0; x < width; x++) {
                        if (row[x * step + step / 2] != 0) {
                            owner[y * width + x] = s;
                        }
                    }
                }
            }
            return of(owner, target.count() + 1);
        }

        private static Cells of(int[] owner, int most) {
            int[] sizes = new int[most];
            int used = 0;
            for (int o : owner) {
                if (o != NOTHING) {
                    sizes[o]++;
                    used++;
                }
            }
            int[] number = new int[most];
            int count = 0;
            for (int s = 0; s < most; s++) {
                number[s] = sizes[s] > 0 ? count++ : NOTHING;
            }
            int[] places = new int[used];
            int[] owners = new int[used];
            float[] shares = new float[used];
            int k = 0;
            for (int i = 0; i < owner.length; i++) {
                if (owner[i] != NOTHING) {
                    places[k] = i;
                    owners[k] = number[owner[i]];
                    shares[k++] = 1f / sizes[owner[i]];
                }
            }
            return new Cells(places, owners, shares, count);
        }
    }
}
