package io.bspump.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts a {@link Configuration} together. Not thread-safe. */
public final class ConfigurationBuilder {

    private Map<String, String> environment = System.getenv();
    private Map<String, String> systemProperties = properties();
    private Map<String, Map<String, String>> commandLine = Map.of();
    private Path workingDirectory = Path.of("").toAbsolutePath();
    private @Nullable Path file;
    private @Nullable String text;

    ConfigurationBuilder() {}

    private static Map<String, String> properties() {
        return System.getProperties().stringPropertyNames().stream()
                .collect(Collectors.toUnmodifiableMap(name -> name, name -> System.getProperty(name, "")));
    }

    /** The file to read, relative to the working directory. Without it the file is looked up. */
    public ConfigurationBuilder file(Path file) {
        this.file = file;
        return this;
    }

    /** A text to read in place of a file, as if it stood in {@code pipelines.conf} in the working directory. */
    public ConfigurationBuilder text(String text) {
        this.text = text;
        return this;
    }

    /** Where relative files are looked up. Defaults to that of the process. */
    public ConfigurationBuilder workingDirectory(Path directory) {
        this.workingDirectory = directory.toAbsolutePath();
        return this;
    }

    /** The environment variables. Defaults to those of the process. */
    public ConfigurationBuilder environment(Map<String, String> variables) {
        this.environment = Map.copyOf(variables);
        return this;
    }

    /** The system properties. Defaults to those of the process. */
    public ConfigurationBuilder systemProperties(Map<String, String> properties) {
        this.systemProperties = Map.copyOf(properties);
        return this;
    }

    /** Values from the command line by section and key; they win over everything else. */
    public ConfigurationBuilder commandLine(Map<String, Map<String, String>> values) {
        this.commandLine = Map.copyOf(values);
        return this;
    }

    /** Reads everything. Never throws: what is wrong is among the {@link Configuration#problems()}. */
    public Configuration load() {
        return new Configuration(new Inputs(environment, systemProperties, commandLine, workingDirectory, file, text));
    }

    /**
     * Reads everything.
     *
     * @throws ConfigException with everything that is wrong
     */
    public Configuration read() {
        Configuration configuration = load();
        if (!configuration.problems().isEmpty()) {
            throw new ConfigException(configuration.problems());
        }
        return configuration;
    }
}
