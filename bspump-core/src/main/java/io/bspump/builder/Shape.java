package io.bspump.builder;

import io.bspump.builder.Node.Scalar.Form;
import io.bspump.builder.PumpDefinition.PipelineElement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Checks the form of a definition: what may stand where, which classes there are. Everything wrong is recorded. */
final class Shape {

    private static final List<String> TOP = List.of("connections", "lookups", "pipelines");
    private static final List<String> PIPELINE = List.of("id", "config", "sources", "processors", "sink");

    private final Found found;

    Shape(Found found) {
        this.found = found;
    }

    PumpDefinition definition(Node root) {
        Node.Fields top = fields("", root, TOP);
        if (top == null) {
            return new PumpDefinition(List.of(), List.of(), List.of());
        }
        List<Element> connections =
                list("connections", top, false, (path, node) -> element(path, node, Role.CONNECTION));
        List<Element> lookups = list("lookups", top, false, (path, node) -> element(path, node, Role.LOOKUP));
        List<PipelineElement> pipelines = list("pipelines", top, true, this::pipeline);
        unique(connections.stream()
                .map(e -> new Id(e.path(), e.line(), e.name()))
                .toList());
        unique(lookups.stream().map(e -> new Id(e.path(), e.line(), e.name())).toList());
        unique(pipelines.stream().map(p -> new Id(p.path(), p.line(), p.id())).toList());
        return new PumpDefinition(connections, lookups, pipelines);
    }

    private record Id(String path, int line, String id) {}

    private void unique(List<Id> ids) {
        Map<String, String> first = new HashMap<>();
        for (Id id : ids) {
            String other = first.putIfAbsent(id.id(), id.path());
            if (other != null) {
                found.add(id.line(), id.path() + ".id", "must be unique, but " + other + " has '" + id.id() + "' too");
            }
        }
    }

    private @Nullable PipelineElement pipeline(String path, Node node) {
        Node.Fields fields = fields(path, node, PIPELINE);
        if (fields == null) {
            return null;
        }
        String id = text(path, fields, "id", true);
        Map<String, Node> config = map(path, fields, "config");
        List<Element> sources =
                list(path + ".sources", fields, true, (place, source) -> element(place, source, Role.SOURCE));
        List<Element> processors =
                list(path + ".processors", fields, false, (place, each) -> element(place, each, Role.PROCESSOR));
        Node sinkNode = required(path, fields, "sink");
        Element sink = sinkNode == null ? null : element(path + ".sink", sinkNode, Role.SINK);
        List<Element> all = new ArrayList<>(sources);
        all.addAll(processors);
        if (sink != null) {
            all.add(sink);
        }
        unique(all.stream().map(e -> new Id(e.path(), e.line(), e.name())).toList());
        return id == null || sink == null
                ? null
                : new PipelineElement(path, node.line(), id, config, sources, processors, sink);
    }

    private @Nullable Element element(String path, Node node, Role role) {
        Node.Fields fields = fields(path, node, role.keys());
        if (fields == null) {
            return null;
        }
        String id = text(path, fields, "id", role.needsId());
        Map<String, Node> args = map(path, fields, "args");
        Map<String, Node> config = map(path, fields, "config");
        Node triggerNode = role == Role.SOURCE ? fields.all().get("trigger") : null;
        Element trigger = triggerNode == null ? null : element(path + ".trigger", triggerNode, Role.TRIGGER);
        Class<?> type = type(path, fields, role);
        if (type == null || (id == null && role.needsId())) {
            return null;
        }
        return new Element(path, node.line(), id, type, args, config, Optional.ofNullable(trigger));
    }

    private @Nullable Class<?> type(String path, Node.Fields fields, Role role) {
        String module = text(path, fields, "module", false);
        String name = text(path, fields, "class", true);
        if (name == null || (module == null && fields.all().containsKey("module"))) {
            return null;
        }
        int line = fields.lines().getOrDefault("class", fields.line());
        try {
            Class<?> type = PartClasses.find(module, name);
            String wrong = PartClasses.unusable(type);
            if (wrong == null && !role.fits(type)) {
                wrong = "is no " + role;
            }
            if (wrong != null) {
                found.add(
                        line, path + ".class", "must be the class of a " + role + ", " + type.getName() + " " + wrong);
                return null;
            }
            return type;
        } catch (ClassNotFoundException e) {
            found.add(line, path + ".class", "must name a class, " + e.getMessage());
            return null;
        }
    }

    private Node.@Nullable Fields fields(String path, Node node, List<String> keys) {
        if (!(node instanceof Node.Fields fields)) {
            found.add(node.line(), path, "must be a map of " + String.join(", ", keys) + "; it is " + node.kind());
            return null;
        }
        fields.all().forEach((key, value) -> {
            if (!keys.contains(key)) {
                String subject = path.isEmpty() ? "" : path;
                String message = "has the unknown key '" + Found.shown(key) + "'" + Found.hint(key, keys);
                found.add(fields.lines().getOrDefault(key, value.line()), subject, message);
            }
        });
        return fields;
    }

    private @Nullable Node required(String path, Node.Fields fields, String key) {
        Node node = fields.all().get(key);
        if (node == null) {
            found.add(fields.line(), join(path, key), "is required");
        }
        return node;
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private @Nullable String text(String path, Node.Fields fields, String key, boolean required) {
        Node node = required ? required(path, fields, key) : fields.all().get(key);
        if (node == null) {
            return null;
        }
        if (node instanceof Node.Scalar scalar
                && scalar.form() != Form.NULL
                && !scalar.text().isBlank()) {
            return scalar.text();
        }
        String seen = node instanceof Node.Scalar scalar && scalar.form() == Form.TEXT ? "empty" : node.kind();
        found.add(node.line(), join(path, key), "must be a text, but it is " + seen);
        return null;
    }

    private Map<String, Node> map(String path, Node.Fields fields, String key) {
        Node node = fields.all().get(key);
        if (node == null || (node instanceof Node.Scalar scalar && scalar.form() == Form.NULL)) {
            return Map.of();
        }
        if (node instanceof Node.Fields map) {
            return map.all();
        }
        found.add(node.line(), join(path, key), "must be a map of names and values, but it is " + node.kind());
        return Map.of();
    }

    /** Reads the list that stands under the last name of the path. */
    private <T> List<T> list(
            String path, Node.Fields fields, boolean required, BiFunction<String, Node, @Nullable T> reader) {
        Node node = fields.all().get(path.substring(path.lastIndexOf('.') + 1));
        if (node == null || (node instanceof Node.Scalar scalar && scalar.form() == Form.NULL)) {
            if (required) {
                found.add(fields.line(), path, "is required");
            }
            return List.of();
        }
        if (!(node instanceof Node.Items items)) {
            found.add(node.line(), path, "must be a list, but it is " + node.kind());
            return List.of();
        }
        if (required && items.all().isEmpty()) {
            found.add(node.line(), path, "must not be empty");
        }
        List<T> all = new ArrayList<>();
        for (int i = 0; i < items.all().size(); i++) {
            T read = reader.apply(path + "[" + i + "]", items.all().get(i));
            if (read != null) {
                all.add(read);
            }
        }
        return all;
    }
}
