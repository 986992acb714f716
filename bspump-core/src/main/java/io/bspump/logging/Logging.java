package io.bspump.logging;

import ch.qos.logback.classic.LoggerContext;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logging of this process, as {@code [logging]} says. Everything goes to stderr, because stdout belongs to data, and to
 * a file if one is named. There is one per process: the last application to set it up wins. Thread-safe.
 */
public final class Logging {

    /** What {@code [logging]} understands. */
    public static final Options OPTIONS = Options.of(
            Option.string("level")
                    .defaultTo("INFO")
                    .doc("What is logged: TRACE, DEBUG, INFO, WARN, ERROR or OFF, and everything more important."),
            Option.string("levels")
                    .defaultTo("")
                    .doc("Levels of single loggers, one per line: the logger, a blank, its level."),
            Option.choice("format", "plain", "json")
                    .defaultTo("plain")
                    .doc("How a log event is written: as text for people or as one JSON object per line."),
            Option.bool("verbose").defaultTo(false).doc("Log what bspump itself does at DEBUG; the same as -v."));

    /** What {@code [logging:file]} understands. */
    public static final Options FILE_OPTIONS = Options.of(Option.string("path")
            .defaultTo("")
            .doc("File to append the log to besides stderr; it is opened anew at SIGHUP."));

    private static final Logger LOG = LoggerFactory.getLogger(Logging.class);

    private Logging() {}

    /**
     * Sets logging up, unless something is wrong with the configuration.
     *
     * @return what is wrong with the sections beyond what {@link Configuration#problems()} tells
     */
    public static synchronized List<ConfigProblem> apply(Configuration configuration) {
        List<ConfigProblem> problems = new ArrayList<>();
        LogSettings settings = LogSettings.read(configuration, problems);
        if (problems.isEmpty() && configuration.problems().isEmpty()) {
            logback().ifPresent(logback -> logback.apply(settings));
        }
        return problems;
    }

    /** Tells what {@link #apply} would say, and changes nothing. */
    public static List<ConfigProblem> check(Configuration configuration) {
        List<ConfigProblem> problems = new ArrayList<>();
        LogSettings.read(configuration, problems);
        return problems;
    }

    /** Opens the log file anew, if there is one; a failure is logged. */
    public static synchronized void reopen() {
        logback().ifPresent(logback -> {
            try {
                logback.reopen();
            } catch (IOException e) {
                LOG.error("The log file could not be opened anew", e);
            }
        });
    }

    private static Optional<LogbackContext> logback() {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                ? Optional.of(new LogbackContext(context))
                : Optional.empty();
    }
}
