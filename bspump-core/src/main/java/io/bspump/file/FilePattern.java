package io.bspump.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which files a source reads: paths and patterns, less what is excluded. A pattern has {@code *}, {@code ?}, {@code [abc]},
 * {@code {a,b}} and, as a directory, {@code **}; what stands for names with a dot in front must have one itself. Blocks.
 */
final class FilePattern {

    /** What {@link AfterReading} leaves, and what the Python framework could not read. */
    private static final Pattern DONE_WITH = Pattern.compile(".*-(processed|failed)(\\.\\d+)?");

    private final List<String> parts;
    private final @Nullable Pattern include;
    private final @Nullable Pattern exclude;

    /**
     * @param text paths and patterns, joined by the path separator
     * @param include what the whole path must match, as {@code fnmatch} has it; empty for any
     * @param exclude what the whole path must not match; empty for none
     */
    FilePattern(String text, String include, String exclude) {
        this.parts =
                Files.exists(Path.of(text)) ? List.of(text) : List.of(text.split(Pattern.quote(File.pathSeparator)));
        this.include = include.isEmpty() ? null : fnmatch(include);
        this.exclude = exclude.isEmpty() ? null : fnmatch(exclude);
    }

    /**
     * Finds the files, sorted by path.
     *
     * @param mayMiss whether a path that is no pattern may be missing
     * @throws ReadFailure if it may not, or is no file
     */
    List<FoundFile> find(boolean mayMiss) throws IOException {
        List<FoundFile> found = new ArrayList<>();
        for (String part : parts) {
            Path path = Path.of(part);
            if (!isPattern(part) || Files.exists(path)) {
                literal(path, mayMiss, found);
            } else {
                for (Path match : matches(path)) {
                    FoundFile file = isWanted(match) ? FoundFile.at(match) : null;
                    if (file != null) {
                        found.add(file);
                    }
                }
            }
        }
        found.sort(Comparator.comparing(FoundFile::path));
        return found;
    }

    private static void literal(Path path, boolean mayMiss, List<FoundFile> found) throws IOException {
        FoundFile file = FoundFile.at(path);
        if (file != null) {
            found.add(file);
        } else if (Files.isDirectory(path)) {
            throw new ReadFailure(path.toString(), "it is a directory");
        } else if (Files.exists(path)) {
            throw new ReadFailure(path.toString(), "it is not a regular file; standard input is '-'");
        } else if (!mayMiss) {
            throw new ReadFailure(path.toString(), "it does not exist");
        }
    }

    private boolean isWanted(Path path) {
        String text = path.toString();
        return !DONE_WITH.matcher(text).matches()
                && (exclude == null || !exclude.matcher(text).matches())
                && (include == null || include.matcher(text).matches());
    }

    private static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
    }

    private static List<Path> matches(Path pattern) throws IOException {
        List<Path> found = List.of(pattern.isAbsolute() ? pattern.getRoot() : Path.of(""));
        for (Path part : pattern) {
            List<Path> next = new ArrayList<>();
            for (Path base : found) {
                add(base, part.toString(), next);
            }
            found = next;
        }
        return found;
    }

    private static void add(Path base, String part, List<Path> to) throws IOException {
        if (part.equals("**")) {
            addDirectories(base, to);
        } else if (isPattern(part)) {
            addMatches(base, part, to);
        } else {
            to.add(base.resolve(part));
        }
    }

    private static void addDirectories(Path base, List<Path> to) throws IOException {
        if (!Files.isDirectory(base)) {
            return;
        }
        Files.walkFileTree(base, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                to.add(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
    }

    private static void addMatches(Path base, String part, List<Path> to) throws IOException {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + part);
        boolean hidden = part.startsWith(".");
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(base)) {
            for (Path path : stream) {
                Path name = path.getFileName();
                if (matcher.matches(name) && (hidden || !name.toString().startsWith("."))) {
                    to.add(path);
                }
            }
        } catch (NoSuchFileException | java.nio.file.NotDirectoryException e) {
            return; // it holds nothing that could match
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Python's {@code fnmatch}: {@code *} stands for slashes too. */
    private static Pattern fnmatch(String text) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int close = c == '[' ? text.indexOf(']', i + 2) : -1;
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (close > 0) {
                String set = text.substring(i + 1, close).replace("\\", "\\\\").replace("[", "\\[");
                regex.append('[')
                        .append(set.startsWith("!") ? "^" + set.substring(1) : set)
                        .append(']');
                i = close;
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
