package io.bspump.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Finds and reads the files: the main one, those it includes, and files of secrets. Used once, by one thread. */
final class ConfigurationLoader {

    private static final String GENERAL = "general";
    private static final String SECRETS = "secrets";
    private static final int DEPTH_LIMIT = 32;
    private static final int FILE_LIMIT = 1_000;
    private static final long TOTAL_LIMIT = 1L << 26;

    private final Inputs inputs;
    private final Variables variables;
    private final Problems problems = new Problems();
    private final Problems warnings = new Problems();
    private final Redactor redactor = new Redactor();
    private final Map<String, IniFile.Section> sections = new LinkedHashMap<>();
    private final Set<Path> seen = new HashSet<>();
    private long total;
    private @Nullable Path path;

    private ConfigurationLoader(Inputs inputs) {
        this.inputs = inputs;
        this.variables = new Variables(inputs.environment(), inputs.systemProperties());
    }

    /** What was read. */
    record Loaded(
            @Nullable Path path,
            Map<String, IniFile.Section> sections,
            Variables variables,
            Problems problems,
            Problems warnings,
            Redactor redactor) {}

    static Loaded load(Inputs inputs) {
        ConfigurationLoader loader = new ConfigurationLoader(inputs);
        String text = inputs.text();
        if (text == null) {
            loader.loadMain();
        } else {
            Path place = inputs.workingDirectory().resolve("pipelines.conf");
            loader.accept(TextFile.withoutMark(text), loader.origin(place), 0);
        }
        return new Loaded(
                loader.path, loader.sections, loader.variables, loader.problems, loader.warnings, loader.redactor);
    }

    private void loadMain() {
        Path directory = inputs.workingDirectory();
        Path named = inputs.file();
        if (named != null) {
            loadNamed(directory.resolve(named), "");
            return;
        }
        for (String variable : List.of("BSPUMP_CONFIG", "ASAB_CONFIG")) {
            String value = inputs.environment().getOrDefault(variable, "");
            if (!value.isBlank()) {
                loadNamed(resolve(directory, value, Origin.variable(variable)), " named by " + variable);
                return;
            }
        }
        for (String usual : List.of("pipelines.conf", "conf/pipelines.conf")) {
            if (Files.exists(directory.resolve(usual))) {
                loadNamed(directory.resolve(usual), "");
                return;
            }
        }
    }

    private void loadNamed(@Nullable Path file, String reason) {
        if (file == null) {
            return;
        }
        path = file.normalize();
        if (Files.exists(file)) {
            load(path, 0);
        } else {
            problems.addLoss(origin(path), null, null, "the configuration file" + reason + " does not exist");
        }
    }

    private Origin origin(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path directory = inputs.workingDirectory().normalize();
        Path shown = absolute.startsWith(directory) ? directory.relativize(absolute) : absolute;
        return new Origin(shown.toString(), 0, absolute.getParent());
    }

    private void load(Path file, int depth) {
        Origin origin = origin(file);
        String text = TextFile.read(file, origin, problems);
        if (text == null) {
            return;
        }
        total += text.length();
        if (total > TOTAL_LIMIT) {
            problems.add(origin, null, null, "the files together are longer than " + (TOTAL_LIMIT >> 20) + " MiB");
            return;
        }
        seen.add(identity(file));
        accept(text, origin, depth);
    }

