package io.bspump.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code $<VAR>}, {@code $VAR}, {@code ${VAR}}, {@code ${VAR:-default}}, {@code ${key}}, {@code ${section:key}} and
 * {@code $$}. What has been put in is not looked at again. Bounded in depth and length, so that no file can make it run for
 * ever. Thread-safe; guarded by itself.
 */
final class Expander {

    private static final int DEPTH_LIMIT = 64;
    private static final int LENGTH_LIMIT = 1 << 20;
    private static final long TOTAL_LIMIT = 1L << 26;

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern USUAL_VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]*");

    private final Variables variables;
    private final Map<String, IniFile.Section> sections;
    private final @Nullable Overrides overrides;

    private final Map<Reference, Expansion> done = new HashMap<>();
    private final Set<Reference> stack = new LinkedHashSet<>();
    private final Set<Reference> referenced = new LinkedHashSet<>();
    private long total;

    Expander(Variables variables, Map<String, IniFile.Section> sections, @Nullable Overrides overrides) {
        this.variables = variables;
        this.sections = sections;
        this.overrides = overrides;
    }

    /** A value by section and key. */
    record Reference(String section, String key) {

        @Override
        public String toString() {
            return "${" + section + ":" + key + "}";
        }
    }

    /**
     * A value with everything replaced.
     *
     * @param depth the number of references behind each other; more than the limit if the value could not be reached
     */
    record Expansion(Value value, Set<ConfigProblem> problems, int depth) {

        boolean tooDeep() {
            return depth > DEPTH_LIMIT;
        }
    }

    /** The value of a key that the section or {@code [DEFAULT]} has; null if neither has it. */
    synchronized @Nullable Expansion expand(String section, String key) {
        Expansion expansion = resolve(new Reference(section, key));
        if (expansion != null && expansion.tooDeep()) {
            String message = Names.shown(key) + " refers through more than " + DEPTH_LIMIT + " other values";
            ConfigProblem problem = problem(expansion.value().origin(), section, key, message);
            return new Expansion(broken(expansion.value()), Set.of(problem), 0);
        }
        return expansion;
    }

    /** A value that stands elsewhere, as if it were that of the key. */
    synchronized Expansion expand(String section, String key, Value raw) {
        Reference self = new Reference(section, key);
        stack.add(self);
        Expansion expansion = new Run(self, raw).expansion();
        stack.remove(self);
        if (expansion.tooDeep()) {
            String message = Names.shown(key) + " refers through more than " + DEPTH_LIMIT + " other values";
            return new Expansion(broken(raw), Set.of(problem(raw.origin(), section, key, message)), 0);
        }
        return expansion;
    }

    synchronized Set<Reference> referenced() {
        return Set.copyOf(referenced);
    }

    private static ConfigProblem problem(Origin origin, String section, String key, String message) {
        return new ConfigProblem(origin.place(), origin.line(), section, key, message);
    }

    private static Value broken(Value value) {
        return new Value("", value.origin(), value.secret(), true);
    }

    private @Nullable Expansion resolve(Reference reference) {
        Value override = overrides == null ? null : overrides.find(reference.section(), reference.key());
        if (override != null) {
            boolean secret = override.secret() || sensitive(reference);
            return new Expansion(secret ? override.asSecret() : override, Set.of(), 0);
        }
        Value raw = raw(reference);
        if (raw == null) {
            return null;
        }
        Expansion known = done.get(reference);
        if (known != null) {
            return known;
        }
        if (stack.contains(reference)) {
            return new Expansion(broken(raw), Set.of(cycle(reference)), 0);
        }
        if (stack.size() > DEPTH_LIMIT) {
            return new Expansion(raw, Set.of(), DEPTH_LIMIT + 1);
        }
        stack.add(reference);
        Expansion expansion = new Run(reference, raw).expansion();
        stack.remove(reference);
        if (!expansion.tooDeep()) {
            done.put(reference, expansion);
        }
        return expansion;
    }

    private @Nullable Value raw(Reference reference) {
        IniFile.Section section = sections.get(reference.section());
        Value own = section == null ? null : section.values().get(reference.key());
        IniFile.Section inherited = sections.get(IniFile.DEFAULT);
        return own == null && section != null && inherited != null
                ? inherited.values().get(reference.key())
                : own;
    }

    private ConfigProblem cycle(Reference back) {
        List<Reference> path = new ArrayList<>(stack);
        List<Reference> loop = new ArrayList<>(path.subList(path.indexOf(back), path.size()));
        loop.add(back);
        List<String> names =
                loop.stream().map(Reference::toString).map(Names::shown).toList();
        Value start = raw(back);
        return problem(
                start == null ? Origin.CONSTRUCTOR : start.origin(),
                back.section(),
                back.key(),
                Names.shown(back.key()) + " refers to itself: " + String.join(" -> ", names));
    }

    private static boolean sensitive(Reference reference) {
        return reference.section().equals("passwords") || Names.sensitive(reference.key());
    }

    /** The expansion of one value. */
    private final class Run {

        private final Reference self;
        private final Value raw;
        private final Set<ConfigProblem> problems = new LinkedHashSet<>();
        private boolean secret;
        private boolean broken;
        private boolean malformed;
        private int depth;

        Run(Reference self, Value raw) {
            this.self = self;
            this.raw = raw;
            this.secret = raw.secret() || sensitive(self);
        }

        Expansion expansion() {
            String text = expand(raw.text(), 0);
            total += raw.text().indexOf('$') < 0 ? 0 : text.length();
            if (depth > DEPTH_LIMIT) {
                return new Expansion(raw, Set.of(), depth);
            }
            return new Expansion(new Value(broken ? "" : text, raw.origin(), secret, broken), problems, depth);
        }

        private String expand(String text, int nesting) {
            int dollar = text.indexOf('$');
            if (dollar < 0) {
                return text;
            }
            if (nesting > DEPTH_LIMIT) {
                fail("has defaults nested more than " + DEPTH_LIMIT + " deep");
                return "";
            }
            StringBuilder out = new StringBuilder();
            int position = 0;
            while (dollar >= 0 && !hopeless()) {
                out.append(text, position, dollar);
                position = replace(text, dollar, nesting, out);
                bound(out);
                dollar = text.indexOf('$', position);
            }
            return hopeless() ? "" : out.append(text, position, text.length()).toString();
        }

        /** An unset variable lets the rest be looked through for others; these do not. */
        private boolean hopeless() {
            return depth > DEPTH_LIMIT || malformed;
        }

        private void bound(StringBuilder out) {
            total += out.length() > raw.text().length()
                    ? out.length() - raw.text().length()
                    : 0;
            if (out.length() > LENGTH_LIMIT || total > TOTAL_LIMIT) {
                malformed = true;
                fail("is longer than " + LENGTH_LIMIT + " characters when its references are replaced");
            }
        }

        /** Appends what the dollar at the position stands for, and returns the position behind it. */
        private int replace(String text, int dollar, int nesting, StringBuilder out) {
            char next = dollar + 1 < text.length() ? text.charAt(dollar + 1) : ' ';
            if (next == '$') {
                out.append('$');
                return dollar + 2;
            }
            if (next == '{') {
                return replaceBraces(text, dollar + 2, nesting, out);
            }
            if (next == '<') {
                return replaceAngles(text, dollar + 2, out);
            }
            Matcher matcher = NAME.matcher(text).region(dollar + 1, text.length());
            String name = matcher.lookingAt() ? matcher.group() : "";
            String value = name.isEmpty() ? null : variable(name);
            if (value == null) {
                malformed("has a '$' that is no reference; write '$$' for a dollar sign or ${NAME} for a variable");
                return text.length();
            }
            out.append(value);
            return matcher.end();
        }

        private int replaceAngles(String text, int start, StringBuilder out) {
            int end = text.indexOf('>', start);
            String name = end < 0 ? "" : text.substring(start, end);
            if (!NAME.matcher(name).matches()) {
                malformed("has a '$<' that is not followed by a name and '>'; write '$$' for a dollar sign");
                return text.length();
            }
            String value = variable(name);
            if (value == null) {
                fail("refers to " + quoted("$<", name, ">") + ", which is not set in the environment");
            } else {
                out.append(value);
            }
            return end + 1;
        }

        private int replaceBraces(String text, int start, int nesting, StringBuilder out) {
            int end = closing(text, start);
            if (end < 0) {
                malformed("has a '${' without a '}'; write '$$' for a dollar sign");
                return text.length();
            }
            String body = text.substring(start, end);
            int fallback = body.indexOf(":-");
            String name = fallback < 0 ? body : body.substring(0, fallback);
            if (name.isBlank() || name.indexOf('$') >= 0 || name.indexOf('{') >= 0) {
                malformed("has a '${' that is not followed by a name and '}'; write '$$' for a dollar sign");
                return text.length();
            }
            String value = lookup(name);
            if (fallback >= 0 && (value == null || value.isEmpty())) {
                value = expand(body.substring(fallback + 2), nesting + 1);
            } else if (value == null) {
                fail("refers to " + quoted("${", name, "}") + ", " + absence(name));
            }
            out.append(value == null ? "" : value);
            return end + 1;
        }

        private static int closing(String text, int start) {
            int open = 1;
            for (int i = start; i < text.length(); i++) {
                char c = text.charAt(i);
                open += c == '{' ? 1 : c == '}' ? -1 : 0;
                if (open == 0) {
                    return i;
                }
            }
            return -1;
        }

        private @Nullable String lookup(String name) {
            String value = name.indexOf(':') < 0 ? variable(name) : null;
            return value == null ? option(target(name)) : value;
        }

        /** The last colon separates, as names of sections have colons too. */
        private Reference target(String name) {
            int colon = name.lastIndexOf(':');
            String section =
                    colon < 0 ? self.section() : name.substring(0, colon).strip();
            return new Reference(section, Names.key(name.substring(colon + 1).strip()));
        }

        private @Nullable String variable(String name) {
            if (name.equals("THIS_DIR") && raw.origin().directory() != null) {
                return String.valueOf(raw.origin().directory());
            }
            secret |= variables.isSecret(name) && variables.find(name) != null;
            return variables.find(name);
        }

        private @Nullable String option(Reference target) {
            referenced.add(target);
            Expansion expansion = resolve(target);
            if (expansion == null) {
                return null;
            }
            depth = Math.max(depth, expansion.depth() + 1);
            problems.addAll(expansion.problems());
            secret |= expansion.value().secret();
            broken |= expansion.value().broken();
            return expansion.value().text();
        }

        private String absence(String name) {
            if (name.indexOf(':') < 0) {
                return "which is neither set in the environment nor a key of the section";
            }
            return sections.containsKey(target(name).section())
                    ? "but the section has no such key"
                    : "but there is no such section";
        }

        /** The reference as it is written, unless it may be a piece of a password with a dollar sign in it. */
        private String quoted(String open, String name, String close) {
            String whole = open + name + close;
            boolean deliberate = !sensitive(self)
                    || raw.text().strip().equals(whole)
                    || USUAL_VARIABLE.matcher(name).matches();
            return "'" + (deliberate ? open + Names.shown(name) + close : Redactor.MASK) + "'";
        }

        private void malformed(String message) {
            malformed = true;
            fail(message);
        }

        private void fail(String message) {
            broken = true;
            problems.add(problem(raw.origin(), self.section(), self.key(), Names.shown(self.key()) + " " + message));
        }
    }
}
