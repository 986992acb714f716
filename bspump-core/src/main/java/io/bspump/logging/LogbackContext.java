package io.bspump.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts settings into effect in Logback. Touches nothing that it has not set up itself: appenders and levels that a test or
 * an embedding program has set stay. Not thread-safe.
 */
final class LogbackContext {

    private static final String STDERR = "bspump-stderr";
    private static final String FILE = "bspump-file";
    private static final String LEVELS = "bspump-levels";
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{36} - %msg%replace( %kvp){' $', ''}%n";

    /** Libraries whose DEBUG would drown everything; only {@code levels} can ask for it. */
    private static final List<String> CHATTY = List.of("reactor", "io.netty", "io.micrometer", "com.cronutils");

    private final LoggerContext context;
    private final Logger root;

    LogbackContext(LoggerContext context) {
        this.context = context;
        this.root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    void apply(LogSettings settings) {
        applyLevels(settings);
        replace(STDERR, stderr(settings));
        Path path = settings.file();
        replace(FILE, path == null ? null : file(path, settings));
    }

    /** Opens the log file anew, so that a file which was renamed is let go; events meanwhile wait. */
    void reopen() throws IOException {
        if (root.getAppender(FILE) instanceof FileAppender<ILoggingEvent> file && file.isStarted()) {
            file.openFile(file.getFile());
        }
    }

    private void applyLevels(LogSettings settings) {
        Map<String, Level> levels = new HashMap<>();
        if (settings.root().levelInt < Level.INFO_INT) {
            CHATTY.forEach(name -> levels.put(name, Level.INFO));
        }
        levels.putAll(settings.levels());
        if (context.getObject(LEVELS) instanceof Set<?> earlier) {
            earlier.forEach(name -> setLevel(String.valueOf(name), levels.get(String.valueOf(name))));
        }
        root.setLevel(settings.root());
        levels.forEach(this::setLevel);
        context.putObject(LEVELS, Set.copyOf(levels.keySet()));
    }

    private void setLevel(String name, @Nullable Level level) {
        // Logback forbids a root logger without a level.
        if (level != null || !name.equalsIgnoreCase(org.slf4j.Logger.ROOT_LOGGER_NAME)) {
            context.getLogger(name).setLevel(level);
        }
    }

    private void replace(String name, @Nullable Appender<ILoggingEvent> successor) {
        Appender<ILoggingEvent> former = root.getAppender(name);
        if (successor != null) {
            // A second appender on the same file would be refused, so the former one has to end first.
            if (former instanceof FileAppender) {
                former.stop();
            }
            successor.start();
            root.addAppender(successor);
            if (!successor.isStarted()) {
                context.getLogger(LogbackContext.class).error("The log file could not be opened, appender={}", name);
            }
        }
        if (former != null) {
            root.detachAppender(former);
            former.stop();
        }
    }

    private Appender<ILoggingEvent> stderr(LogSettings settings) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName(STDERR);
        appender.setTarget("System.err");
        appender.setEncoder(encoder(settings));
        return appender;
    }

    private Appender<ILoggingEvent> file(Path path, LogSettings settings) {
        FileAppender<ILoggingEvent> appender = new FileAppender<>();
        appender.setContext(context);
        appender.setName(FILE);
        appender.setFile(path.toString());
        appender.setEncoder(encoder(settings));
        return appender;
    }

    private Encoder<ILoggingEvent> encoder(LogSettings settings) {
        Encoder<ILoggingEvent> encoder = settings.json() ? json() : plain();
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }

    private static Encoder<ILoggingEvent> plain() {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setPattern(PATTERN);
        return encoder;
    }

    private static Encoder<ILoggingEvent> json() {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.setWithMarkers(false);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithFormattedMessage(true);
        return encoder;
    }
}
