package io.bspump.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {

    private final LoggerContext context = new LoggerContext();
    private final LogbackContext logback = new LogbackContext(context);
    private final List<ConfigProblem> problems = new ArrayList<>();

    @TempDir
    Path directory;

    @BeforeEach
    void startLogback() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @AfterEach
    void stopLogback() {
        context.stop();
    }

    @Test
    void startsWithInfoOnStderrAndAsksNoOtherConfigurator() {
        LogbackStart start = new LogbackStart();
        start.setContext(context);

        assertThat(start.configure(context)).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);

        assertThat(root().getLevel()).isEqualTo(Level.INFO);
        assertThat(root().getAppender("bspump-stderr")).isInstanceOfSatisfying(ConsoleAppender.class, appender -> {
            assertThat(appender.getTarget()).isEqualTo("System.err");
            assertThat(appender.isStarted()).isTrue();
        });
    }

    @Test
    void isFoundByLogback() {
        LoggerContext ofProcess = (LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory();

        assertThat(ofProcess.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("bspump-stderr"))
                .isNotNull();
    }

    @Test
    void defaultsAreInfoAndPlain() {
        assertThat(read("")).isEqualTo(LogSettings.DEFAULTS);
    }

    @Test
    void levelsAreReadByLine() {
        LogSettings settings = read(
                """
                [logging]
                level = warn
                format = json
                verbose = yes
                levels =
                    org.example DEBUG
                    org.other   off
                """);

        assertThat(problems).isEmpty();
        assertThat(settings.root()).isEqualTo(Level.WARN);
        assertThat(settings.json()).isTrue();
        assertThat(settings.levels())
                .isEqualTo(Map.of("io.bspump", Level.DEBUG, "org.example", Level.DEBUG, "org.other", Level.OFF));
    }

    @Test
    void levelNamesOfTheReferenceAreUnderstood() {
        assertThat(read("[logging]\nlevel = NOTICE").root()).isEqualTo(Level.INFO);
        assertThat(read("[logging]\nlevel = WARNING").root()).isEqualTo(Level.WARN);
        assertThat(read("[logging]\nlevel = CRITICAL").root()).isEqualTo(Level.ERROR);
    }

    @Test
    void badValuesAreAllReportedWithWhatIsAllowed() {
        Path missing = directory.resolve("missing").resolve("pump.log");
        read(
                """
                [logging]
                level = LOUD
                levels =
                    org.example
                    org.other VERY
                [logging:file]
                path = %s
                """
                        .formatted(missing));

        assertThat(problems)
                .extracting(ConfigProblem::toString)
                .containsExactly(
                        "[logging] levels must be lines of a logger and its level, which must be one of TRACE, DEBUG,"
                                + " INFO, WARN, ERROR, OFF, one was 'org.example' (pipelines.conf:3)",
                        "[logging] levels must be lines of a logger and its level, which must be one of TRACE, DEBUG,"
                                + " INFO, WARN, ERROR, OFF, one was 'org.other VERY' (pipelines.conf:3)",
                        "[logging] level must be one of TRACE, DEBUG, INFO, WARN, ERROR, OFF, was 'LOUD' (pipelines.conf:2)",
                        "[logging:file] path must be a file that can be written, in an existing directory, was '"
                                + missing + "' (pipelines.conf:7)");
    }

    @Test
    void directoryIsNotALogFile() {
        read("[logging:file]\npath = " + directory);

        assertThat(problems)
                .extracting(ConfigProblem::toString)
                .containsExactly(
                        "[logging:file] path must be a file that can be written, in an existing directory, was '"
                                + directory + "' (pipelines.conf:2)");
    }

    @Test
    void wrongConfigurationChangesNothing() {
        Level before = processRoot().getLevel();
        Configuration wrong = configuration("[logging]\nlevel = ERROR\nlevels = nonsense");

        assertThat(Logging.apply(wrong)).hasSize(1);

        assertThat(processRoot().getLevel()).isEqualTo(before);
    }

    @Test
    void levelsThatAreNoLongerNamedAreInheritedAgain() {
        logback.apply(settings(Level.INFO, Map.of("a", Level.DEBUG, "b", Level.ERROR)));
        logback.apply(settings(Level.WARN, Map.of("b", Level.TRACE)));

        assertThat(context.getLogger("a").getEffectiveLevel()).isEqualTo(Level.WARN);
        assertThat(context.getLogger("b").getEffectiveLevel()).isEqualTo(Level.TRACE);
    }

    @Test
    void levelsSetByOthersAndTheirAppendersStay() {
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        root().addAppender(appender);
        context.getLogger("mine").setLevel(Level.TRACE);

        logback.apply(LogSettings.DEFAULTS);
        context.getLogger("mine").trace("seen");

        assertThat(appender.list).extracting(ILoggingEvent::getMessage).containsExactly("seen");
    }

    @Test
    void debugForAllLeavesReactorAndNettyAtInfo() {
        logback.apply(settings(Level.DEBUG, Map.of()));
        assertThat(context.getLogger("reactor.core").getEffectiveLevel()).isEqualTo(Level.INFO);
        assertThat(context.getLogger("io.netty.channel").getEffectiveLevel()).isEqualTo(Level.INFO);
        assertThat(context.getLogger("io.bspump").getEffectiveLevel()).isEqualTo(Level.DEBUG);

        logback.apply(settings(Level.DEBUG, Map.of("reactor", Level.DEBUG)));
        assertThat(context.getLogger("reactor.core").getEffectiveLevel()).isEqualTo(Level.DEBUG);

        logback.apply(settings(Level.ERROR, Map.of()));
        assertThat(context.getLogger("reactor.core").getEffectiveLevel()).isEqualTo(Level.ERROR);
        assertThat(context.getLogger("io.netty").getEffectiveLevel()).isEqualTo(Level.ERROR);
    }

    @Test
    void rootCanBeNamedAmongTheLevels() {
        logback.apply(settings(Level.INFO, Map.of("ROOT", Level.ERROR)));
        assertThat(root().getLevel()).isEqualTo(Level.ERROR);

        logback.apply(settings(Level.INFO, Map.of()));
        assertThat(root().getLevel()).isEqualTo(Level.INFO);
    }

    @Test
    void plainLinesCarryTimeLevelLoggerMessageAndException() throws IOException {
        Path file = directory.resolve("pump.log");
        logback.apply(new LogSettings(Level.INFO, Map.of(), false, file));

        context.getLogger("org.example").warn("Something, count={}", 3, new IllegalStateException("planned"));

        List<String> lines = Files.readAllLines(file);
        assertThat(lines.get(0)).matches("\\d{4}-\\d\\d-\\d\\dT\\S+ WARN  \\[\\S+] org.example - Something, count=3");
        assertThat(lines.get(1)).isEqualTo("java.lang.IllegalStateException: planned");
    }

    @Test
    void plainLinesEndWithTheKeysAndValues() throws IOException {
        Path file = directory.resolve("pump.log");
        logback.apply(new LogSettings(Level.INFO, Map.of(), false, file));

        context.getLogger("org.example").atInfo().addKeyValue("kills", 3).log("Chaos ends");

        assertThat(Files.readString(file)).endsWith("Chaos ends kills=\"3\"\n");
    }

    @Test
    void jsonLinesCanBeParsed() throws IOException {
        Path file = directory.resolve("pump.log");
        logback.apply(new LogSettings(Level.INFO, Map.of(), true, file));

        context.getLogger("org.example").info("He said \"{}\"\nand left", "no");
        context.getLogger("org.example").error("Failed", new IllegalStateException("planned"));

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        JsonNode first = new ObjectMapper().readTree(lines.get(0));
        assertThat(first.path("formattedMessage").asText()).isEqualTo("He said \"no\"\nand left");
        assertThat(first.path("level").asText()).isEqualTo("INFO");
        assertThat(first.path("loggerName").asText()).isEqualTo("org.example");
        assertThat(new ObjectMapper()
                        .readTree(lines.get(1))
                        .path("throwable")
                        .path("message")
                        .asText())
                .isEqualTo("planned");
    }

    @Test
    void fileIsAppendedTo() throws IOException {
        Path file = Files.writeString(directory.resolve("pump.log"), "before\n");
        LogSettings settings = new LogSettings(Level.INFO, Map.of(), false, file);

        logback.apply(settings);
        context.getLogger("a").info("first");
        logback.apply(settings);
        context.getLogger("a").info("second");

        assertThat(Files.readAllLines(file)).hasSize(3).first().isEqualTo("before");
    }

    @Test
    void reopeningLetsARenamedFileGo() throws IOException {
        Path file = directory.resolve("pump.log");
        Path renamed = directory.resolve("pump.log.1");
        logback.apply(new LogSettings(Level.INFO, Map.of(), false, file));
        context.getLogger("a").info("first");
        Files.move(file, renamed);

        logback.reopen();
        context.getLogger("a").info("second");

        assertThat(renamed).content().contains("first").doesNotContain("second");
        assertThat(file).content().contains("second");
    }

    @Test
    void fileThatIsNoLongerNamedIsClosed() throws IOException {
        Path file = directory.resolve("pump.log");
        logback.apply(new LogSettings(Level.INFO, Map.of(), false, file));
        logback.apply(LogSettings.DEFAULTS);

        context.getLogger("a").info("gone");

        assertThat(file).content().isEmpty();
        assertThat(root().getAppender("bspump-file")).isNull();
    }

    private LogSettings read(String text) {
        return LogSettings.read(configuration(text), problems);
    }

    private static Configuration configuration(String text) {
        return Configuration.builder().text(text).environment(Map.of()).load();
    }

    private static LogSettings settings(Level root, Map<String, Level> levels) {
        return new LogSettings(root, levels, false, null);
    }

    private Logger root() {
        return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    private static Logger processRoot() {
        return (Logger) org.slf4j.LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
