package org.mask2former.train;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.Mask2FormerException;

/**
 * The processes that train one model together, as one of them sees them. All make the same calls in the same order, and a call
 * returns when all have made it. For one thread.
 *
 * <p>Every call throws {@link LostProcessException} where another process has ended.
 */
public interface Processes extends AutoCloseable {
    /** One process trains alone, and all this costs nothing. */
    Processes ALONE = new Alone();

    /** Which of them this is. */
    Shard shard();

    /** Whether this is the one that writes files and speaks to people. */
    default boolean isFirst() {
        return shard().rank() == 0;
    }

    /** Adds numbers up over all processes. */
    double[] sum(double... numbers);

    /** Adds a dense float32 tensor up over all processes, in place: to the same bits in all of them. */
    void sum(Tensor tensor);

    /** Gives all processes a copy of what the first one has in a dense tensor. */
    void copyFirst(Tensor tensor);

    /** What every process has to say, in their order. */
    List<String> gather(String text);

    /** Does what the first process alone has to do, while the others wait, however long it takes. */
    void first(Runnable work);

    /** Tells the others why this process will end. */
    void fail(String reason);

    /** Does work that ends in all processes if it ends badly in one. */
    default <R> R together(Supplier<R> work) {
        try {
            return work.get();
        } catch (LostProcessException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            fail(e instanceof Mask2FormerException ? String.valueOf(e.getMessage()) : e.toString());
            throw e;
        }
    }

    /** Leaves the others; the first process waits a little for them to have left. */
    @Override
    void close();

    /** See {@link #ALONE}. */
    final class Alone implements Processes {
        private Alone() {}

        @Override
        public Shard shard() {
            return Shard.WHOLE;
        }

        @Override
        public double[] sum(double... numbers) {
            return numbers;
        }

        @Override
        public void sum(Tensor tensor) {}

        @Override
        public void copyFirst(Tensor tensor) {}

        @Override
        public List<String> gather(String text) {
            return List.of(text);
        }

        @Override
        public void first(Runnable work) {
            work.run();
        }

        @Override
        public void fail(String reason) {}

        @Override
        public void close() {}
    }
}
