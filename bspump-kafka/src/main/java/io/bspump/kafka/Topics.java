package io.bspump.kafka;

import io.bspump.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The topics of a source.
 *
 * @param names those that stand there; empty if there is a pattern
 * @param pattern what the names of topics have to match, if one of them is a pattern
 */
record Topics(List<String> names, @Nullable Pattern pattern) {

    private static final int LONGEST = 249;

    /** Reads {@code topic}: names, lists of names with colons, expressions that begin with {@code ^}. */
    static Topics of(Config config) {
        List<String> names = new ArrayList<>();
        List<String> expressions = new ArrayList<>();
        for (String item : config.getList("topic", List.of())) {
            if (item.startsWith("^")) {
                expressions.add(expression(config, item));
            } else {
                names.addAll(List.of(item.split(":", -1)));
            }
        }
        for (String name : names) {
            if (!isName(name)) {
                throw config.invalid("topic", "must be names of topics, or begin with ^, '" + name + "' is neither");
            }
        }
        if (expressions.isEmpty()) {
            return new Topics(List.copyOf(names), null);
        }
        names.forEach(name -> expressions.add(Pattern.quote(name)));
        return new Topics(List.of(), Pattern.compile(String.join("|", expressions)));
    }

    static boolean isName(String name) {
        if (name.isEmpty() || name.length() > LONGEST || name.equals(".") || name.equals("..")) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!fits && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** In librdkafka the expression matches a part of the name, in the Java client the whole. */
    private static String expression(Config config, String text) {
        try {
            return "(?:" + Pattern.compile(text).pattern() + ").*";
        } catch (PatternSyntaxException e) {
            throw config.invalid("topic", "must be an expression after ^: " + e.getDescription());
        }
    }

    @Override
    public String toString() {
        return pattern == null ? names.stream().collect(Collectors.joining(", ")) : pattern.pattern();
    }
}
