package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.javalin.Javalin;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the description says is what the server does. */
class OpenApiTests {
    private static JsonNode description() throws IOException {
        return new YAMLMapper().readTree(OpenApiTests.class.getResource("openapi.yaml"));
    }

    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsOfARoute() throws IOException {
        List<Routes> made = new ArrayList<>();
        Javalin.create(config -> {
            Routes routes = new Routes(config.routes);
            SegmentationServer.register(routes, null, null, new FilmRoutes(null, null, true), null, () -> false);
            made.add(routes);
        });
        TreeSet<String> routes = new TreeSet<>(made.get(0).declared());
        routes.removeIf(r -> r.equals("get /") || r.startsWith("get /page/"));
        TreeSet<String> described = new TreeSet<>();
        description()
                .get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (!method.equals("parameters")) described.add(method + " " + path.getKey());
                }));
        assertThat(described).isEqualTo(routes);
    }

    @Test
    void answersHaveTheShapeThatIsDescribed() throws IOException {
        JsonNode api = description();
        try (TestServer server = TestServer.start(TestServer.OPTIONS.withAllowFilms(true))) {
            byte[] png = TestServer.png(40, 30);
            for (String task : List.of(
                    "panoptic&threshold=0&overlap_threshold=0", "instance&threshold=0&polygons=true", "semantic")) {
                HttpResponse<byte[]> answer = server.post("/v1/segment?task=" + task, png);
                assertShape(api, "Result", TestServer.json(answer));
            }
            assertShape(api, "Models", TestServer.json(server.get("/v1/models")));
            assertShape(api, "Film", TestServer.json(server.post("/v1/films", png)));
            assertShape(api, "Problem", TestServer.json(server.post("/v1/segment", new byte[0])));
            assertThat(server.get("/openapi.yaml").body())
                    .isEqualTo(OpenApiTests.class
                            .getResourceAsStream("openapi.yaml")
                            .readAllBytes());
        }
    }

    @Test
    void everyParameterThatIsDescribedIsTakenAndNoOther() throws IOException {
        List<String> described = new ArrayList<>();
        JsonNode api = description();
        for (JsonNode reference : api.at("/paths/~1v1~1segment/post/parameters")) {
            described.add(resolve(api, reference).get("name").asText());
        }
        try (TestServer server = TestServer.start(TestServer.OPTIONS)) {
            String message = TestServer.json(server.post("/v1/segment?zzz=1&task=panoptic", TestServer.png(8, 8)))
                    .get("error")
                    .asText();
            assertThat(message).contains("no parameter \"zzz\"");
            for (String name : described) {
                HttpResponse<byte[]> response = server.post("/v1/segment?" + name + "=", TestServer.png(8, 8));
                assertThat(response.statusCode())
                        .as(name + ": " + TestServer.text(response))
                        .isEqualTo(200);
            }
        }
    }

    private static void assertShape(JsonNode api, String schema, JsonNode value) {
        check(api, api.at("/components/schemas/" + schema), value, schema);
    }

    private static void check(JsonNode api, JsonNode given, JsonNode value, String where) {
        JsonNode schema = resolve(api, given);
        switch (schema.path("type").asText()) {
            case "object" -> {
                assertThat(value.isObject()).as(where).isTrue();
                schema.path("required")
                        .forEach(r -> assertThat(value.has(r.asText()))
                                .as(where + "." + r)
                                .isTrue());
                if (schema.has("properties")) {
                    value.properties().forEach(p -> {
                        JsonNode property = schema.at("/properties").path(p.getKey());
                        assertThat(property.isMissingNode())
                                .as(where + "." + p.getKey() + " is described")
                                .isFalse();
                        check(api, property, p.getValue(), where + "." + p.getKey());
                    });
                }
            }
            case "array" -> {
                assertThat(value.isArray()).as(where).isTrue();
                value.forEach(v -> check(api, schema.get("items"), v, where + "[]"));
            }
            case "string" -> assertThat(value.isTextual()).as(where).isTrue();
            case "integer" -> assertThat(value.isIntegralNumber()).as(where).isTrue();
            case "number" -> assertThat(value.isNumber()).as(where).isTrue();
            case "boolean" -> assertThat(value.isBoolean()).as(where).isTrue();
            default -> throw new AssertionError(where + " has a schema without a type: " + schema);
        }
    }

    private static JsonNode resolve(JsonNode api, JsonNode schema) {
        return schema.has("$ref") ? api.at(schema.get("$ref").asText().substring(1)) : schema;
    }
}
