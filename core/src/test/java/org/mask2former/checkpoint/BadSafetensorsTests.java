package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Fixtures;

class BadSafetensorsTests {
    @TempDir
    Path folder;

    static Stream<Arguments> files() throws IOException {
        byte[] good = Files.readAllBytes(Fixtures.path("tiny-swin/model.safetensors"));
        String nested = "[".repeat(100_000);
        return Stream.of(
                bad("no bytes", "is empty", new byte[0]),
                bad("fewer bytes than a length", "at least 8 bytes", new byte[5]),
                bad("the largest length", "header of 9223372036854775807 bytes", file(Long.MAX_VALUE, "{}", 0)),
                bad("a negative length", "header of 18446744073709551615 bytes", file(-1, "{}", 0)),
                bad("a header over the limit", "allows 100000000", file(100_000_001, "{}", 0)),
                bad("a header longer than the file", "ends inside its header", file(1000, "{}", 0)),
                bad("a header that is no object", "starts with '{'", file("[]", 0)),
                bad("no header", "starts with '{'", file("", 0)),
                bad("a header that is no JSON", "not JSON", file("{\"a\":", 0)),
                bad("a header that is no text", "not JSON", file("{\"\u0000\u00ff\":1}", 0)),
                bad("text after the header", "closing brace", file("{} {}", 0)),
                bad("nesting without end", "whole numbers at a.shape", file("{\"a\":{\"shape\":" + nested + "}}", 0)),
                bad(
                        "a key twice",
                        "Duplicate field 'a'",
                        file("{" + tensor("a", "F32", "1", "0,4") + "," + tensor("a", "F32", "1", "0,4") + "}", 4)),
                bad("an unknown dtype", "dtype F7", file(one("F7", "1", "0,4"), 4)),
                bad("a dtype that is not supported", "dtype F8_E4M3", file(one("F8_E4M3", "4", "0,4"), 4)),
                bad(
                        "a dtype that is no string",
                        "a string at a.dtype",
                        file("{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4)),
                bad("a negative shape", "negative", file(one("F32", "-1", "0,4"), 4)),
                bad("a fractional shape", "whole numbers at a.shape", file(one("F32", "1.5", "0,4"), 4)),
                bad(
                        "a shape beyond counting",
                        "larger than any",
                        file(one("F32", "2000000000,2000000000,2000000000", "0,4"), 4)),
                bad("a shape of a huge number", "too large", file(one("F32", "1" + "0".repeat(40), "0,4"), 4)),
                bad("a shape of many dimensions", "more than 64", file(one("F32", "1" + ",1".repeat(64), "0,4"), 4)),
                bad(
                        "no offsets",
                        "needs dtype, shape and two data_offsets",
                        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4)),
                bad("three offsets", "data_offsets", file(one("F32", "1", "0,4,8"), 4)),
                bad("offsets in reverse", "data_offsets are [4, 0]", file(one("F32", "1", "4,0"), 4)),
                bad("offsets behind the end", "behind the end of the file", file(one("F32", "100", "0,400"), 4)),
                bad(
                        "offsets that are huge",
                        "data_offsets are [0, 9223372036854775807]",
                        file(one("F32", "1", "0," + Long.MAX_VALUE), 4)),
                bad("offsets that disagree with the shape", "needs 8 bytes", file(one("F32", "2", "0,4"), 4)),
                bad(
                        "overlapping tensors",
                        "another tensor's still lie",
                        file("{" + tensor("a", "F32", "2", "0,8") + "," + tensor("b", "F32", "2", "4,12") + "}", 12)),
                bad(
                        "a gap between tensors",
                        "a gap began at 4",
                        file("{" + tensor("a", "F32", "1", "0,4") + "," + tensor("b", "F32", "1", "8,12") + "}", 12)),
                bad("bytes that belong to nobody", "the file goes on", file(one("F32", "1", "0,4"), 400)),
                bad("an unknown entry", "unknown entry code", file("{\"a\":{\"code\":\"x\"}}", 0)),
                bad("metadata that is no text", "a string at __metadata__.x", file("{\"__metadata__\":{\"x\":1}}", 0)),
                bad("a file cut in its tensors", "behind the end of the file", Arrays.copyOf(good, good.length / 2)),
                bad("a file cut in its header", "ends inside its header", Arrays.copyOf(good, 300)),
                bad("a file with something behind it", "the file goes on", Arrays.copyOf(good, good.length + 1)),
                bad("a file without tensors", "it has no tensors", file("{}", 0)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void isRefused(String name, String what, byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("bad.safetensors"), content);
        Refusals.assertRefused(file, what);
    }

    private static Arguments bad(String name, String what, byte[] content) {
        return Arguments.of(name, what, content);
    }

    private static String one(String dtype, String shape, String offsets) {
        return "{" + tensor("a", dtype, shape, offsets) + "}";
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets
                + "]}";
    }

    private static byte[] file(String header, int data) {
        return file(header.length(), header, data);
    }

    private static byte[] file(long length, String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(json)
                .array();
    }
}
