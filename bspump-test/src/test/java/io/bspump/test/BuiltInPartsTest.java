package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.file.FileLineSource;
import io.bspump.file.FileSink;
import io.bspump.sink.PrintSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Parts that come with bspump keep the contracts. */
class BuiltInPartsTest {

    @Nested
    class LinesOfAFileAreRead extends SourceContract {
        @TempDir
        private Path directory;

        @Override
        protected String configuration() {
            return "[general]\nvar_dir = " + directory.resolve("var") + "\n";
        }

        @Override
        protected void prepare(int count) {
            try {
                Files.deleteIfExists(directory.resolve("lines"));
                Files.writeString(
                        directory.resolve("lines"),
                        IntStream.range(0, count).mapToObj(i -> i + "\n").collect(Collectors.joining()));
                try (var files = Files.walk(directory.resolve("var"))) {
                    files.filter(Files::isRegularFile)
                            .forEach(file -> file.toFile().delete());
                }
            } catch (java.nio.file.NoSuchFileException e) {
                return; // no position has been saved yet
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new FileLineSource(
                    app,
                    pipeline,
                    "Lines",
                    Map.of("path", directory.resolve("lines").toString()));
        }
    }

    @Nested
    class LinesAreAppendedToAFile extends SinkContract {
        @TempDir
        private Path directory;

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new FileSink(
                    app,
                    pipeline,
                    "Lines",
                    Map.of("path", directory.resolve("lines").toString()));
        }

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three".getBytes(StandardCharsets.UTF_8), "four");
        }

        @Override
        protected List<?> received() {
            try {
                Path file = directory.resolve("lines");
                return Files.exists(file) ? Files.readAllLines(file) : List.of();
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
    class LinesArePrinted extends SinkContract {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private final PrintStream stream = new PrintStream(printed, false, StandardCharsets.UTF_8);

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new PrintSink(app, pipeline, stream);
        }

        @Override
        protected List<?> events() {
            return List.of("one", 2, "drei".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        protected List<?> received() {
            return printed.toString(StandardCharsets.UTF_8).lines().toList();
        }
    }
}
