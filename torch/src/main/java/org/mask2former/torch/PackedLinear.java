package org.mask2former.torch;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Activation;

/**
 * A linear layer through oneDNN: the weight is laid out once for the processor, and what follows the product (activation,
 * residual sum) happens while the result is in cache. Two to three times as fast as libtorch's own float32 {@code linear},
 * which runs on OpenBLAS. For inference on a CPU; not differentiable.
 *
 * <p>The operators behind it have no binding, so they are called by name through libtorch's dispatcher.
 */
final class PackedLinear implements LinearKernel {
    private final Tensor weight;
    private final Optional<Tensor> bias;

    private PackedLinear(Tensor weight, Optional<Tensor> bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** Whether the operators are in this libtorch and do what they should; finds out by trying. */
    static boolean isAvailable() {
        try (PointerScope scope = new PointerScope();
                PackedLinear layer = of(torch.ones(4, 3), Optional.empty())) {
            return layer.run(torch.ones(2, 3), Activation.NONE).sum().item_float() == 2 * 4 * 3;
        } catch (RuntimeException | ExceptionInInitializerError | NoClassDefFoundError e) { // not in this build
            return false;
        }
    }

    static PackedLinear of(Tensor weight, Optional<Tensor> bias) {
        try (PointerScope scope = new PointerScope()) {
            Tensor packed = Operators.call(Operators.PACK, new IValue(weight), new IValue());
            return new PackedLinear(Tensors.detach(packed), bias.map(b -> Tensors.detach(b.clone())));
        }
    }

    @Override
    public Tensor run(Tensor x, Activation activation) {
        return run(x, weight, bias, activation);
    }

    private static Tensor run(Tensor x, Tensor weight, Optional<Tensor> bias, Activation activation) {
        try (PointerScope scope = new PointerScope()) {
            IValue attribute = switch (activation) {
                case NONE -> Operators.NONE;
                case RELU -> Operators.RELU;
                case GELU -> Operators.GELU;
            };
            // GELU has two forms; "none" is the exact one. The other activations take no algorithm.
            IValue algorithm = activation == Activation.GELU ? Operators.NONE : Operators.EMPTY_STRING;
            Tensor result = Operators.call(
                    Operators.LINEAR,
                    new IValue(x),
                    new IValue(weight),
                    optional(bias),
                    attribute,
                    Operators.NO_SCALARS,
                    algorithm);
            return Tensors.detach(result);
        }
    }

    @Override
    public Tensor runAdd(Tensor residual, Tensor x) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = Operators.call(
                    Operators.LINEAR_BINARY,
                    new IValue(x),
                    new IValue(residual),
                    new IValue(weight),
                    optional(bias),
                    Operators.ADD);
            return Tensors.detach(result);
        }
    }

    /**
     * The same with a weight that is used once, so that packing it would not pay.
     *
     * @param weight {@code [out, in]}, may be a view in any order
     */
    static Tensor product(Tensor x, Tensor weight, Optional<Tensor> bias, Activation activation) {
        return run(x, weight, bias, activation);
    }

    private static IValue optional(Optional<Tensor> tensor) {
        return tensor.map(IValue::new).orElseGet(IValue::new);
    }

    @Override
    public void close() {
        weight.close();
        bias.ifPresent(Tensor::close);
    }

    /** The operators and their constant arguments; they live as long as the process. */
    private static final class Operators {
        static final OperatorHandle PACK;
        static final OperatorHandle LINEAR;
        static final OperatorHandle LINEAR_BINARY;
        static final IValue NONE = Tensors.forever(new IValue("none"));
        static final IValue RELU = Tensors.forever(new IValue("relu"));
        static final IValue GELU = Tensors.forever(new IValue("gelu"));
        static final IValue ADD = Tensors.forever(new IValue("add"));
        static final IValue EMPTY_STRING = Tensors.forever(new IValue(""));
        static final IValue NO_SCALARS;
        private static final CompilationUnit UNIT;

        static {
            // An empty List[Optional[number]] can only be had from TorchScript: building one by hand aborts the JVM.
            UNIT = Tensors.forever(torch.compile("def no_scalars() -> List[Optional[number]]:\n"
                    + "    x: List[Optional[number]] = []\n    return x\n"));
            NO_SCALARS = Tensors.forever(
                    UNIT.get_function(new QualifiedName("no_scalars")).apply(new IValueVector()));
            PACK = find("mkldnn::_reorder_linear_weight", "");
            LINEAR = find("mkldnn::_linear_pointwise", "");
            LINEAR_BINARY = find("mkldnn::_linear_pointwise", "binary");
        }

        private static OperatorHandle find(String name, String overload) {
            return Tensors.forever(Dispatcher.singleton().findSchemaOrThrow(name, overload));
        }

        static Tensor call(OperatorHandle operator, IValue... arguments) {
            IValueVector stack = new IValueVector(arguments);
            operator.callBoxed(stack);
            return new Tensor(stack.get(0).toTensor());
        }
    }
}
