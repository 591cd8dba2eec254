package org.mask2former.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.torch.TrainableWeights;

/**
 * The gradients of several processes, each of which knows those of its part of the batch. They travel many in one piece, for a
 * message costs more than what is in it.
 */
final class SharedGradients {
    /** Elements of a piece, 4 bytes each; a weight that is larger travels alone. */
    private static final long PIECE = 6_000_000;

    private SharedGradients() {}

    /** Adds them up over all processes. */
    static void sum(TrainableWeights weights, Set<String> names, Processes processes) {
        if (processes.shard().count() == 1) {
            return;
        }
        try (NoGradGuard constants = new NoGradGuard()) {
            List<Tensor> piece = new ArrayList<>();
            long elements = 0;
            for (String name : names) {
                Tensor weight = weights.tensor(name);
                if (elements + weight.numel() > PIECE && !piece.isEmpty()) {
                    sum(piece, elements, processes);
                    piece.clear();
                    elements = 0;
                }
                piece.add(weight);
                elements += weight.numel();
            }
            sum(piece, elements, processes);
        }
    }

    /** Beside the elements there is a number for each weight: how many processes had a gradient for it at all. */
    private static void sum(List<Tensor> piece, long elements, Processes processes) {
        try (PointerScope scope = new PointerScope()) {
            Tensor flat = torch.zeros(elements + piece.size());
            Tensor present = flat.narrow(0, elements, piece.size());
            long at = 0;
            for (int i = 0; i < piece.size(); i++) {
                Tensor gradient = piece.get(i).grad();
                if (gradient.defined()) {
                    part(flat, at, piece.get(i)).copy_(gradient);
                    present.select(0, i).fill_(new Scalar(1));
                }
                at += piece.get(i).numel();
            }
            processes.sum(flat);
            at = 0;
            for (int i = 0; i < piece.size(); i++) {
                Tensor weight = piece.get(i);
                Tensor sum = part(flat, at, weight);
                if (weight.grad().defined()) {
                    weight.grad().copy_(sum);
                } else if (present.select(0, i).item_float() > 0) {
                    weight.mutable_grad().put(sum.clone());
                }
                at += weight.numel();
            }
        }
    }

    private static Tensor part(Tensor flat, long from, Tensor weight) {
        return flat.narrow(0, from, weight.numel()).view(weight.shape());
    }
}
