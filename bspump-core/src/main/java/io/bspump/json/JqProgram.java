package io.bspump.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.JsonQuery;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Version;
import net.thisptr.jackson.jq.Versions;
import net.thisptr.jackson.jq.exception.JsonQueryException;
import org.jspecify.annotations.Nullable;

/** A compiled program of jq, of which the first result counts. */
final class JqProgram {

    private static final Version VERSION = Versions.JQ_1_7;
    private static final Scope BUILTINS = Scope.newEmptyScope();
    private static final String ALL_CLASSES =
            "^\\\\w\\\\d\\\\s\\\\b\\\\p{L}[[:alpha:][:alnum:][:upper:][:lower:][:punct:][:space:]]";
    private static final int EXCERPT = 200;

    // What the library reads from its jars when it is first used is read here: a lane must not.
    static {
        BuiltinFunctionLoader.getInstance().loadFunctions(VERSION, BUILTINS);
        try {
            JsonQuery regularExpressions = JsonQuery.compile("test(\"" + ALL_CLASSES + "\"; \"ix\")", VERSION);
            regularExpressions.apply(Scope.newChildScope(BUILTINS), JsonNodes.of("Ž"), result -> {});
        } catch (JsonQueryException e) {
            throw new IllegalStateException("this version of jq has no regular expressions", e);
        }
    }

    private final JsonQuery first;

    /** @throws JsonQueryException if it is no program */
    JqProgram(String query) throws JsonQueryException {
        JsonQuery.compile(query, VERSION);
        // The line feed ends a comment.
        first = JsonQuery.compile("first(" + query + "\n)", VERSION);
    }

    /** Returns the first result as plain maps and lists; null if there is none, or it is null. */
    @Nullable
    Object run(Object event) {
        List<JsonNode> results = new ArrayList<>(1);
        try {
            first.apply(Scope.newChildScope(BUILTINS), JsonNodes.of(event), results::add);
        } catch (JsonQueryException e) {
            throw new IllegalArgumentException("the query fails: " + excerpt(String.valueOf(e.getMessage())), e);
        }
        return results.isEmpty() ? null : JsonNodes.plain(results.get(0));
    }

    private static String excerpt(String message) {
        return message.length() <= EXCERPT ? message : message.substring(0, EXCERPT) + "...";
    }
}
