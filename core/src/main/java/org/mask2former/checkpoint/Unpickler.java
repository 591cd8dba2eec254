package org.mask2former.checkpoint;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.mask2former.checkpoint.PickleValue.Global;
import org.mask2former.checkpoint.PickleValue.None;
import org.mask2former.checkpoint.PickleValue.Tuple;

/**
 * Reads one pickle, protocols 0 to 5, into plain data. It runs nothing: names of Python are looked up in
 * {@link PickleConstructors} alone, and any other ends the reading. Its memory is bounded by {@link #MAX_HEAP}, whatever
 * the pickle says; the bytes of arrays stay in the file. It does not recurse.
 *
 * <p>The format: CPython's {@code Lib/pickletools.py}.
 */
final class Unpickler {
    /** Estimated bytes of the values one pickle may make; a checkpoint of Swin-L with its optimizer takes 10 MB. */
    static final long MAX_HEAP = 128L << 20;
    /** The same for a pickle inside another one, which may hold many such; it describes one storage. */
    static final long MAX_NESTED_HEAP = 64L << 10;
    /** Longer texts stay in the file. */
    static final int MAX_STRING = 4096;

    private static final int MAX_LINE = 1024;
    private static final int MAX_TEXT_LINE = 16 << 20;
    private static final int MAX_INTEGER_BYTES = 255;

    private final PickleInput in;
    private final PickleConstructors constructors;
    private final Function<Object, Object> persistent;
    private final PickleStack stack;

    /**
     * @param nested whether the pickle lies inside another one's bytes
     * @param persistent resolves the references to what lies outside the pickle (PyTorch's storages)
     */
    Unpickler(PickleInput in, boolean nested, Function<Object, Object> persistent) {
        this.in = in;
        this.constructors = new PickleConstructors(in.path(), nested);
        this.persistent = persistent;
        this.stack = new PickleStack(in, nested ? MAX_NESTED_HEAP : MAX_HEAP);
    }

    /** The value of a pickle that refers to nothing outside. */
    static Object load(PickleInput in) {
        return new Unpickler(in, false, id -> {
                    throw in.damaged("a reference to outside");
                })
                .load();
    }

    /** The value that the pickle holds; the input is left behind its last byte. */
    Object load() {
        for (int op = in.u8(); op != PickleOp.STOP; op = in.u8()) {
            execute(op);
        }
        return stack.pop();
    }

