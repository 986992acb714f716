package io.bspump.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds what nothing uses, and what was probably meant. */
final class Unused {

    private static final Set<String> WELL_KNOWN =
            Set.of("general", "web", "logging", "logging:file", "secrets", "passwords", IniFile.DEFAULT);
    private static final int LIMIT = 1_000;

    private final Map<String, IniFile.Section> sections;
    private final Map<String, Use> uses;
    private final Overrides overrides;
    private final Set<Expander.Reference> referenced;
    private final List<ConfigProblem> found = new ArrayList<>();

    private Unused(
            Map<String, IniFile.Section> sections,
            Map<String, Use> uses,
            Overrides overrides,
            Set<Expander.Reference> referenced) {
        this.sections = sections;
        this.uses = new TreeMap<>(uses);
        this.overrides = overrides;
        this.referenced = referenced;
    }

    static List<ConfigProblem> find(
            Map<String, IniFile.Section> sections,
            Map<String, Use> uses,
            Overrides overrides,
            Set<Expander.Reference> referenced) {
        Unused unused = new Unused(sections, uses, overrides, referenced);
        unused.findSections();
        unused.uses.forEach(unused::findKeys);
        unused.findOverrides();
        return List.copyOf(unused.found);
    }

    private void findSections() {
        Set<String> known = new HashSet<>(WELL_KNOWN);
        known.addAll(uses.keySet());
        referenced.forEach(reference -> known.add(reference.section()));
        sections.forEach((name, section) -> unknownSection(name, section.origin(), known));
        overrides.commandLineSections().forEach(name -> unknownSection(name, Origin.COMMAND_LINE, known));
    }

    private void unknownSection(String name, Origin origin, Set<String> known) {
        if (!known.contains(name) && found.size() < LIMIT) {
            add(origin, name, null, "unknown section" + hint(Names.nearest(name, known)));
        }
    }

    private void findKeys(String section, Use use) {
        List<String> candidates = new ArrayList<>(use.declaredKeys());
        if (!use.isOpen()) {
            candidates.addAll(use.reads());
        }
        use.given().forEach((key, origin) -> {
            if (use.knows(key) || referenced.contains(new Expander.Reference(section, key))) {
                return;
            }
            Optional<String> nearest = nearest(key, candidates, use);
            // A line of a file that nobody has read yet may still be read; a setting from outside is an instruction.
            boolean instruction = origin.equals(Origin.COMMAND_LINE)
                    || origin.place().startsWith(Origin.variable("").place());
            if (nearest.isPresent() || !use.isOpen() || instruction) {
                add(origin, section, key, unknownKey(key, nearest));
            }
        });
    }

    static String unknownKey(String key, Optional<String> nearest) {
        return "unknown key '" + Names.shown(key) + "'" + hint(nearest);
    }

    private static Optional<String> nearest(String key, Collection<String> candidates, Use use) {
        // The reference framework's habit: keys with another separator, such as bootstrap.servers.
        String underscored = key.replace('.', '_').replace('-', '_');
        return !underscored.equals(key) && use.knows(underscored)
                ? Optional.of(underscored)
                : Names.nearest(key, candidates);
    }

    private void findOverrides() {
        for (String name : overrides.unused()) {
            add(Origin.variable(name), null, null, "the variable is for no section and key that anything uses");
        }
    }

    private static String hint(Optional<String> nearest) {
        return nearest.map(name -> ", did you mean '" + name + "'?").orElse("");
    }

    private void add(Origin origin, @Nullable String section, @Nullable String key, String message) {
        found.add(new ConfigProblem(origin.place(), origin.line(), section, key, message));
    }
}
