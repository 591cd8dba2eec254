package org.mask2former.serve;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** Bodies that came compressed, as their {@code Content-Encoding} tells: gzip, or deflate, which is zlib's format (RFC 9110). */
final class BodyCoding {
    private static final int PIECE = 64 << 10;

    private BodyCoding() {}

    /**
     * What the body is without its coding. Of the budget, which held the body, its length is left taken; nothing if it is refused.
     *
     * @throws HttpProblem 400, 413, 415 or 429 if it is damaged, too long, in another coding, or there is no memory for it
     */
    static byte[] plain(byte[] body, @Nullable String coding, int mostBytes, BodyBudget budget) {
        String name = coding == null ? "identity" : coding.strip().toLowerCase(Locale.ROOT);
        if (name.equals("identity") || body.length == 0) {
            return body;
        }
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        try (InputStream in = open(name, body)) {
            byte[] piece = new byte[PIECE];
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                if (plain.size() + (long) length > mostBytes) {
                    throw BodyReader.tooLarge(-1, mostBytes);
                }
                if (!budget.take(length)) {
                    throw budget.spent();
                }
                plain.write(piece, 0, length);
            }
        } catch (IOException | HttpProblem e) {
            budget.giveBack(body.length + (long) plain.size());
            throw e instanceof HttpProblem problem
                    ? problem
                    : HttpProblem.malformed("the body is not whole, or not " + name + " as its Content-Encoding says");
        }
        budget.giveBack(body.length);
        return plain.toByteArray();
    }

    private static InputStream open(String coding, byte[] body) throws IOException {
        return switch (coding) {
            case "gzip", "x-gzip" -> new GZIPInputStream(new ByteArrayInputStream(body), PIECE);
            case "deflate" -> new InflaterInputStream(new ByteArrayInputStream(body));
            default ->
                throw new HttpProblem(
                        415,
                        "unsupported_coding",
                        "the body's Content-Encoding is " + coding + "; send it as it is, or as gzip or deflate");
        };
    }
}
