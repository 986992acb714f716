package io.bspump.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The connections that were made through the API, in a file. What is secret in them is encrypted or refers to another place.
 * Safe for use by many threads; its methods block.
 */
final class StoredConnections {

    private static final int VERSION = 1;
    private static final String ENCRYPTED = "encrypted";

    private final Path file;
    private final SecretBox box;

    // Guarded by this: what the file holds.
    private Map<String, JsonNode> entries = new LinkedHashMap<>();

    /** @param place the directory of the file, made when something is stored */
    StoredConnections(Path place) {
        this.file = place.resolve("connections.json");
        this.box = new SecretBox(place.resolve("connections.key"));
    }

    Path file() {
        return file;
    }

    /**
     * Reads the file.
     *
     * @throws IOException if it cannot be understood; its message has the reason
     */
    synchronized List<Definition> load() throws IOException {
        byte[] text;
        try {
            text = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        Map<String, JsonNode> read = new LinkedHashMap<>();
        List<Definition> definitions = new ArrayList<>();
        for (JsonNode entry : entriesOf(text)) {
            Definition definition = definition(entry);
            if (read.put(definition.id(), entry) != null) {
                throw new IOException("has the id '" + definition.id() + "' twice");
            }
            definitions.add(definition);
        }
        entries = read;
        return definitions;
    }

    private static JsonNode entriesOf(byte[] text) throws IOException {
        JsonNode root;
        try {
            root = ApiJson.read(text);
        } catch (JsonProcessingException e) {
            throw new IOException(ApiJson.explain(e), e);
        }
        if (root.path("version").asInt() != VERSION || !root.path("connections").isArray()) {
            throw new IOException("must be an object with \"version\": " + VERSION + " and a list of connections");
        }
        return root.path("connections");
    }

    private Definition definition(JsonNode entry) throws IOException {
        try {
            Definition.object(entry, "a connection");
            ObjectNode plain = entry.deepCopy();
            for (Map.Entry<String, JsonNode> prop : entry.path("props").properties()) {
                if (prop.getValue().isObject()) {
                    String sealed = prop.getValue().path(ENCRYPTED).asText();
                    plain.withObject("/props")
                            .put(
                                    prop.getKey(),
                                    box.open(sealed, context(entry.path("id").asText(), prop.getKey())));
                }
            }
            return Definition.of(plain, null, null);
        } catch (ApiError e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        }
    }

    private static String context(String id, String key) {
        return id + "\n" + key;
    }

    /**
     * Stores one, in the place of that with the same id.
     *
     * @param secrets the keys whose values must not be readable
     */
    synchronized void put(Definition definition, Set<String> secrets) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        ObjectNode entry = ApiJson.MAPPER.createObjectNode();
        entry.put("id", definition.id()).put("typ", definition.typ());
        ObjectNode props = entry.putObject("props");
        for (Map.Entry<String, Object> prop : definition.props().entrySet()) {
            if (secrets.contains(prop.getKey())) {
                String sealed = box.seal(Definition.text(prop.getValue()), context(definition.id(), prop.getKey()));
                props.putObject(prop.getKey()).put(ENCRYPTED, sealed);
            } else {
                props.set(prop.getKey(), ApiJson.MAPPER.valueToTree(prop.getValue()));
            }
        }
        Map<String, JsonNode> next = new LinkedHashMap<>(entries);
        next.put(definition.id(), entry);
        save(next);
    }

    /** Forgets one; does nothing if there is none. */
    synchronized void remove(String id) throws IOException {
        if (entries.containsKey(id)) {
            Map<String, JsonNode> next = new LinkedHashMap<>(entries);
            next.remove(id);
            save(next);
        }
    }

    private void save(Map<String, JsonNode> next) throws IOException {
        ObjectNode root = ApiJson.MAPPER.createObjectNode().put("version", VERSION);
        root.putArray("connections").addAll(next.values());
        PrivateFile.write(file, ApiJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        entries = next;
    }
}
