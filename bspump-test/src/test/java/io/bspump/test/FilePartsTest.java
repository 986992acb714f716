package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.file.FileBlockSink;
import io.bspump.file.FileBlockSource;
import io.bspump.file.FileCSVSink;
import io.bspump.file.FileCSVSource;
import io.bspump.file.FileJSONSink;
import io.bspump.file.FileJSONSource;
import io.bspump.file.FileLineSource;
import io.bspump.file.FileMultiLineSource;
import io.bspump.file.FileSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The sources and sinks of files keep the contracts. */
class FilePartsTest {

    /** A source that reads files of a directory. */
    abstract static class FilesAreRead extends SourceContract {
        @TempDir
        private Path directory;

        @Override
        protected String configuration() {
            return "[general]\nvar_dir = " + directory.resolve("var") + "\n";
        }

        @Override
        protected void prepare(int count) {
            try {
                empty(directory.resolve("var"));
                empty(directory.resolve("in"));
                Files.createDirectories(directory.resolve("in"));
                fill(directory.resolve("in"), count);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void empty(Path folder) throws IOException {
            if (Files.exists(folder)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(Files::isRegularFile)
                            .forEach(file -> file.toFile().delete());
                }
            }
        }

        void fill(Path folder, int count) throws IOException {
            for (int from = 0; from < count; from += 10) {
                Files.writeString(
                        folder.resolve(String.format("%04d", from)),
                        begin()
                                + IntStream.range(from, Math.min(count, from + 10))
                                        .mapToObj(this::event)
                                        .collect(Collectors.joining()));
            }
        }

        String begin() {
            return "";
        }

        String event(int number) {
            return number + "\n";
        }

        Map<String, String> config() {
            return Map.of("path", directory.resolve("in") + "/*");
        }
    }

    @Nested
    class LinesAreRead extends FilesAreRead {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new FileLineSource(app, pipeline, "Files", config());
        }
    }

    @Nested
    class EventsOfSeveralLinesAreRead extends FilesAreRead {
        @Override
        String event(int number) {
            return "# " + number + "\n and\n more\n";
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new FileMultiLineSource(
                    app, pipeline, "Files", Map.of("path", config().get("path"), "separator", "#"));
        }
    }

    @Nested
    class RecordsAreRead extends FilesAreRead {
        @Override
        String begin() {
            return "id,text\n";
        }

        @Override
        String event(int number) {
            return number + ",\"a\nb\"\n";
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new FileCSVSource(app, pipeline, "Files", config());
        }
    }

    @Nested
    class JsonLinesAreRead extends FilesAreRead {
        @Override
        String event(int number) {
            return "{\"id\": " + number + "}\n";
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new FileJSONSource(app, pipeline, "Files", config());
        }
    }

    @Nested
    class WholeFilesAreRead extends FilesAreRead {
        @Override
        void fill(Path folder, int count) throws IOException {
            for (int i = 0; i < count; i++) {
                Files.writeString(folder.resolve(String.format("%04d", i)), "file " + i);
            }
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new FileBlockSource(app, pipeline, "Files", config());
        }
    }

    /** A sink that writes lines to a file. */
    abstract static class AFileIsWritten extends SinkContract {
        @TempDir
        private Path directory;

        Map<String, String> config() {
            return Map.of("path", file().toString());
        }

        Path file() {
            return directory.resolve("out");
        }

        @Override
        protected List<?> received() {
            try {
                return Files.exists(file()) ? Files.readAllLines(file()) : List.of();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected Object refused() {
            return 42;
        }
    }

    @Nested
    class LinesAreAppended extends AFileIsWritten {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new FileSink(app, pipeline, "Files", config());
        }

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three".getBytes(StandardCharsets.UTF_8), "four");
        }
    }

    @Nested
    class JsonLinesAreAppended extends AFileIsWritten {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new FileJSONSink(app, pipeline, "Files", config());
        }

        @Override
        protected List<?> events() {
            return List.of(1, 22, 333, 4444);
        }

        @Override
        protected Object refused() {
            return new Object();
        }
    }

    @Nested
    class RecordsAreAppended extends AFileIsWritten {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new FileCSVSink(app, pipeline, "Files", config());
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("id", 1), Map.of("id", 2), Map.of("id", "three"));
        }

        @Override
        protected List<?> received() {
            return super.received().stream().skip(1).toList();
        }
    }

    @Nested
    class WholeFilesAreWritten extends AFileIsWritten {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new FileBlockSink(app, pipeline, "Files", config());
        }

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        protected List<?> received() {
            String[] names = file().getParent().toFile().list((folder, name) -> name.startsWith("out"));
            return names == null
                    ? List.of()
                    : Stream.of(names)
                            .map(name -> file().resolveSibling(name))
                            .sorted(java.util.Comparator.comparing(path -> number(path.toString())))
                            .map(WholeFilesAreWritten::content)
                            .toList();
        }

        private static int number(String name) {
            return name.endsWith("out") ? 0 : Integer.parseInt(name.substring(name.lastIndexOf('.') + 1));
        }

        private static String content(Path path) {
            try {
                return Files.readString(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
