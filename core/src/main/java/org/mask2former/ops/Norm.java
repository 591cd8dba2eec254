package org.mask2former.ops;

/**
 * Layer norm (over the last dimension) or, with groups, group norm (over pixels and the channels of a group).
 *
 * @param weight {@code [C]}
 * @param bias {@code [C]}
 */
public record Norm(Parameter weight, Parameter bias, double eps) {
    public static final double DEFAULT_EPS = 1e-5;

    public int channels() {
        return weight.shape()[0];
    }
}
