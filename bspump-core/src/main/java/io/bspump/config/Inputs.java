package io.bspump.config;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything a configuration is made of, except the files themselves. */
record Inputs(
        Map<String, String> environment,
        Map<String, String> systemProperties,
        Map<String, Map<String, String>> commandLine,
        Path workingDirectory,
        @Nullable Path file,
        @Nullable String text) {}
