package org.mask2former.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Parameter;

/** Makes layers under the names the hub's checkpoints use, and keeps the list of all parameters made. */
final class Names {
    private final String prefix;
    private final List<Parameter> parameters;

    private Names(String prefix, List<Parameter> parameters) {
        this.prefix = prefix;
        this.parameters = parameters;
    }

    static Names root() {
        return new Names("", new ArrayList<>());
    }

    Names in(String part) {
        return new Names(prefix + part + ".", parameters);
    }

    Names in(String part, int index) {
        return in(part + "." + index);
    }

    /** All parameters made below the root so far. */
    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    Parameter parameter(String name, int... shape) {
        Parameter p = new Parameter(prefix + name, shape);
        parameters.add(p);
        return p;
    }

    Linear linear(String name, int in, int out) {
        return linear(name, in, out, true);
    }

    Linear linear(String name, int in, int out, boolean bias) {
        Parameter weight = parameter(name + ".weight", out, in);
        return bias ? Linear.of(weight, parameter(name + ".bias", out)) : Linear.withoutBias(weight);
    }

    /** A 1×1 convolution, which is a linear layer on every pixel. */
    Linear conv1x1(String name, int in, int out, boolean bias) {
        Parameter weight = parameter(name + ".weight", out, in, 1, 1);
        return bias ? Linear.of(weight, parameter(name + ".bias", out)) : Linear.withoutBias(weight);
    }

    Conv2d conv(String name, int in, int out, int kernel, int stride, int padding, boolean bias) {
        return new Conv2d(
                parameter(name + ".weight", out, in, kernel, kernel),
                bias ? Optional.of(parameter(name + ".bias", out)) : Optional.empty(),
                stride,
                padding,
                Optional.empty());
    }

    /** A convolution without bias and the frozen batch norm after it. */
    Conv2d convBatchNorm(String conv, String norm, int in, int out, int kernel, int stride) {
        return new Conv2d(
                parameter(conv + ".weight", out, in, kernel, kernel),
                Optional.empty(),
                stride,
                kernel / 2,
                Optional.of(new Conv2d.BatchNorm(
                        parameter(norm + ".weight", out),
                        parameter(norm + ".bias", out),
                        parameter(norm + ".running_mean", out),
                        parameter(norm + ".running_var", out))));
    }

    Norm norm(String name, int channels) {
        return norm(name, channels, Norm.DEFAULT_EPS);
    }

    Norm norm(String name, int channels, double eps) {
        return new Norm(parameter(name + ".weight", channels), parameter(name + ".bias", channels), eps);
    }
}
