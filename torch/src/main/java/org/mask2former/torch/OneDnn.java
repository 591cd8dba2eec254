package org.mask2former.torch;

import java.util.Optional;
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
 * oneDNN's operators that fuse what follows a product into it. They have no binding, so they are called by name through
 * libtorch's dispatcher. What is constant here lives as long as the process.
 */
final class OneDnn {
    static final IValue NONE = Tensors.forever(new IValue("none"));
    static final IValue ADD = Tensors.forever(new IValue("add"));
    static final IValue EMPTY_STRING = Tensors.forever(new IValue(""));
    static final IValue NO_SCALARS;

    private static final IValue RELU = Tensors.forever(new IValue("relu"));
    private static final IValue GELU = Tensors.forever(new IValue("gelu"));
    private static final CompilationUnit UNIT;

    static {
        // An empty List[Optional[number]] can only be had from TorchScript: building one by hand aborts the JVM.
        UNIT = Tensors.forever(torch.compile("def no_scalars() -> List[Optional[number]]:\n"
                + "    x: List[Optional[number]] = []\n    return x\n"));
        NO_SCALARS = Tensors.forever(
                UNIT.get_function(new QualifiedName("no_scalars")).apply(new IValueVector()));
    }

    private OneDnn() {}

    /** An operator of this libtorch, such as {@code mkldnn::_linear_pointwise}. */
    static OperatorHandle find(String name, String overload) {
        return Tensors.forever(Dispatcher.singleton().findSchemaOrThrow(name, overload));
    }

    /** The operator's first result; of the scope around. */
    static Tensor call(OperatorHandle operator, IValue... arguments) {
        IValueVector stack = new IValueVector(arguments);
        operator.callBoxed(stack);
        return new Tensor(stack.get(0).toTensor());
    }

    /** An activation as these operators name it. */
    static IValue attribute(Activation activation) {
        return switch (activation) {
            case NONE -> NONE;
            case RELU -> RELU;
            case GELU -> GELU;
        };
    }

    /** Which of an activation's forms: GELU has two, and "none" is the exact one. The others take no algorithm. */
    static IValue algorithm(Activation activation) {
        return activation == Activation.GELU ? NONE : EMPTY_STRING;
    }

    /** A type as these operators name it; lives until it is closed. */
    static IValue type(torch.ScalarType type) {
        return Tensors.forever(new IValue((long) type.value));
    }

    static IValue optional(Optional<Tensor> tensor) {
        return tensor.map(IValue::new).orElseGet(IValue::new);
    }
}
