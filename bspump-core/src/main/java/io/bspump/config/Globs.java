package io.bspump.config;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Finds files by patterns with {@code *}, {@code ?} and {@code [abc]}; names with a dot in front must be asked for. */
final class Globs {

    private Globs() {}

    static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
    }

    /**
     * The files that match, sorted.
     *
     * @throws java.util.regex.PatternSyntaxException if it is no pattern
     */
    static List<Path> find(Path directory, String pattern) throws IOException {
        List<Path> found = List.of(pattern.startsWith("/") ? Path.of("/") : directory);
        for (String part : List.of(pattern.split("/+"))) {
            if (part.isEmpty()) {
                continue;
            }
            List<Path> next = new ArrayList<>();
            for (Path base : found) {
                next.addAll(matches(base, part));
            }
            found = next;
        }
        return found;
    }

    private static List<Path> matches(Path base, String part) throws IOException {
        if (!isPattern(part)) {
            Path path = base.resolve(part);
            return Files.exists(path) ? List.of(path) : List.of();
        }
        if (!Files.isDirectory(base)) {
            return List.of();
        }
        TreeSet<Path> sorted = new TreeSet<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(base, part)) {
            for (Path path : stream) {
                if (part.startsWith(".") || !path.getFileName().toString().startsWith(".")) {
                    sorted.add(path);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return List.copyOf(sorted);
    }
}
