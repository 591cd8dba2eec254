package org.mask2former.ops;

/**
 * The network that ends every layer of a transformer: {@code contract(activation(expand(x)))}.
 *
 * @param dropRate of stochastic depth while training, see {@link Ops#linearAdd(Object, Object, Linear, double)}; 0 for none
 */
public record FeedForward(Linear expand, Activation activation, Linear contract, double dropRate) {
    public FeedForward(Linear expand, Activation activation, Linear contract) {
        this(expand, activation, contract, 0);
    }
}
