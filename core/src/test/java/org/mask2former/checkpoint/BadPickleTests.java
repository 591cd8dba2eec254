package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Fixtures;

/** Pickles are written here as Latin-1 text, one character for each byte. */
class BadPickleTests {
    private static final String PROTO = "\u0080\u0004";
    /** Begins {@code {"model": {"x": }; what follows makes the value. */
    private static final String MODEL = PROTO + "}\u008c\u0005model}\u008c\u0001x";

    private static final String END = "ss.";
    private static final String ARRAY =
            "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\u0000\u0085C\u0001b\u0087R";
    private static final String FLOAT32 = "cnumpy\ndtype\n\u008c\u0002f4\u0089\u0088\u0087R";

    @TempDir
    Path folder;

    static Stream<Arguments> pickles() throws IOException {
        String good = new String(
                Files.readAllBytes(Fixtures.path("pickle-variants/numpy2-protocol4.pkl")), StandardCharsets.ISO_8859_1);
        String nested = new String(TorchFile.LEGACY_MAGIC, StandardCharsets.ISO_8859_1) + "\u0080\u0002M\u00e9\u0003."
                + "\u0080\u0002}." + "cos\nsystem\n\u008c\u0004true\u0085R.";
        return Stream.of(
                bad("os.system by REDUCE", "os.system", PROTO + "cos\nsystem\n\u008c\u0002id\u0085R."),
                bad(
                        "posix.system by STACK_GLOBAL",
                        "posix.system",
                        PROTO + "\u008c\u0005posix\u008c\u0006system\u0093\u008c\u0002id\u0085R."),
                bad("eval", "builtins.eval", PROTO + "cbuiltins\neval\n\u008c\u00011\u0085R."),
                bad(
                        "eval, as Python 2 has it",
                        "__builtin__.eval",
                        PROTO + "c__builtin__\neval\n\u008c\u00011\u0085R."),
                bad("getattr", "builtins.getattr", PROTO + "cbuiltins\ngetattr\n)R."),
                bad("a name that is never called", "nt.system", PROTO + "}\u008c\u0005modelcnt\nsystem\ns."),
                bad(
                        "a name with dots",
                        "collections.OrderedDict.fromkeys",
                        PROTO + "ccollections\nOrderedDict.fromkeys\n)R."),
                bad("a function of a known module", "torch.load", PROTO + "ctorch\nload\n)R."),
                bad("a numpy function", "numpy.load", PROTO + "cnumpy\nload\n)R."),
                bad("INST", "os.system", PROTO + "(\u008c\u0002idios\nsystem\n."),
                bad("OBJ", "opcode 111", PROTO + "(ccollections\nOrderedDict\no."),
                bad("NEWOBJ", "subprocess.Popen", PROTO + "csubprocess\nPopen\n\u008c\u0002id\u0085\u0081."),
                bad("NEWOBJ_EX", "keyword arguments", PROTO + "ccollections\nOrderedDict\n)}\u008c\u0001aNs\u0092."),
                bad("EXT1", "opcode 130", PROTO + "\u0082\u0001)R."),
                bad("PERSID", "opcode 80", PROTO + "Pid\n."),
                bad("BINPERSID", "a reference to outside", PROTO + "\u008c\u0002idQ."),
                bad("an out-of-band buffer", "outside of the file", PROTO + "\u0097."),
                bad("a call of a string", "a call of something that is no function", PROTO + "\u008c\u0002id)R."),
                bad("a call of a type", "is called", PROTO + "ctorch\nfloat32\n)R."),
                bad("arguments that do not fit", "arguments it does not take", PROTO + "c_codecs\nencode\n)R."),
                bad("a state for a list", "a state is given", PROTO + "]}b."),
                bad(
                        "a hostile pickle inside a tensor",
                        "os.system",
                        MODEL + "ctorch.storage\n_load_from_bytes\nB" + int32(nested.length()) + nested + "\u0085R"
                                + END),
                bad(
                        "a tensor inside a tensor's bytes",
                        "_load_from_bytes",
                        MODEL + "ctorch.storage\n_load_from_bytes\nB"
                                + int32(nested.length() + 21)
                                + nested.replace("cos\nsystem\n", "ctorch.storage\n_load_from_bytes\n")
                                + "\u0085R" + END),
                bad(
                        "a whole number of 2 GB",
                        "a whole number of 2147483647 bytes",
                        PROTO + "\u008b\u00ff\u00ff\u00ff\u007f."),
                bad(
                        "a whole number of negative length",
                        "a whole number of -1 bytes",
                        PROTO + "\u008b\u00ff\u00ff\u00ff\u00ff."),
                bad(
                        "a whole number of a million digits",
                        "a line longer than",
                        PROTO + "L" + "9".repeat(1_000_000) + "\n."),
                bad(
                        "bytes of exabytes",
                        "4611686018427387904 bytes are announced",
                        PROTO + "\u008e\u0000\u0000\u0000\u0000\u0000\u0000\u0000@."),
                bad(
                        "bytes of negative length",
                        "18446744073709551615 bytes are announced",
                        PROTO + "\u008e" + "\u00ff".repeat(8) + "."),
                bad(
                        "a bytearray beyond the file",
                        "bytes are announced",
                        PROTO + "\u0096\u0000\u0010\u0000\u0000\u0000\u0000\u0000\u0000."),
                bad("a text beyond the file", "4294967295 bytes are announced", PROTO + "X\u00ff\u00ff\u00ff\u00ff."),
                bad("five million values", "128 MB of values", PROTO + "]" + "N0".repeat(2_800_000) + "."),
                bad(
                        "a list copied again and again",
                        "128 MB of values",
                        PROTO + "](" + "N".repeat(100_000) + "eq\u00000"
                                + "cbuiltins\nlist\nh\u0000\u0085R0".repeat(1000) + "."),
                bad("a memo that grows", "128 MB of values", PROTO + "]" + "\u0094".repeat(2_800_000) + "."),
                bad(
                        "lists that double",
                        "a single list",
                        PROTO + "]N" + "a2]".repeat(3) + "]" + "q\u0000(h\u0000h\u0000l".repeat(60) + "."),
                bad(
                        "a hundred thousand tuples, one in another",
                        "a single list",
                        PROTO + ")" + "\u0085".repeat(100_000) + "."),
                bad("a list that is its own key", "used as a key", PROTO + "}]2aNs."),
                bad("a dictionary as a key", "used as a key", PROTO + "}}Ns."),
                bad("a memo entry that is not there", "entry 7 of the memo", PROTO + "h\u0007."),
                bad("values that are not there", "fewer values", PROTO + "\u0086."),
                bad("values below a mark", "fewer values", PROTO + "NN(\u0086."),
                bad("the end of a group without start", "no start", PROTO + "t."),
                bad("entries for a number", "entries for a dictionary where none is", PROTO + "K\u0001NNs."),
                bad("items for a number", "items for a list where none is", PROTO + "K\u0001Na."),
                bad("an unknown opcode", "unknown opcode, 255", PROTO + "\u00ff."),
                bad("a protocol of the future", "protocol 9", "\u0080\u0009N."),
                bad("nothing but a start", "ends too early", PROTO),
                bad("an end without value", "fewer values", PROTO + "."),
                bad("a pickle that is cut", "ends too early", good.substring(0, good.length() - 200)),
                bad("a single number", "a single number", PROTO + "K\u0001."),
                bad("an empty dictionary", "its dictionary is empty", PROTO + "}."),
                bad(
                        "a dictionary of numbers",
                        "holds no weights: its dictionary has lr",
                        PROTO + "}\u008c\u0002lrK\u0001s."),
                bad(
                        "an array of 10^18 elements",
                        "larger than any weight",
                        MODEL + array("J\u0000\u00ca\u009a;J\u0000\u00ca\u009a;\u0086", FLOAT32, "C\u0004abcd") + END),
                bad(
                        "an array of a negative size",
                        "has the shape [-1]",
                        MODEL + array("J\u00ff\u00ff\u00ff\u00ff\u0085", FLOAT32, "C\u0004abcd") + END),
                bad(
                        "an array with too few bytes",
                        "needs 8 bytes",
                        MODEL + array("K\u0002\u0085", FLOAT32, "C\u0004abcd") + END),
                bad(
                        "an array of objects",
                        "type O8",
                        MODEL + array("K\u0001\u0085", FLOAT32.replace("f4", "O8"), "](Ne") + END),
                bad("an array that is never filled", "never filled", MODEL + ARRAY + END),
                bad(
                        "an array without a dtype",
                        "for its dtype",
                        MODEL + array("K\u0001\u0085", "N", "C\u0004abcd") + END),
                bad("an array with a strange state", "a state of 1 parts", MODEL + ARRAY + "N\u0085b" + END),
                bad(
                        "bytes in another encoding",
                        "not encoded as latin1",
                        PROTO + "c_codecs\nencode\n\u008c\u0001a\u008c\u0005utf-8\u0086R."),
                bad("weights of another network", "holds no Mask2Former: of its 6 tensors", good));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pickles")
    @Timeout(20)
    void isRefused(String name, String what, String pickle) throws IOException {
        byte[] bytes = pickle.getBytes(StandardCharsets.ISO_8859_1);
        Refusals.assertRefused(Files.write(folder.resolve("bad.pkl"), bytes), what);
    }

    @Test
    void nothingOfAHostilePickleIsRun() throws IOException {
        Path proof = folder.resolve("proof");
        String command = "touch " + proof;
        String pickle = PROTO + "cposix\nsystem\n\u008c" + (char) command.length() + command + "\u0085R.";
        Path file = Files.write(folder.resolve("hostile.pkl"), pickle.getBytes(StandardCharsets.ISO_8859_1));
        Refusals.assertRefused(file, "nothing of it was run");
        assertThat(proof).doesNotExist();
    }

    @Test
    void bytesThatAreTextAreCheckedWhenTheyAreRead() throws IOException {
        // 5000 characters of the right length, one of which is no byte: U+0100.
        String text = "a".repeat(4998) + "\u00c4\u0080";
        String pickle = MODEL
                + array(
                        "M\u00e2\u0004\u0085",
                        FLOAT32,
                        "c_codecs\nencode\nX" + int32(text.length()) + text + "\u008c\u0006latin1\u0086R")
                + END;
        Path file = Files.write(folder.resolve("text.pkl"), pickle.getBytes(StandardCharsets.ISO_8859_1));
        try (Weights weights = CheckpointFile.open(file)) {
            assertThat(weights.shape("x")).containsExactly(0x4e2);
            assertThatThrownBy(() -> weights.tensor("x"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("text.pkl is damaged");
        }
    }

    @Test
    void bytesThatAreTextMustBeAsManyAsTheShapeSays() throws IOException {
        for (int length : new int[] {4999, 5001}) {
            String text = "a".repeat(length - 100) + "\u00c3\u00bf".repeat(100);
            String pickle = MODEL
                    + array(
                            "M\u00e2\u0004\u0085",
                            FLOAT32,
                            "c_codecs\nencode\nX" + int32(text.length()) + text + "\u008c\u0006latin1\u0086R")
                    + END;
            Path file = Files.write(folder.resolve("count.pkl"), pickle.getBytes(StandardCharsets.ISO_8859_1));
            try (Weights weights = CheckpointFile.open(file)) {
                assertThatThrownBy(() -> weights.tensor("x"))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining(length < 5000 ? "fewer bytes than the 5000" : "more bytes than the 5000");
            }
        }
    }

    @Test
    void everyPrefixOfAPickleIsRefusedWithoutAnAccident() throws IOException {
        byte[] good = Files.readAllBytes(Fixtures.path("pickle-variants/numpy1-protocol5.pkl"));
        for (int length = 0; length < good.length; length++) {
            ByteSource cut = new ByteSource.Heap(Arrays.copyOf(good, length), Path.of("cut.pkl"));
            assertThatThrownBy(() -> read(cut))
                    .as("the first " + length + " bytes")
                    .isInstanceOf(CheckpointException.class);
        }
    }

    @Test
    void noSingleBrokenByteCausesAnAccident() throws IOException {
        byte[] good = Files.readAllBytes(Fixtures.path("pickle-variants/numpy2-protocol4.pkl"));
        for (int at = 0; at < good.length; at++) {
            for (int value = at % 7; value < 256; value += 7) {
                byte[] broken = good.clone();
                broken[at] = (byte) value;
                try { // some bytes do not matter
                    read(new ByteSource.Heap(broken, Path.of("broken.pkl")))
                            .values()
                            .forEach(LazyTensor::read);
                } catch (CheckpointException e) {
                    assertThat(e.getMessage()).as("byte %d is %d", at, value).contains("broken.pkl");
                }
            }
        }
    }

    private static Map<String, LazyTensor> read(ByteSource pickle) {
        return StateDicts.find(pickle.path(), Unpickler.load(new PickleInput(pickle)));
    }

    private static Arguments bad(String name, String what, String pickle) {
        return Arguments.of(name, what, pickle);
    }

    /** A NumPy array with this state, each part given as pickle opcodes. */
    private static String array(String shape, String dtype, String data) {
        return ARRAY + "(K\u0001" + shape + dtype + "\u0089" + data + "tb";
    }

    private static String int32(int value) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            bytes.append((char) (value >> 8 * i & 0xff));
        }
        return bytes.toString();
    }
}
