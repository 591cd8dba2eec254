package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class BodyCodingTests {
    private static final byte[] TEXT = "a body, a body, a body".getBytes(StandardCharsets.UTF_8);

    private final BodyBudget budget = new BodyBudget(1000);

    @Test
    void gzipAndDeflateAreUndoneAndOthersAreAsTheyAre() throws IOException {
        assertThat(plain(gzip(TEXT), "gzip", 100)).isEqualTo(TEXT);
        assertThat(plain(gzip(TEXT), " X-GZIP ", 100)).isEqualTo(TEXT);
        assertThat(plain(deflate(TEXT), "deflate", 100)).isEqualTo(TEXT);
        assertThat(plain(TEXT, "identity", 100)).isEqualTo(TEXT);
        assertThat(BodyCoding.plain(TEXT, null, 100, budget)).isEqualTo(TEXT);
        assertThat(plain(new byte[0], "gzip", 100)).isEmpty();
    }

    @Test
    void whatCannotBeUndoneIsRefusedAndHoldsNoMemory() throws IOException {
        assertRefused(gzip(TEXT), "br", 415, "br");
        assertRefused(gzip(TEXT), "gzip, deflate", 415, "gzip or deflate");
        assertRefused(TEXT, "gzip", 400, "not gzip");
        assertRefused(TEXT, "deflate", 400, "not deflate");
        assertRefused(Arrays.copyOf(gzip(TEXT), 20), "gzip", 400, "not whole");
        assertRefused(Arrays.copyOf(deflate(TEXT), 10), "deflate", 400, "not whole");
    }

    @Test
    void aSmallBodyDoesNotBecomeALargeOne() throws IOException {
        byte[] bomb = gzip(new byte[100_000]);
        assertThat(bomb.length).isLessThan(200);
        assertRefused(bomb, "gzip", 413, "more than the 100 bytes");
        assertThatThrownBy(() -> plain(bomb, "gzip", 1_000_000))
                .as("there is memory for 1000 bytes")
                .isInstanceOfSatisfying(
                        HttpProblem.class, p -> assertThat(p.status()).isEqualTo(429));
        assertThat(budget.held()).isZero();
    }

    private byte[] plain(byte[] body, String coding, int mostBytes) {
        budget.take(body.length); // as the reader did
        byte[] plain = BodyCoding.plain(body, coding, mostBytes, budget);
        assertThat(budget.held()).isEqualTo(plain.length);
        budget.giveBack(plain.length);
        return plain;
    }

    private void assertRefused(byte[] body, String coding, int status, String reason) {
        assertThatThrownBy(() -> plain(body, coding, 100))
                .isInstanceOfSatisfying(
                        HttpProblem.class, p -> assertThat(p.status()).isEqualTo(status))
                .hasMessageContaining(reason);
        assertThat(budget.held()).isZero();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    private static byte[] deflate(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }
}