    private void execute(int op) {
        switch (op) {
            case PickleOp.PROTO -> protocol(in.u8());
            case PickleOp.FRAME -> in.i64(); // only a hint for buffering
            case PickleOp.NONE -> stack.push(None.NONE);
            case PickleOp.NEWTRUE -> stack.push(true);
            case PickleOp.NEWFALSE -> stack.push(false);
            case PickleOp.BININT -> stack.push((long) in.i32());
            case PickleOp.BININT1 -> stack.push((long) in.u8());
            case PickleOp.BININT2 -> stack.push((long) in.u16());
            case PickleOp.BINFLOAT -> stack.push(in.bigEndianDouble());
            case PickleOp.INT, PickleOp.LONG -> stack.push(decimal(in.line(MAX_LINE)));
            case PickleOp.FLOAT -> stack.push(decimalFloat(in.line(MAX_LINE)));
            case PickleOp.LONG1 -> stack.push(integer(in.u8()));
            case PickleOp.LONG4 -> stack.push(integer(in.i32()));
            case PickleOp.SHORT_BINUNICODE -> stack.push(text(in.u8()));
            case PickleOp.BINUNICODE -> stack.push(text(in.u32()));
            case PickleOp.BINUNICODE8 -> stack.push(text(in.i64()));
            case PickleOp.UNICODE -> stack.push(TextLines.rawUnicode(stack.charge(in.line(MAX_TEXT_LINE))));
            case PickleOp.STRING -> stack.push(TextLines.quoted(in, stack.charge(in.line(MAX_TEXT_LINE))));
            case PickleOp.SHORT_BINSTRING -> stack.push(latin1(in.u8()));
            case PickleOp.BINSTRING -> stack.push(latin1(in.i32()));
            case PickleOp.SHORT_BINBYTES -> stack.push(new PickleValue.Bytes(in.bytes(in.u8())));
            case PickleOp.BINBYTES -> stack.push(new PickleValue.Bytes(in.bytes(in.u32())));
            case PickleOp.BINBYTES8, PickleOp.BYTEARRAY8 -> stack.push(new PickleValue.Bytes(in.bytes(in.i64())));
            case PickleOp.EMPTY_LIST -> stack.push(new ArrayList<>());
            case PickleOp.EMPTY_DICT -> stack.push(new LinkedHashMap<>());
            case PickleOp.EMPTY_SET -> stack.push(new LinkedHashSet<>());
            case PickleOp.EMPTY_TUPLE -> stack.push(new Tuple(List.of()));
            case PickleOp.TUPLE1 -> stack.push(stack.tuple(1));
            case PickleOp.TUPLE2 -> stack.push(stack.tuple(2));
            case PickleOp.TUPLE3 -> stack.push(stack.tuple(3));
            case PickleOp.TUPLE -> stack.push(new Tuple(stack.popToMark()));
            case PickleOp.LIST -> stack.push(stack.popToMark());
            case PickleOp.DICT -> {
                List<Object> items = stack.popToMark();
                Map<Object, Object> map = new LinkedHashMap<>();
                put(map, items);
                stack.push(map);
            }
            case PickleOp.FROZENSET -> {
                List<Object> items = stack.popToMark();
                Set<Object> set = new LinkedHashSet<>();
                items.forEach(item -> set.add(constructors.key(item)));
                stack.push(set);
            }
            case PickleOp.APPEND -> append(List.of(stack.pop()));
            case PickleOp.APPENDS -> append(stack.popToMark());
            case PickleOp.SETITEM -> {
                Object value = stack.pop();
                Object key = stack.pop();
                put(stack.peek(), List.of(key, value));
            }
            case PickleOp.SETITEMS -> {
                List<Object> items = stack.popToMark();
                put(stack.peek(), items);
            }
            case PickleOp.ADDITEMS -> {
                List<Object> items = stack.popToMark();
                if (!(stack.peek() instanceof Set<?> set)) {
                    throw in.damaged("items for a set where none is");
                }
                items.forEach(item -> add(set, constructors.key(item)));
            }
            case PickleOp.MARK -> stack.mark();
            case PickleOp.POP -> stack.popValueOrMark();
            case PickleOp.POP_MARK -> stack.popToMark();
            case PickleOp.DUP -> stack.push(stack.peek());
            case PickleOp.GET -> stack.push(stack.recall(line()));
            case PickleOp.BINGET -> stack.push(stack.recall(in.u8()));
            case PickleOp.LONG_BINGET -> stack.push(stack.recall(in.u32()));
            case PickleOp.PUT -> stack.memorize(line());
            case PickleOp.BINPUT -> stack.memorize(in.u8());
            case PickleOp.LONG_BINPUT -> stack.memorize(in.u32());
            case PickleOp.MEMOIZE -> stack.memorizeNext();
            case PickleOp.GLOBAL -> stack.push(global(in.line(MAX_LINE), in.line(MAX_LINE)));
            case PickleOp.STACK_GLOBAL -> {
                Object name = stack.pop();
                Object module = stack.pop();
                if (!(name instanceof String n) || !(module instanceof String m)) {
                    throw in.damaged("a name that is not a string");
                }
                stack.push(global(m, n));
            }
            case PickleOp.REDUCE, PickleOp.NEWOBJ -> {
                Object arguments = stack.pop();
                stack.push(call(stack.pop(), arguments));
            }
            case PickleOp.NEWOBJ_EX -> {
                Object keywords = stack.pop();
                Object arguments = stack.pop();
                if (!(keywords instanceof Map<?, ?> map) || !map.isEmpty()) {
                    throw in.damaged("a call with keyword arguments, which no checkpoint needs");
                }
                stack.push(call(stack.pop(), arguments));
            }
            case PickleOp.BUILD -> {
                Object state = stack.pop();
                constructors.build(stack.peek(), state);
            }
            case PickleOp.BINPERSID -> stack.push(persistent.apply(stack.pop()));
            case PickleOp.INST -> throw forbidden(in.line(MAX_LINE) + "." + in.line(MAX_LINE));
            case PickleOp.OBJ, PickleOp.EXT1, PickleOp.EXT2, PickleOp.EXT4, PickleOp.PERSID ->
                throw forbidden("an object by a way that no checkpoint uses (opcode " + op + ")");
            case PickleOp.NEXT_BUFFER, PickleOp.READONLY_BUFFER ->
                throw in.damaged("an array kept outside of the file");
            default -> throw in.damaged("an unknown opcode, " + op);
        }
    }

