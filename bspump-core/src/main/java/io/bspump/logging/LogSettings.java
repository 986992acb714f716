package io.bspump.logging;

import ch.qos.logback.classic.Level;
import io.bspump.config.Config;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code [logging]} and {@code [logging:file]} say.
 *
 * @param root level of all loggers without one of their own
 * @param levels of single loggers
 * @param json one JSON object per line, not plain text
 * @param file to write to besides stderr, if any
 */
record LogSettings(Level root, Map<String, Level> levels, boolean json, @Nullable Path file) {

    static final LogSettings DEFAULTS = new LogSettings(Level.INFO, Map.of(), false, null);

    // The names on the right of the table are those of the reference's configuration files.
    private static final Map<String, Level> LEVELS = Map.of(
            "TRACE", Level.TRACE,
            "DEBUG", Level.DEBUG,
            "INFO", Level.INFO,
            "WARN", Level.WARN,
            "ERROR", Level.ERROR,
            "OFF", Level.OFF,
            "NOTICE", Level.INFO,
            "WARNING", Level.WARN,
            "CRITICAL", Level.ERROR);
    private static final String LEVEL_RULE = "must be one of TRACE, DEBUG, INFO, WARN, ERROR, OFF";

    /** Reads the sections; what cannot be understood is added to the problems and replaced by its default. */
    static LogSettings read(Configuration configuration, List<ConfigProblem> problems) {
        Config logging = configuration.section("logging", Logging.OPTIONS);
        Config toFile = configuration.section("logging:file", Logging.FILE_OPTIONS);
        Map<String, Level> levels = new LinkedHashMap<>();
        if (logging.getBoolean("verbose")) {
            levels.put("io.bspump", Level.DEBUG);
        }
        logging.get("levels")
                .lines()
                .filter(line -> !line.isBlank())
                .forEach(line -> readLevel(logging, line, levels, problems));
        String path = toFile.get("path").strip();
        return new LogSettings(
                readRoot(logging, problems),
                levels,
                logging.get("format").strip().equals("json"),
                path.isEmpty() ? null : readPath(toFile, path, problems));
    }

    private static Level readRoot(Config logging, List<ConfigProblem> problems) {
        String text = logging.get("level");
        Level level = level(text);
        if (level == null) {
            problems.add(logging.problem("level", LEVEL_RULE + ", was '" + text + "'"));
            return Level.INFO;
        }
        return level;
    }

    private static void readLevel(
            Config logging, String line, Map<String, Level> levels, List<ConfigProblem> problems) {
        String[] words = line.strip().split("\\s+", -1);
        Level level = words.length == 2 ? level(words[1]) : null;
        if (level == null) {
            problems.add(logging.problem(
                    "levels",
                    "must be lines of a logger and its level, which " + LEVEL_RULE + ", one was '" + line.strip()
                            + "'"));
        } else {
            levels.put(words[0], level);
        }
    }

    private static @Nullable Level level(String text) {
        return LEVELS.get(text.strip().toUpperCase(Locale.ROOT));
    }

    private static @Nullable Path readPath(Config toFile, String text, List<ConfigProblem> problems) {
        try {
            Path path = Path.of(text).toAbsolutePath();
            if (isWritable(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            problems.add(toFile.problem("path", "is not a path: " + e.getReason() + ", was '" + text + "'"));
            return null;
        }
        problems.add(toFile.problem(
                "path", "must be a file that can be written, in an existing directory, was '" + text + "'"));
        return null;
    }

    private static boolean isWritable(Path path) {
        if (Files.exists(path)) {
            return !Files.isDirectory(path) && Files.isWritable(path);
        }
        Path directory = path.getParent();
        return directory != null && Files.isDirectory(directory) && Files.isWritable(directory);
    }
}
