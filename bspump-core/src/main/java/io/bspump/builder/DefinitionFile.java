package io.bspump.builder;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** Reads the file of a definition. Bounded in size, depth and number of values, so that no file can exhaust the memory. */
final class DefinitionFile {

    private static final int SIZE_LIMIT = 1 << 22;
    private static final int PARSER_DEPTH_LIMIT = 100;

    private final Path file;
    private final Found found;

    DefinitionFile(Path file, Found found) {
        this.file = file;
        this.found = found;
    }

    /** Returns what it holds, or null if it could not be read, which is recorded. */
    @Nullable
    Node read() {
        JsonFactory format = format();
        String text = format == null ? null : text();
        return format == null || text == null ? null : parse(format, text);
    }

    private @Nullable JsonFactory format() {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".json")) {
            return new JsonFactory();
        }
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            LoaderOptions limits = new LoaderOptions();
            limits.setCodePointLimit(SIZE_LIMIT);
            limits.setNestingDepthLimit(PARSER_DEPTH_LIMIT);
            return YAMLFactory.builder().loaderOptions(limits).build();
        }
        found.add(0, "", "must be a file that ends with .yaml, .yml or .json");
        return null;
    }

    private @Nullable String text() {
        if (!Files.isRegularFile(file)) {
            found.add(0, "", Files.exists(file) ? "is not a regular file" : "does not exist");
            return null;
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(SIZE_LIMIT + 1);
            if (bytes.length > SIZE_LIMIT) {
                found.add(0, "", "is longer than " + (SIZE_LIMIT >> 20) + " MiB");
                return null;
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            found.add(0, "", "must be UTF-8 text");
        } catch (IOException e) {
            found.add(0, "", "cannot be read: " + e.getClass().getSimpleName());
        }
        return null;
    }

    private @Nullable Node parse(JsonFactory format, String text) {
        try {
            return new NodeReader(format.createParser(text), found).document();
        } catch (JsonProcessingException e) {
            invalid(e);
        } catch (IOException e) {
            found.add(0, "", "cannot be read: " + e.getClass().getSimpleName());
        }
        return null;
    }

    /** Says what the parser stumbled upon, without the text there, which may be a piece of a password. */
    private void invalid(JsonProcessingException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
                found.add(marked.getProblemMark().getLine() + 1, "", "is not valid: " + marked.getProblem());
                return;
            }
        }
        String message = e.getOriginalMessage().lines().findFirst().orElse("");
        String reason = message.startsWith("Unrecognized token") ? "a word that is not in quotes" : message;
        JsonLocation where = e.getLocation();
        found.add(where == null ? 0 : where.getLineNr(), "", "is not valid: " + reason);
    }
}