    private void protocol(int version) {
        if (version > 5) {
            throw in.damaged("pickle protocol " + version + ", newer than the last known one, 5,");
        }
    }

    private Global global(String module, String name) {
        if (!constructors.isKnown(module, name)) {
            throw forbidden(module + "." + name);
        }
        return new Global(module, name);
    }

    private CheckpointException forbidden(String what) {
        String shown = what.length() > 80 ? what.substring(0, 80) + "…" : what;
        return new CheckpointException(in.path() + " asks Python for " + shown
                + ", which no checkpoint needs; nothing of it was run. If you trust its author, load it in Python and save"
                + " the weights alone, as safetensors");
    }

    private Object call(Object callee, Object arguments) {
        if (!(callee instanceof Global global) || !(arguments instanceof Tuple tuple)) {
            throw in.damaged("a call of something that is no function");
        }
        tuple.items().forEach(argument -> stack.charge(size(argument)));
        return constructors.call(global, tuple.items());
    }

    /** What a constructor may at most copy of an argument. */
    private static long size(Object argument) {
        if (argument instanceof String s) {
            return s.length();
        }
        int items = argument instanceof Collection<?> c
                ? c.size()
                : argument instanceof Map<?, ?> m
                        ? m.size()
                        : argument instanceof Tuple t ? t.items().size() : 1;
        return (long) PickleStack.OBJECT_COST * items;
    }

    private void append(List<Object> items) {
        if (!(stack.peek() instanceof List<?> list)) {
            throw in.damaged("items for a list where none is");
        }
        @SuppressWarnings("unchecked") // only this class makes lists, and they hold anything
        List<Object> target = (List<Object>) list;
        target.addAll(items);
    }

    @SuppressWarnings("unchecked") // as for lists
    private static void add(Set<?> set, Object item) {
        ((Set<Object>) set).add(item);
    }

    private void put(Object target, List<Object> keysAndValues) {
        if (!(target instanceof Map<?, ?> map) || keysAndValues.size() % 2 != 0) {
            throw in.damaged("entries for a dictionary where none is");
        }
        @SuppressWarnings("unchecked") // as for lists
        Map<Object, Object> entries = (Map<Object, Object>) map;
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            entries.put(constructors.key(keysAndValues.get(i)), keysAndValues.get(i + 1));
        }
    }

    private Object text(long length) {
        ByteSource utf8 = in.bytes(length);
        return length > MAX_STRING ? new PickleValue.Text(utf8) : stack.charge(PickleInput.utf8(utf8));
    }

    /** A Python 2 {@code str}: text or bytes, nobody knows. */
    private Object latin1(int length) {
        ByteSource bytes = in.bytes(length);
        if (length > MAX_STRING) {
            return new PickleValue.Text(bytes);
        }
        return stack.charge(StandardCharsets.ISO_8859_1.decode(bytes.all()).toString());
    }

    private Object integer(int length) {
        if (length < 0 || length > MAX_INTEGER_BYTES) {
            throw in.damaged("a whole number of " + length + " bytes");
        }
        ByteBuffer littleEndian = in.bytes(length).all();
        byte[] bigEndian = new byte[length];
        for (int i = 0; i < length; i++) {
            bigEndian[length - 1 - i] = littleEndian.get(i);
        }
        return narrow(length == 0 ? BigInteger.ZERO : new BigInteger(bigEndian));
    }

    private Object decimal(String line) {
        switch (line) {
            case "00":
                return false;
            case "01":
                return true;
            default:
                try {
                    return narrow(new BigInteger(line.endsWith("L") ? line.substring(0, line.length() - 1) : line));
                } catch (NumberFormatException e) {
                    throw in.damaged("something that is not a number");
                }
        }
    }

    private double decimalFloat(String line) {
        try {
            return Double.parseDouble(line);
        } catch (NumberFormatException e) {
            throw in.damaged("something that is not a number");
        }
    }

    private static Object narrow(BigInteger value) {
        return value.bitLength() < 64 ? (Object) value.longValue() : value;
    }

    private long line() {
        Object number = decimal(in.line(MAX_LINE));
        if (!(number instanceof Long n)) {
            throw in.damaged("a memo number that is none");
        }
        return n;
    }
}
