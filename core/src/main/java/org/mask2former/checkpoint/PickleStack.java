package org.mask2former.checkpoint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.PickleValue.Tuple;

/**
 * The memory of the machine that a pickle is a program for: its stack, the marks that begin groups on it, and its memo. What
 * is put there is counted, and too much of it ends the reading; so does taking what is not there.
 */
final class PickleStack {
    /** Estimated bytes of a reference and what it refers to. */
    static final int OBJECT_COST = 48;

    private final PickleInput in;
    private final long maxHeap;
    private final Map<Long, Object> memo = new HashMap<>();
    private final List<Integer> marks = new ArrayList<>();
    private final List<Object> stack = new ArrayList<>();
    private long heap;

    /** @param in the pickle, for errors */
    PickleStack(PickleInput in, long maxHeap) {
        this.in = in;
        this.maxHeap = maxHeap;
    }

    void push(Object value) {
        charge(OBJECT_COST);
        stack.add(value);
    }

    Object pop() {
        Object top = peek();
        stack.remove(stack.size() - 1);
        return top;
    }

    Object peek() {
        if (stack.size() <= floor()) {
            throw in.damaged("fewer values than it needs");
        }
        return stack.get(stack.size() - 1);
    }

    /** Begins a group. */
    void mark() {
        charge(OBJECT_COST);
        marks.add(stack.size());
    }

    /** The values of the innermost group, which ends. */
    List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw in.damaged("the end of a group that has no start");
        }
        List<Object> top = stack.subList(marks.remove(marks.size() - 1), stack.size());
        List<Object> items = new ArrayList<>(top);
        top.clear();
        return items;
    }

    /** Drops the value on top, or the mark where a group has none. */
    void popValueOrMark() {
        if (!marks.isEmpty() && marks.get(marks.size() - 1) == stack.size()) {
            marks.remove(marks.size() - 1);
        } else {
            pop();
        }
    }

    /** Takes the values on top as a tuple. */
    Tuple tuple(int size) {
        int from = stack.size() - size;
        if (from < floor()) {
            throw in.damaged("fewer values than it needs");
        }
        List<Object> items = stack.subList(from, stack.size());
        Tuple tuple = new Tuple(List.copyOf(items));
        items.clear();
        return tuple;
    }

    /** Below this the stack belongs to an outer group. */
    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    /** Keeps the value on top, which stays there, in an entry of the memo. */
    void memorize(long index) {
        charge(OBJECT_COST);
        memo.put(index, peek());
    }

    /** As {@link #memorize(long)}, in the next entry. */
    void memorizeNext() {
        memorize(memo.size());
    }

    Object recall(long index) {
        @Nullable Object value = memo.get(index);
        if (value == null) {
            throw in.damaged("a reference to entry " + index + " of the memo, which is not there,");
        }
        return value;
    }

    String charge(String text) {
        charge(2L * text.length());
        return text;
    }

    /** Counts bytes that a value takes. */
    void charge(long bytes) {
        heap += bytes;
        if (heap > maxHeap) {
            String limit = maxHeap >= 1 << 20 ? (maxHeap >> 20) + " MB" : (maxHeap >> 10) + " KB";
            throw new CheckpointException(in.path() + " describes more than " + limit
                    + " of values beside its arrays, far more than a checkpoint needs; save the weights alone, as"
                    + " safetensors");
        }
    }
}
