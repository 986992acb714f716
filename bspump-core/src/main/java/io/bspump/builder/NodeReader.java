package io.bspump.builder;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.bspump.builder.Node.Scalar.Form;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes nodes of tokens. An alias of YAML stands for the very node of its anchor and counts as much. */
final class NodeReader {

    private static final int DEPTH_LIMIT = 32;
    private static final int SIZE_LIMIT = 100_000;

    private final JsonParser parser;
    private final Found found;
    private final Map<String, Node> anchors = new HashMap<>();
    private int size;

    NodeReader(JsonParser parser, Found found) {
        this.parser = parser;
        this.found = found;
    }

    /** The definition breaks a rule of its form; it has been recorded. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Returns the only document; null if something is wrong with it, which is recorded or thrown. */
    @Nullable
    Node document() throws IOException {
        try (parser) {
            if (parser.nextToken() == null) {
                found.add(1, "", "is empty");
                return null;
            }
            Node root = value("", 0);
            if (parser.nextToken() != null) {
                throw refused("", "must be one document, but another one begins here");
            }
            return root;
        } catch (Refused e) {
            return null;
        }
    }

    private Refused refused(String path, String message) {
        found.add(line(), path, message);
        return new Refused();
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr();
    }

    private Node value(String path, int depth) throws IOException {
        if (depth > DEPTH_LIMIT) {
            throw refused(path, "is nested more than " + DEPTH_LIMIT + " deep");
        }
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            return alias(path);
        }
        refuseTag(path);
        String anchor = anchor();
        count(path, 1);
        Node node =
                switch (parser.currentToken()) {
                    case START_OBJECT -> fields(path, depth);
                    case START_ARRAY -> items(path, depth);
                    default -> scalar();
                };
        if (anchor != null) {
            anchors.put(anchor, node);
        }
        return node;
    }

    private @Nullable String anchor() throws IOException {
        return parser.getObjectId() == null ? null : String.valueOf(parser.getObjectId());
    }

    private void refuseTag(String path) throws IOException {
        Object tag = parser.getTypeId();
        if (tag != null && !String.valueOf(tag).startsWith("tag:yaml.org,2002:str")) {
            throw refused(path, "has a tag, '" + Found.shown(String.valueOf(tag)) + "'; tags have no meaning here");
        }
    }

    private Node alias(String path) throws IOException {
        String name = parser.getText();
        Node node = anchors.get(name);
        if (node == null) {
            throw refused(path, "refers to '*" + Found.shown(name) + "', which is not defined before it");
        }
        count(path, node.size());
        return node;
    }

    private void count(String path, int more) {
        size += more;
        if (size > SIZE_LIMIT) {
            throw refused(path, "makes more than " + SIZE_LIMIT + " values of the definition");
        }
    }

    private Node fields(String path, int depth) throws IOException {
        int line = line();
        int before = size;
        Map<String, Node> all = new LinkedHashMap<>();
        Map<String, Integer> lines = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            String place = path.isEmpty() ? Found.shown(name) : path + "." + Found.shown(name);
            if (lines.put(name, line()) != null) {
                found.add(line(), place, "is given twice");
            }
            parser.nextToken();
            all.put(name, value(place, depth + 1));
        }
        return new Node.Fields(line, 1 + size - before, all, lines);
    }

    private Node items(String path, int depth) throws IOException {
        int line = line();
        int before = size;
        List<Node> all = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            all.add(value(path + "[" + all.size() + "]", depth + 1));
        }
        return new Node.Items(line, 1 + size - before, all);
    }

    private Node scalar() throws IOException {
        Form form =
                switch (parser.currentToken()) {
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Form.NUMBER;
                    case VALUE_TRUE, VALUE_FALSE -> Form.BOOL;
                    case VALUE_NULL -> Form.NULL;
                    default -> Form.TEXT;
                };
        return new Node.Scalar(line(), parser.getText(), form);
    }
}
