package org.mask2former.torch;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One operation on many tensors: a GPU takes as long to begin an operation on one weight as to work through hundreds. They change
 * tensors in place and know no gradients. libtorch's bindings lack them, so they are called by name.
 */
public final class Foreach {
    private static final OperatorHandle SCALE = find("aten::_foreach_mul_", "Scalar");
    private static final OperatorHandle LERP = find("aten::_foreach_lerp_", "Scalar");
    private static final OperatorHandle NORM = find("aten::_foreach_norm", "Scalar");
    private static final OperatorHandle ADAM_W = find("aten::_fused_adamw_", "");

    private Foreach() {}

    private static OperatorHandle find(String name, String overload) {
        Torch.load();
        return Tensors.forever(Dispatcher.singleton().findSchemaOrThrow(name, overload));
    }

    /** {@code t ← factor · t} */
    public static void scale(List<Tensor> tensors, double factor) {
        if (!tensors.isEmpty()) {
            try (PointerScope scope = new PointerScope()) {
                SCALE.callBoxed(new IValueVector(list(tensors), new IValue(new Scalar(factor))));
            }
        }
    }

    /** {@code t ← t + share · (towards − t)} */
    public static void lerp(List<Tensor> tensors, List<Tensor> towards, double share) {
        if (!tensors.isEmpty()) {
            try (PointerScope scope = new PointerScope()) {
                LERP.callBoxed(new IValueVector(list(tensors), list(towards), new IValue(new Scalar(share))));
            }
        }
    }

    /** The length of all of them as one vector; not a number, or infinite, if one of their elements is. */
    public static double norm(List<Tensor> tensors) {
        if (tensors.isEmpty()) {
            return 0;
        }
        try (PointerScope scope = new PointerScope()) {
            IValueVector stack =
                    new IValueVector(list(tensors), new IValue(new Scalar(2)), new IValue()); // in the type they have
            NORM.callBoxed(stack);
            return torch.stack(stack.get(0).toTensorVector()).norm().item_double();
        }
    }

    /**
     * The numbers of a step of AdamW.
     *
     * @param count of steps so far, this one included
     */
    public record AdamWStep(
            long count, double learningRate, double beta1, double beta2, double weightDecay, double epsilon) {}

    /** A step of AdamW (Loshchilov and Hutter 2019) as {@code torch.optim.AdamW(fused=True)} computes it. */
    public static void adamW(
            List<Tensor> weights, List<Tensor> gradients, List<Tensor> means, List<Tensor> squares, AdamWStep step) {
        if (weights.isEmpty()) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor count = torch.full(
                    new long[] {},
                    new Scalar((double) step.count),
                    weights.get(0).options());
            List<Tensor> counts = weights.stream().map(w -> count).toList();
            ADAM_W.callBoxed(new IValueVector(
                    list(weights),
                    list(gradients),
                    list(means),
                    list(squares),
                    list(List.of()),
                    list(counts),
                    new IValue(step.learningRate),
                    new IValue(step.beta1),
                    new IValue(step.beta2),
                    new IValue(step.weightDecay),
                    new IValue(step.epsilon),
                    new IValue(false), // AMSGrad
                    new IValue(false), // maximise
                    new IValue(), // no scale of gradients
                    new IValue())); // and no search for infinite ones
        }
    }

    /** By way of a pointer, for a list made of its element type ends the process. */
    private static IValue list(List<Tensor> tensors) {
        TensorVector vector = new TensorVector(tensors.toArray(new Tensor[0]));
        return new IValue(new GenericList((Pointer) new TensorList(vector)));
    }
}
