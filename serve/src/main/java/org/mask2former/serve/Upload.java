package org.mask2former.serve;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Attributes;

/**
 * What came with a request to {@code /v1/segment}: a picture or the URL of one, and parameters; or a film, to {@code
 * /v1/films}.
 *
 * @param picture the content of a picture's or film's file; empty if there is a URL
 * @param name the file's name, or empty
 */
record Upload(Optional<byte[]> picture, Optional<String> url, String name, Parameters parameters) {
    /** All in memory, where the whole body is already. */
    private static final MultiPartConfig FORMS = new MultiPartConfig.Builder()
            .maxParts(64)
            .maxSize(-1)
            .maxPartSize(-1)
            .maxMemoryPartSize(-1)
            .maxHeadersSize(8192)
            .useFilesForPartsWithoutFileName(false)
            .build();

    /** @throws HttpProblem 400, 415 or 422 if it cannot be read, or is not what is wanted */
    static Upload of(Context ctx) {
        return of(ctx, "image");
    }

    /** The same of a request to {@code /v1/films}: a film takes the picture's place, and URLs are not taken. */
    static Upload ofFilm(Context ctx) {
        return of(ctx, "video");
    }

    private static Upload of(Context ctx, String kind) {
        Parameters parameters = new Parameters();
        for (Map.Entry<String, List<String>> entry : ctx.queryParamMap().entrySet()) {
            entry.getValue().forEach(v -> parameters.add(entry.getKey(), v));
        }
        byte[] body = Exchange.of(ctx).body();
        String header = Optional.ofNullable(ctx.header("Content-Type")).orElse("");
        String type = header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (type.equals("multipart/form-data")) {
            return ofForm(header, body, parameters, kind);
        }
        if (type.equals("application/json") && kind.equals("image")) {
            return ofJson(body, parameters);
        }
        // curl --data-binary calls whatever it sends a form.
        Set<String> plain = Set.of("", "application/octet-stream", "application/x-www-form-urlencoded");
        boolean picture = plain.contains(type) || type.startsWith(kind + "/");
        if (!picture) {
            throw new HttpProblem(
                    415,
                    "unsupported_type",
                    "the body is " + type
                            + (kind.equals("image")
                                    ? "; send a picture (image/*), a form (multipart/form-data) with a picture, or JSON"
                                            + " with its url"
                                    : "; send a film (video/*), or a form (multipart/form-data) with a film"));
        }
        return new Upload(Optional.of(body), Optional.empty(), "", parameters).checked();
    }

    private static Upload ofForm(String header, byte[] body, Parameters parameters, String kind) {
        String what = kind.equals("image") ? "picture" : "film";
        Optional<byte[]> picture = Optional.empty();
        String name = "";
        try (MultiPartFormData.Parts parts = parse(header, body)) {
            for (MultiPart.Part part : parts) {
                String field = part.getName() == null ? "" : part.getName();
                boolean file = part.getFileName() != null
                        || List.of(kind, "file", what).contains(field);
                if (!file) {
                    parameters.add(field, new String(bytes(part), StandardCharsets.UTF_8));
                } else if (picture.isPresent()) {
                    throw HttpProblem.unprocessable("the form has more than one " + what + "; send one at a time");
                } else {
                    picture = Optional.of(bytes(part));
                    name = fileName(part.getFileName() == null ? "" : part.getFileName());
                }
            }
        }
        if (picture.isEmpty()) {
            throw HttpProblem.unprocessable(
                    "the form has no " + what + "; add one as a file, in a field called \"" + kind + "\"");
        }
        return new Upload(picture, Optional.empty(), name, parameters).checked();
    }

    private static MultiPartFormData.Parts parse(String header, byte[] body) {
        if (Optional.ofNullable(MultiPart.extractBoundary(header)).orElse("").isEmpty()) {
            throw HttpProblem.malformed("Content-Type has no boundary for the form's parts");
        }
        try {
            return MultiPartFormData.getParts(
                    Content.Source.from(ByteBuffer.wrap(body)), new Attributes.Mapped(), header, FORMS);
        } catch (RuntimeException e) {
            throw HttpProblem.malformed(
                    "the form's parts cannot be told apart; is it whole, and is the boundary right?");
        }
    }

    private static byte[] bytes(MultiPart.Part part) {
        HttpField encoding = part.getHeaders().getField("Content-Transfer-Encoding");
        if (encoding != null && encoding.contains("base64")) {
            throw HttpProblem.unprocessable("a part is encoded as base64; send its bytes as they are");
        }
        try {
            ByteBuffer buffer = Content.Source.asByteBuffer(part.createContentSource());
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is in memory
        }
    }

    private static Upload ofJson(byte[] body, Parameters parameters) {
        JsonNode root = JsonBody.object(body);
        Optional<String> url = Optional.empty();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            JsonNode value = entry.getValue();
            if (value.isContainerNode() || value.isNull()) {
                throw HttpProblem.unprocessable(entry.getKey() + " must be text, a number, or true or false");
            }
            if (entry.getKey().equals("url")) {
                url = Optional.of(value.asText());
            } else {
                parameters.add(entry.getKey(), value.asText());
            }
        }
        if (url.isEmpty()) {
            throw HttpProblem.unprocessable("the JSON has no \"url\" of a picture");
        }
        String path = url.get().replaceFirst("[?#].*", "");
        return new Upload(Optional.empty(), url, fileName(path), parameters);
    }

    private Upload checked() {
        if (picture.filter(p -> p.length > 0).isEmpty()) {
            throw HttpProblem.unprocessable("there is no picture or film: the body is empty");
        }
        return this;
    }

    /** Without folders, whatever system they are of. */
    private static String fileName(String path) {
        String name = path.substring(1 + Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')));
        return name.length() <= 255 ? name : name.substring(0, 255);
    }
}
