package io.bspump.config;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The whole of pipelines.conf, with the environment and the command line applied. Its content does not change. Thread-safe:
 * what it learns while components claim their sections is kept for {@link #problems()} and {@link #checkUnused()}. To read the
 * files anew means to make another one, see {@link #changeFrom}.
 */
public final class Configuration {

    /** What {@code [general]} tells the configuration itself. */
    public static final Options GENERAL = Options.of(Option.list("include")
            .doc("Files to read after this one, as names or patterns with `*`, relative to this file."));

    /** What {@code [secrets]} tells the configuration itself. */
    public static final Options SECRETS = Options.of(
            Option.list("groups").doc("Files of `NAME=value` lines that are added to the environment."),
            Option.string("dir")
                    .doc("Directory of the groups, relative to this file. Without it `$BITSWAN_GITOPS_DIR/secrets`,"
                            + " or `$HOME/.config/bitswan/local-gitops/secrets`."));

    private static final int CONTEXT_LIMIT = 1_000;

    private final ConfigurationLoader.Loaded files;
    private final Overrides overrides;
    private final Expander expander;
    private final Set<Claim> claims = Collections.synchronizedSet(new LinkedHashSet<>());
    private final Map<String, Claim> past = new ConcurrentHashMap<>();
    private final Map<String, Configuration> retained = new ConcurrentHashMap<>();
    private final Set<String> unusableDefaults = ConcurrentHashMap.newKeySet();

    Configuration(Inputs inputs) {
        this.files = ConfigurationLoader.load(inputs);
        this.overrides = new Overrides(files.variables(), inputs.commandLine());
        this.expander = new Expander(files.variables(), files.sections(), overrides);
        expandAll();
        overrides.find("general", "include");
        claim("secrets", SECRETS, Map.of(), true);
    }

    /**
     * Reads one file with the environment and system properties of this process.
     *
     * @throws ConfigException with everything that is wrong
     */
    public static Configuration read(Path file) {
        return builder().file(file).read();
    }

    /** Starts to put a configuration together. */
    public static ConfigurationBuilder builder() {
        return new ConfigurationBuilder();
    }

    private void expandAll() {
        files.sections().forEach((name, section) -> {
            if (name.equals(IniFile.DEFAULT)) {
                section.values().keySet().forEach(this::expandDefault);
            } else {
                overrides.register(name, files.problems());
                section.values().keySet().forEach(key -> expand(name, key));
            }
        });
    }

    private @Nullable Value expand(String section, String key) {
        return expand(section, key, files.problems()::add);
    }

    private @Nullable Value expand(String section, String key, Consumer<ConfigProblem> problems) {
        Expander.Expansion expansion = expander.expand(section, key);
        if (expansion == null) {
            return null;
        }
        Value value = expansion.value();
        if (value.secret() && (section.equals("passwords") || Names.sensitive(key))) {
            files.redactor().learn(value.text());
        }
        IniFile.Section own = files.sections().get(section);
        boolean inherited = own == null || !own.values().containsKey(key);
        if (!inherited || !unusableDefaults.contains(key)) {
            expansion.problems().forEach(problems);
        }
        return value;
    }

    /** A value that others inherit is wrong if it can be expanded neither by itself nor in any section. */
    private void expandDefault(String key) {
        boolean usable = files.sections().keySet().stream()
                .limit(CONTEXT_LIMIT)
                .map(section -> expander.expand(section, key))
                .anyMatch(expansion -> expansion != null && expansion.problems().isEmpty());
        if (!usable) {
            expand(IniFile.DEFAULT, key);
            unusableDefaults.add(key);
        }
    }

    /** The file that was read, or that should have been; empty if there is none. */
    public Optional<Path> path() {
        return Optional.ofNullable(files.path());
    }

    /** The names of the sections in the files, in their order, without {@code DEFAULT}. */
    public Set<String> sections() {
        Set<String> names = new LinkedHashSet<>(files.sections().keySet());
        names.remove(IniFile.DEFAULT);
        return Collections.unmodifiableSet(names);
    }

    /** Tells whether the files have the section. */
    public boolean hasSection(String name) {
        return !name.equals(IniFile.DEFAULT) && files.sections().containsKey(name);
    }

    /** The text of one key as it stands, without counting as a use of the section or of the key; empty if it has no value. */
    public Optional<String> peek(String section, String key) {
        Configuration earlier = retained.get(section);
        if (earlier != null) {
            return earlier.peek(section, key);
        }
        String name = Names.key(key);
        Value value = overrides.find(section, name);
        if (value == null) {
            value = expand(section, name);
        }
        return Optional.ofNullable(value).map(Value::text);
    }

    /** A section as it stands, or an empty one. The section is known from now on. */
    public Config section(String name) {
        return claim(name, Options.of(), Map.of(), false);
    }

    /** A section whose options are declared here; they are checked like those of a component, and other keys are unknown. */
    public Config section(String name, Options options) {
        return claim(name, options, Map.of(), true);
    }

    /**
     * The section of a component. Precedence, lowest first: declared defaults, values given in code, {@code [DEFAULT]} and
     * the files, environment variables, command line. Everything wrong with the declared options is added to
     * {@link #problems()}; nothing is thrown for it.
     *
     * <p>If the class itself declares {@code OPTIONS}, every key that is neither declared nor read is unknown. If it does not,
     * a key that is never read is unknown only if it looks like a declared option.
     */
    public Config component(String section, Class<?> type, Map<String, ?> valuesInCode) {
        return claim(section, Options.of(type), valuesInCode, Options.isDeclaredBy(type));
    }

    /** Like {@link #component}; every key that is neither declared nor read is unknown, whatever the class declares. */
    public Config closedComponent(String section, Class<?> type, Map<String, ?> valuesInCode) {
        return claim(section, Options.of(type), valuesInCode, true);
    }

    /**
     * Finds what would be wrong with the section of a component, without a claim: nothing of it is kept. Unknown keys are told
     * at once, as no code can ask for them later.
     */
    public List<ConfigProblem> check(String section, Class<?> type, Map<String, ?> valuesInCode) {
        Options options = Options.of(type);
        SectionMerge merge = new SectionMerge(section, options, false, new Problems(), files.redactor());
        merge.addCode(valuesInCode);
        merge.check(null);
        Problems problems = new Problems();
        merge.problems().forEach(problems::add);
        merge.given().forEach((key, origin) -> {
            Optional<String> nearest = Names.nearest(key, options.spellings());
            if (options.lookup(key) == null && (nearest.isPresent() || Options.isDeclaredBy(type))) {
                problems.add(origin, section, key, Unused.unknownKey(key, nearest));
            }
        });
        return problems.all();
    }

    /**
     * Replaces the references in a value that stands in another file, as if it were that of a key of a section.
     *
     * @param problems is given what is wrong
     * @return the value with everything replaced; empty if something is wrong
     */
    public Optional<PlacedValue> expand(String section, String key, PlacedValue raw, Consumer<ConfigProblem> problems) {
        Expander.Expansion expansion = expander.expand(section, Names.key(key), raw.value());
        expansion.problems().forEach(problems);
        Value value = expansion.value();
        if (value.secret()) {
            files.redactor().learn(value.text());
        }
        return value.broken()
                ? Optional.empty()
                : Optional.of(new PlacedValue(value.text(), raw.place(), raw.line(), raw.directory(), value.secret()));
    }

    /** What the sections that have been claimed so far understand, by section. */
    public Map<String, Options> claimed() {
        Map<String, Options> claimed = new TreeMap<>();
        uses().forEach((section, use) -> claimed.put(section, use.options()));
        return claimed;
    }

    private Map<String, Use> uses() {
        Map<String, Use> uses = new TreeMap<>();
        uses.computeIfAbsent("general", name -> new Use()).declare(GENERAL);
        Stream.concat(past.values().stream(), claims().stream())
                .forEach(claim ->
                        uses.computeIfAbsent(claim.section(), name -> new Use()).add(claim));
        return uses;
    }

    private List<Claim> claims() {
        synchronized (claims) {
            return List.copyOf(claims);
        }
    }

    private Config claim(String name, Options options, Map<String, ?> valuesInCode, boolean closed) {
        Claim asked = new Claim(name, options, valuesInCode, closed);
        SectionMerge merge = merge(asked);
        Claim claim = asked.merged(merge);
        claims.add(claim);
        return new Config(claim, merge);
    }

    private SectionMerge merge(Claim claim) {
        String name = claim.section();
        Configuration earlier = retained.get(name);
        if (earlier != null) {
            return earlier.merge(claim);
        }
        overrides.register(name, files.problems());
        Options options = claim.options();
        SectionMerge merge =
                new SectionMerge(name, options, files.problems().isPartial(), files.warnings(), files.redactor());
        IniFile.Section section =
                name.equals(IniFile.DEFAULT) ? null : files.sections().get(name);
        Map<String, Value> own = expanded(name, section, Set.of(), merge::add);
        IniFile.Section shared = section == null ? null : files.sections().get(IniFile.DEFAULT);
        Map<String, Value> inherited = expanded(name, shared, own.keySet(), merge::add);

        merge.addCode(claim.valuesInCode());
        merge.add(inherited, false);
        merge.add(own, true);
        Set<String> known = new LinkedHashSet<>(options.spellings());
        known.addAll(merge.merged().keySet());
        merge.add(overrides.environment(name, known), true);
        merge.add(overrides.commandLine(name), true);
        merge.check(section == null ? null : section.origin());
        return merge;
    }

    private Map<String, Value> expanded(
            String name, IniFile.@Nullable Section source, Set<String> hidden, Consumer<ConfigProblem> problems) {
        Map<String, Value> values = new LinkedHashMap<>();
        if (source != null) {
            for (String key : source.values().keySet()) {
                Value value = hidden.contains(key) ? null : expand(name, key, problems);
                if (value != null) {
                    values.put(key, value);
                }
            }
        }
        return values;
    }

    /** Everything found to be wrong so far: with the files, then with the sections in the order of their claims; each once. */
    public List<ConfigProblem> problems() {
        Problems all = new Problems();
        files.problems().all().forEach(all::add);
        claims().forEach(claim -> claim.problems().forEach(all::add));
        return all.all();
    }

    /** What deserves attention but does not stop the program: deprecated options, files included twice. */
    public List<ConfigProblem> warnings() {
        return files.warnings().all();
    }

    /**
     * What nothing uses: sections that no component has claimed, keys that no component knows, environment variables and
     * command-line settings that reach nothing. To be asked when all components exist. Changes nothing, can be repeated.
     */
    public List<ConfigProblem> checkUnused() {
        return Unused.find(files.sections(), uses(), overrides, expander.referenced());
    }

    // Reading anew

    /** How this configuration differs from an earlier one of the same program. */
    public ConfigurationChange changeFrom(Configuration earlier) {
        Set<String> before = earlier.sections();
        Set<String> now = sections();
        Map<String, Set<String>> affected = new TreeMap<>();
        for (Claim claim : earlier.claims()) {
            Set<String> keys = claim.differences(merge(claim));
            if (!keys.isEmpty()) {
                affected.computeIfAbsent(claim.section(), name -> new TreeSet<>())
                        .addAll(keys);
            }
        }
        Set<String> changed = new TreeSet<>(affected.keySet());
        for (String section : now) {
            if (before.contains(section) && !texts(section).equals(earlier.texts(section))) {
                changed.add(section);
            }
        }
        Set<String> added = new TreeSet<>(now);
        added.removeAll(before);
        Set<String> removed = new TreeSet<>(before);
        removed.removeAll(now);
        changed.removeAll(added);
        changed.removeAll(removed);
        return new ConfigurationChange(added, changed, removed, affected);
    }

    private Map<String, String> texts(String section) {
        Configuration earlier = retained.get(section);
        if (earlier != null) {
            return earlier.texts(section);
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : List.of(IniFile.DEFAULT, section)) {
            IniFile.Section source = files.sections().get(name);
            expanded(section, source, Set.of(), problem -> {}).forEach((key, value) -> texts.put(key, value.text()));
        }
        return texts;
    }

    /**
     * Takes over the claims on some sections from the configuration that was in force, for those that go on with what they
     * have. What is wrong with other values in these sections is among the {@link #problems()} from now on.
     */
    public void takeOver(Configuration earlier, Predicate<String> sections) {
        earlier.claims().stream()
                .filter(claim -> sections.test(claim.section()))
                .forEach(claim -> claims.add(claim.takenOver(merge(claim))));
    }

    /** Knows what some sections of an earlier configuration could hold, though nobody holds them now. */
    public void remember(Configuration earlier, Predicate<String> sections) {
        Stream.concat(earlier.claims().stream(), earlier.past.values().stream())
                .filter(claim -> sections.test(claim.section()))
                .forEach(this::remember);
    }

    private void remember(Claim claim) {
        past.merge(claim.section(), claim.past(), Claim::and);
    }

    /** Says from now on what an earlier configuration says about a section: what stands here could not be put into effect. */
    public void retain(Configuration earlier, String section) {
        claims.removeIf(claim -> claim.section().equals(section));
        retained.put(section, earlier.retained.getOrDefault(section, earlier));
        takeOver(earlier, section::equals);
    }

    /**
     * Hears that holders of sections are gone, or did not come into being: what was found to be wrong with them does not
     * count any more. What they understood is still understood.
     */
    public void release(Collection<Config> held) {
        for (Config config : held) {
            if (claims.remove(config.claim()) && hasSection(config.name())) {
                remember(config.claim());
            }
        }
    }

    /** Like {@link Config#masked}, for a text that belongs to no section. */
    public String masked(String text) {
        return files.redactor().mask(text, Config.MASKED_LENGTH);
    }

    /** The sections that somebody has claimed. */
    public Set<String> claimedSections() {
        return claims().stream().map(Claim::section).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The same problem at the place where the value stands here, when it was found by somebody with earlier values. */
    public ConfigProblem placed(ConfigProblem problem) {
        String section = problem.section();
        String key = problem.key();
        Value value = section == null || key == null || overrides.find(section, key) != null
                ? null
                : expand(section, key, other -> {});
        return value == null
                ? problem
                : new ConfigProblem(value.origin().place(), value.origin().line(), section, key, problem.message());
    }
}