    private static Path identity(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file.toAbsolutePath().normalize();
        }
    }

    private void accept(String text, Origin origin, int depth) {
        IniFile ini = IniFile.parse(text, origin, problems);
        ini.sections().forEach((name, section) -> sections.computeIfAbsent(
                        name, key -> new IniFile.Section(section.origin(), new LinkedHashMap<>()))
                .values()
                .putAll(section.values()));
        loadSecrets(ini, depth);
        Value include = setting(ini, GENERAL, "include", depth);
        if (include != null) {
            boolean lines = include.text().indexOf('\n') >= 0;
            for (String entry : include.text().split(lines ? "\n" : "\\s+", -1)) {
                if (!entry.isBlank()) {
                    include(entry.strip(), include, depth + 1);
                }
            }
        }
    }

    /**
     * A value that is needed before everything has been read; null if there is none or it is broken. The environment and the
     * command line replace what the main file says, not what included files say.
     */
    private @Nullable Value setting(IniFile ini, String section, String key, int depth) {
        IniFile.Section own = ini.sections().get(section);
        Overrides overrides = depth == 0 ? new Overrides(variables, inputs.commandLine()) : null;
        boolean given = own != null && own.values().containsKey(key);
        if (!given && (overrides == null || overrides.find(section, key) == null)) {
            return null;
        }
        Expander.Expansion expansion = new Expander(variables, sections, overrides).expand(section, key);
        if (expansion == null) {
            return null;
        }
        expansion.problems().forEach(problems::add);
        return expansion.value().broken() ? null : expansion.value();
    }

    private Path base(Origin origin) {
        return origin.directory() == null ? inputs.workingDirectory() : origin.directory();
    }

    private void include(String entry, Value value, int depth) {
        Origin origin = value.origin();
        String shown = value.secret() ? Redactor.MASK : Names.shown(entry);
        Path directory = base(origin);
        if (depth > DEPTH_LIMIT) {
            problems.addLoss(origin, GENERAL, "include", "include is nested more than " + DEPTH_LIMIT + " deep");
        } else if (Globs.isPattern(entry)) {
            findAll(directory, entry, shown, origin).forEach(match -> includeFile(match, origin, depth));
        } else {
            Path single = resolve(directory, entry, origin);
            if (single != null && !Files.exists(single)) {
                String message = "include names a file that does not exist: '" + shown + "'";
                problems.addLoss(origin, GENERAL, "include", message);
            } else if (single != null) {
                includeFile(single, origin, depth);
            }
        }
    }

    private List<Path> findAll(Path directory, String pattern, String shown, Origin origin) {
        try {
            return Globs.find(directory, pattern);
        } catch (IOException | PatternSyntaxException | InvalidPathException e) {
            String message = "include cannot look for '" + shown + "'";
            problems.add(
                    origin, GENERAL, "include", message + ": " + e.getClass().getSimpleName());
            return List.of();
        }
    }

    private @Nullable Path resolve(Path directory, String name, Origin origin) {
        try {
            return directory.resolve(name).normalize();
        } catch (InvalidPathException e) {
            problems.add(origin, null, null, "'" + Names.shown(name) + "' is not a file name");
            return null;
        }
    }

    private void includeFile(Path file, Origin origin, int depth) {
        if (Files.isDirectory(file)) {
            problems.add(
                    origin, GENERAL, "include", "include names a directory: '" + Names.shown(file.toString()) + "'");
        } else if (seen.contains(identity(file))) {
            String message = "include names a file that has been read already: '"
                    + origin(file).place() + "'";
            warnings.add(origin, GENERAL, "include", message);
        } else if (seen.size() >= FILE_LIMIT) {
            problems.addLoss(origin, GENERAL, "include", "include leads to more than " + FILE_LIMIT + " files");
        } else {
            load(file, depth);
        }
    }

    private void loadSecrets(IniFile ini, int depth) {
        Value groups = setting(ini, SECRETS, "groups", depth);
        if (groups == null) {
            return;
        }
        Path directory = secretsDirectory(ini, groups.origin(), depth);
        for (String group : Units.list(groups.text())) {
            if (group.indexOf('/') >= 0 || group.indexOf('\\') >= 0 || group.startsWith("..")) {
                String message = "groups must be names of files without a directory, was '" + Names.shown(group) + "'";
                problems.add(groups.origin(), SECRETS, "groups", message);
            } else if (directory != null) {
                Path file = resolve(directory, group, groups.origin());
                if (file != null) {
                    loadGroup(file, groups.origin());
                }
            }
        }
    }

    private void loadGroup(Path file, Origin origin) {
        Origin place = origin(file);
        if (!Files.exists(file)) {
            problems.add(origin, SECRETS, "groups", "groups names a file that does not exist: '" + place.place() + "'");
            return;
        }
        String text = TextFile.read(file, place, problems);
        if (text != null) {
            DotEnv.parse(text, place, problems).forEach((name, value) -> {
                redactor.learn(value);
                variables.addSecret(name, value);
                redactor.learn(variables.environment().getOrDefault(name, ""));
            });
        }
    }

    /** The directory named in the file, else the one of the reference framework's tools. */
    private @Nullable Path secretsDirectory(IniFile ini, Origin origin, int depth) {
        Value dir = setting(ini, SECRETS, "dir", depth);
        if (dir != null) {
            return resolve(base(dir.origin()), dir.text(), dir.origin());
        }
        String deployed = inputs.environment().getOrDefault("BITSWAN_GITOPS_DIR", "");
        if (!deployed.isBlank()) {
            return resolve(inputs.workingDirectory(), deployed + "/secrets", origin);
        }
        String home = inputs.environment().getOrDefault("HOME", "");
        if (home.isBlank()) {
            problems.add(origin, SECRETS, "groups", "groups needs the key 'dir', or the variable BITSWAN_GITOPS_DIR");
            return null;
        }
        return resolve(inputs.workingDirectory(), home + "/.config/bitswan/local-gitops/secrets", origin);
    }
}
