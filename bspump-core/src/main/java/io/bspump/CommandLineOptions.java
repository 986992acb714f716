package io.bspump;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What was asked for on the command line.
 *
 * @param file given by {@code --config}
 * @param action what to do instead of running, if anything
 * @param overrides of the configuration: section, key, value
 * @param problems everything wrong with the arguments, one line each; the rest is what could be understood
 * @param command the name of the {@link Command}; empty if none is asked for
 * @param arguments of the command
 */
record CommandLineOptions(
        Optional<Path> file,
        Action action,
        Map<String, Map<String, String>> overrides,
        List<String> problems,
        String command,
        List<String> arguments) {

    enum Action {
        RUN,
        COMMAND,
        CHECK,
        SCHEMA,
        HELP,
        VERSION
    }

    private static final String DEFAULT_LISTEN = "127.0.0.1:8080";

    static CommandLineOptions parse(String... args) {
        return parse(List.of(), args);
    }

    /** Understands the names of commands as the first argument too. */
    static CommandLineOptions parse(List<Command> commands, String... args) {
        boolean command = args.length > 0
                && commands.stream().anyMatch(each -> each.name().equals(args[0]));
        return command ? parseCommand(args) : parseOptions(args);
    }

    private static CommandLineOptions parseOptions(String... args) {
        ParseResult result = new CommandLine(spec()).parseArgs(args);
        List<String> problems = new ArrayList<>();
        result.errors().forEach(error -> problems.add(message(error)));
        Map<String, Map<String, String>> overrides = overrides(result, problems);
        return new CommandLineOptions(file(result), action(result), overrides, List.copyOf(problems), "", List.of());
    }

    /** Takes the options that say which configuration it is; the others, and {@code --help}, are the command's own. */
    private static CommandLineOptions parseCommand(String... args) {
        CommandSpec spec = CommandSpec.create();
        spec.parser().collectErrors(true).expandAtFiles(false).unmatchedArgumentsAllowed(true);
        List.of(config(), set()).forEach(spec::addOption);
        ParseResult result = new CommandLine(spec)
                .parseArgs(List.of(args).subList(1, args.length).toArray(String[]::new));
        List<String> problems = new ArrayList<>();
        result.errors().forEach(error -> problems.add(message(error)));
        Map<String, Map<String, String>> overrides = overrides(result, problems);
        return new CommandLineOptions(
                file(result), Action.COMMAND, overrides, List.copyOf(problems), args[0], result.unmatched());
    }

    private static Optional<Path> file(ParseResult result) {
        return Optional.ofNullable(result.matchedOptionValue("--config", (Path) null));
    }

    /** The text for {@code --help}. */
    static String usage(List<Command> commands) {
        CommandSpec spec = spec();
        List<String> footer = new ArrayList<>();
        if (!commands.isEmpty()) {
            footer.addAll(List.of("", "Instead of running it, as the first argument, with --help for more:"));
            commands.forEach(command -> footer.add(String.format("  %-12s %s", command.name(), command.summary())));
        }
        footer.addAll(List.of(spec.usageMessage().footer()));
        spec.usageMessage().footer(footer.toArray(String[]::new));
        return new CommandLine(spec).getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("pump");
        spec.parser().collectErrors(true).expandAtFiles(false);
        spec.usageMessage()
                .description("A pump, run by bspump.", "")
                .footer(
                        "",
                        "Exit codes:",
                        "  0   fine",
                        "  1   the start failed, or an unexpected error",
                        "  2   the configuration or the command line is wrong",
                        "  3   stopped with unsettled events, they come again at the next start",
                        "  70  killed by a third signal");
        spec.addOption(config());
        spec.addOption(option("--pump")
                .paramLabel("FILE")
                .type(String.class)
                .description("Build the pump from the definition in FILE, YAML or JSON. Sets [general] pump.")
                .build());
        spec.addOption(option("-w", "--web")
                .paramLabel("ADDR")
                .type(String.class)
                .arity("0..1")
                .fallbackValue(DEFAULT_LISTEN)
                .description("Listen on ADDR, " + DEFAULT_LISTEN + " if left out. Sets [web] listen.")
                .build());
        spec.addOption(option("-v", "--verbose")
                .description("Log what bspump does in detail.")
                .build());
        spec.addOption(option("--check")
                .description("Report every problem of the configuration, start nothing.")
                .build());
        spec.addOption(option("--schema")
                .description("Print the JSON Schema of the configuration of this pump.")
                .build());
        spec.addOption(set());
        spec.addOption(option("-h", "--help")
                .usageHelp(true)
                .description("Print this text.")
                .build());
        spec.addOption(option("--version")
                .versionHelp(true)
                .description("Print the version.")
                .build());
        return spec;
    }

    private static OptionSpec config() {
        return option("-c", "--config")
                .paramLabel("FILE")
                .type(Path.class)
                .description(
                        "Read FILE. Otherwise $BSPUMP_CONFIG, $ASAB_CONFIG, ./pipelines.conf or ./conf/pipelines.conf.")
                .build();
    }

    private static OptionSpec set() {
        return option("--set")
                .paramLabel("SECTION:KEY=VALUE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description("Set KEY in [SECTION], whatever the file says. Can be repeated.")
                .build();
    }

    private static OptionSpec.Builder option(String... names) {
        return OptionSpec.builder(names);
    }

    private static Action action(ParseResult result) {
        if (result.isUsageHelpRequested()) {
            return Action.HELP;
        }
        if (result.isVersionHelpRequested()) {
            return Action.VERSION;
        }
        if (result.hasMatchedOption("--schema")) {
            return Action.SCHEMA;
        }
        return result.hasMatchedOption("--check") ? Action.CHECK : Action.RUN;
    }

    private static Map<String, Map<String, String>> overrides(ParseResult result, List<String> problems) {
        Map<String, Map<String, String>> overrides = new LinkedHashMap<>();
        if (result.hasMatchedOption("--verbose")) {
            put(overrides, "logging", "verbose", "true");
        }
        String pump = result.matchedOptionValue("--pump", (String) null);
        if (pump != null) {
            put(overrides, "general", "pump", pump);
        }
        String listen = result.matchedOptionValue("--web", (String) null);
        if (listen != null) {
            put(overrides, "web", "listen", listen);
        }
        List<String> assignments = result.matchedOptionValue("--set", List.of());
        assignments.forEach(assignment -> set(overrides, assignment, problems));
        return overrides;
    }

    // Section names hold colons and values hold anything, so the last colon before the first '=' ends the section.
    private static void set(Map<String, Map<String, String>> overrides, String assignment, List<String> problems) {
        int equals = assignment.indexOf('=');
        int colon = equals < 0 ? -1 : assignment.lastIndexOf(':', equals);
        if (colon < 1 || assignment.substring(colon + 1, equals).isBlank()) {
            // The text after '=' may be a secret.
            String seen = equals < 0 ? assignment : assignment.substring(0, equals + 1) + "...";
            problems.add("--set must be SECTION:KEY=VALUE, was '" + seen + "'");
            return;
        }
        String key = assignment.substring(colon + 1, equals).strip();
        put(overrides, assignment.substring(0, colon).strip(), key, assignment.substring(equals + 1));
    }

    private static void put(Map<String, Map<String, String>> overrides, String section, String key, String value) {
        overrides.computeIfAbsent(section, name -> new LinkedHashMap<>()).put(key, value);
    }

    private static String message(Exception error) {
        if (error instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched);
        }
        return error instanceof ParameterException ? String.valueOf(error.getMessage()) : error.toString();
    }

    private static String unmatched(UnmatchedArgumentException error) {
        String seen = String.join(" ", error.getUnmatched());
        List<String> suggestions = error.getSuggestions();
        String suggestion = suggestions.isEmpty()
                ? ", see --help"
                : ", did you mean " + String.join(" or ", new LinkedHashSet<>(suggestions)) + "?";
        return (error.isUnknownOption() ? "unknown option '" : "unexpected argument '") + seen + "'" + suggestion;
    }
}
