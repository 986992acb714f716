package io.bspump.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What {@code connections} can do, each giving the exit code. */
final class ConnectionsTool {

    private static final int FAILED = 1;
    private static final YAMLMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private final ApiClient client;
    private final PrintStream out;
    private final boolean json;

    ConnectionsTool(ApiClient client, PrintStream out, boolean json) {
        this.client = client;
        this.out = out;
        this.json = json;
    }

    int list() throws IOException {
        JsonNode all = client.send("GET", "/connections", null).body();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "TYP", "STATE", "SINCE", "USED BY", "ERROR"));
        for (JsonNode each : all) {
            rows.add(List.of(
                    each.path("id").asText(),
                    each.path("typ").asText(),
                    state(each),
                    each.at("/status/since").asText(),
                    String.join(", ", each.path("references").findValuesAsText("referrer")),
                    each.at("/status/lastError/message").asText("")));
        }
        print(all, rows);
        return 0;
    }

    private static String state(JsonNode connection) {
        return connection.at("/status/state").asText()
                + (connection.path("enabled").asBoolean(true) ? "" : ", disabled");
    }

    int show(String id) throws IOException {
        JsonNode one = client.send("GET", ConnectionRoutes.location(id), null).body();
        out.println(json ? one.toString() : one.toPrettyString());
        return 0;
    }

    int test(Path file) throws IOException {
        int failed = 0;
        for (JsonNode definition : read(file)) {
            JsonNode trial =
                    client.send("POST", "/connections/test", definition).body();
            failed += trial.path("ok").asBoolean() ? 0 : 1;
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of(definition.path("id").asText(), "STATUS", "MS", ""));
            for (JsonNode stage : trial.path("stages")) {
                rows.add(List.of(
                        stage.path("stage").asText(),
                        stage.path("status").asText(),
                        stage.path("millis").asText(),
                        stage.path("message").asText()));
            }
            ObjectNode named = ApiJson.MAPPER
                    .createObjectNode()
                    .put("id", definition.path("id").asText());
            named.setAll((ObjectNode) trial);
            print(ApiJson.MAPPER.createArrayNode().add(named), rows);
        }
        return failed == 0 ? 0 : FAILED;
    }

    /** Goes on after a connection that is refused; the others do not depend on it. */
    int apply(Path file, boolean dryRun) throws IOException {
        int failed = 0;
        for (JsonNode definition : read(file)) {
            String id = definition.path("id").asText();
            String change;
            try {
                String path = ConnectionRoutes.location(id) + (dryRun ? "?dry_run=true" : "");
                change = client.send("PUT", path, definition)
                        .body()
                        .path("change")
                        .asText();
            } catch (IOException e) {
                failed++;
                change = "refused: " + e.getMessage();
            }
            if (json) {
                out.println(ApiJson.MAPPER.createObjectNode().put("id", id).put("change", change));
            } else {
                out.println(id + ": " + (dryRun && !change.equals("unchanged") ? "would be " : "") + change);
            }
        }
        return failed == 0 ? 0 : FAILED;
    }

    int watch(Optional<String> only) throws IOException {
        List<String> ids = only.isPresent()
                ? List.of(client.send("GET", ConnectionRoutes.location(only.get()), null)
                        .body()
                        .path("id")
                        .asText())
                : client.send("GET", "/connections", null).body().findValuesAsText("id");
        CompletableFuture<@Nullable Void> failure = new CompletableFuture<>();
        CompletableFuture<?>[] streams = ids.stream()
                .map(id -> client.lines(ConnectionRoutes.location(id) + "/events", line -> event(id, line)))
                .peek(stream -> stream.exceptionally(e -> {
                    failure.completeExceptionally(e);
                    return null;
                }))
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.anyOf(failure, CompletableFuture.allOf(streams)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ApiClient.RefusedException refused) {
                throw refused;
            }
            throw new IOException("the pump does not answer any more: " + e.getCause(), e);
        }
        return 0;
    }

    private synchronized void event(String id, String line) {
        if (!line.startsWith("data: {\"")) {
            return;
        }
        try {
            ObjectNode status = (ObjectNode) ApiJson.MAPPER.readTree(line.substring("data: ".length()));
            String error = status.at("/lastError/message").asText("");
            out.println(
                    json
                            ? ApiJson.MAPPER.createObjectNode().put("id", id).setAll(status)
                            : status.path("since").asText() + "  " + id + "  "
                                    + status.path("state").asText() + (error.isEmpty() ? "" : "  " + error));
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event " + ApiJson.explain(e), e);
        }
    }

    private static List<JsonNode> read(Path file) throws IOException {
        JsonNode root;
        try {
            root = YAML.readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new IOException("'" + file + "' does not exist", e);
        } catch (JsonProcessingException e) {
            throw new IOException("'" + file + "' is neither YAML nor JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode all = root.has("connections") ? root.path("connections") : root;
        List<JsonNode> definitions = new ArrayList<>();
        (all.isArray() ? all : ApiJson.MAPPER.createArrayNode().add(all)).forEach(definitions::add);
        for (JsonNode definition : definitions) {
            if (!definition.path("id").isTextual()) {
                throw new IOException("'" + file + "' must be a list of connections with id, typ and props");
            }
        }
        return definitions;
    }

    private void print(JsonNode values, List<List<String>> rows) {
        if (json) {
            values.forEach(value -> out.println(value));
            return;
        }
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        rows.forEach(row -> {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                line.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
