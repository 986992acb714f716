package io.bspump;

import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.bspump.config.ConfigurationSchema;
import io.bspump.config.Options;
import io.bspump.logging.Logging;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The conversation with the person who starts a pump: reads what was asked for, says what is wrong, answers
 * {@code --help}, {@code --version}, {@code --check} and {@code --schema}.
 */
final class Launcher {

    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
    private static final String VERSION_RESOURCE = "/META-INF/maven/io.bspump/bspump-core/pom.properties";

    /** What has nothing to do with what the code of the pump makes. */
    private static final Set<CommandLineOptions.Action> ANSWERED_ANYWAY = EnumSet.of(
            CommandLineOptions.Action.HELP, CommandLineOptions.Action.VERSION, CommandLineOptions.Action.COMMAND);

    private final Application app;
    private final CommandLineOptions options;
    private final Console console;

    @SuppressWarnings("ThreadLocalUsage") // of one application, and removed after use
    private final ThreadLocal<@Nullable Configuration> rehearsed = new ThreadLocal<>();

    private volatile Configuration configuration;
    private final List<ConfigProblem> loggingProblems;

    /** Reads the configuration and sets logging up; what is wrong waits for its report. */
    Launcher(Application app, Console console, CommandLineOptions options) {
        this.app = app;
        this.options = options;
        this.console = console;
        this.configuration = load();
        Settings.sections().forEach(configuration::section);
        this.loggingProblems = Logging.apply(configuration);
    }

    /** The one in force; for a thread that tries another one out, that. */
    Configuration configuration() {
        Configuration instead = rehearsed.get();
        return instead == null ? configuration : instead;
    }

    /** Lets the calling thread see another configuration, until {@link #endRehearsal}. */
    void rehearse(Configuration instead) {
        rehearsed.set(instead);
    }

    void endRehearsal() {
        rehearsed.remove();
    }

    /** Puts another configuration into force. */
    void accept(Configuration next) {
        List<ConfigProblem> told = configuration.warnings();
        configuration = next;
        Logging.apply(next);
        next.warnings().stream().filter(warning -> !told.contains(warning)).forEach(warning -> LOG.warn("{}", warning));
    }

    /** Does what was asked for instead of running; gives the exit code, nothing if the application shall run. */
    OptionalInt answer() {
        return switch (options.action()) {
            case HELP -> print(CommandLineOptions.usage(commands()));
            case COMMAND -> OptionalInt.of(command());
            case VERSION -> print("bspump " + version() + System.lineSeparator());
            case SCHEMA -> print(schema());
            case CHECK -> check();
            case RUN -> problems().isEmpty() ? OptionalInt.empty() : report(allProblems());
        };
    }

    /**
     * Answers for an exception that ended user code between the constructor and run().
     *
     * @return the exit code, or nothing if the exception has another reason than the configuration or the command line
     */
    OptionalInt explain(Throwable error) {
        CommandLineOptions.Action action = options.action();
        if (ANSWERED_ANYWAY.contains(action)) {
            return answer();
        }
        ProblemReport report = problems();
        if (error instanceof ConfigException broken) {
            report.add(broken.problems());
        }
        if (report.isEmpty()) {
            return OptionalInt.empty();
        }
        LOG.debug("The start ends with this exception", error);
        return report(report);
    }

    /** Prints everything that is wrong, now that all components exist; tells whether there was anything. */
    boolean reportProblems() {
        ProblemReport report = allProblems();
        if (report.isEmpty()) {
            return false;
        }
        report(report);
        return true;
    }

    /** Logs the first line of the run. */
    void announce() {
        LOG.info(
                "Starting bspump {}, configuration={} pipelines={}",
                version(),
                configuration.path().map(Object::toString).orElse("none"),
                app.pumpService().pipelines().stream().map(Pipeline::id).toList());
        configuration.warnings().forEach(warning -> LOG.warn("{}", warning));
    }

    /** Reads the files as at the start. */
    Configuration load() {
        var builder = Configuration.builder().commandLine(options.overrides());
        options.file().ifPresent(builder::file);
        return builder.load();
    }

    private int command() {
        if (!problems().isEmpty()) {
            problems().print(console);
            return ExitCode.CONFIGURATION;
        }
        Command command = commands().stream()
                .filter(each -> each.name().equals(options.command()))
                .findFirst()
                .orElseThrow();
        return command.run(app, options.arguments(), console.out(), console.err());
    }

    static List<Command> commands() {
        return ServiceLoader.load(Command.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private OptionalInt check() {
        app.pubSub().publish("Application.init!");
        ProblemReport report = allProblems();
        if (!report.isEmpty()) {
            return report(report);
        }
        console.err().println("no problems found");
        return OptionalInt.of(0);
    }

    private ProblemReport problems() {
        return new ProblemReport()
                .add(options.problems())
                .add(configuration.problems())
                .add(loggingProblems);
    }

    private ProblemReport allProblems() {
        app.pumpService().prepareConnections(); // what stands in the configuration comes before what services bring
        List<ConfigProblem> found = new ArrayList<>(app.checkServices());
        found.addAll(problemsBetween());
        return problems().add(found).add(configuration.checkUnused());
    }

    /** Makes the connections that stand in the configuration only; tells what is wrong between components. */
    List<ConfigProblem> problemsBetween() {
        List<ConfigProblem> problems = new ArrayList<>(app.pumpService().prepareConnections());
        app.pumpService().pipelines().forEach(pipeline -> problems.addAll(pipeline.problems()));
        return problems;
    }

    private OptionalInt report(ProblemReport report) {
        report.print(console);
        return OptionalInt.of(ExitCode.CONFIGURATION);
    }

    private OptionalInt print(String text) {
        console.out().print(text);
        console.out().flush();
        return OptionalInt.of(0);
    }

    private String schema() {
        app.pumpService().prepareConnections();
        ConfigurationSchema schema = new ConfigurationSchema();
        app.pumpService()
                .connectionTypes()
                .forEach(type -> schema.add("connection:*", type.name(), Options.of(type.connectionClass())));
        configuration.claimed().forEach((section, options) -> schema.add(section, section, options));
        return schema.toJson() + System.lineSeparator();
    }

    static String version() {
        try (InputStream resource = Launcher.class.getResourceAsStream(VERSION_RESOURCE)) {
            Properties properties = new Properties();
            if (resource != null) {
                properties.load(resource);
            }
            return properties.getProperty("version", "(unreleased)");
        } catch (IOException e) {
            throw new UncheckedIOException("the version could not be read", e);
        }
    }
}
