package io.bspump.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value that stands in another file than pipelines.conf. Among the values that a component is made with, it lets messages
 * say where it stands.
 *
 * @param text what is written there
 * @param place the file as messages show it
 * @param line the line in the file, from 1
 * @param directory the directory of the file, for {@code ${THIS_DIR}}; null if there is none
 * @param secret whether it must not be shown
 */
public record PlacedValue(String text, String place, int line, @Nullable Path directory, boolean secret) {

    public PlacedValue {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(place, "place");
    }

    /** Returns it as a duration such as {@code 5s}, if it is one; a plain number is seconds. */
    public Optional<Duration> duration() {
        return Optional.ofNullable(Units.duration(text));
    }

    /** Returns it as {@code yes} or {@code no} in one of their spellings, if it is one. */
    public Optional<Boolean> bool() {
        return Optional.ofNullable(Units.bool(text));
    }

    Value value() {
        Value value = Value.of(text, new Origin(place, line, directory));
        return secret ? value.asSecret() : value;
    }

    /** Without the text, which may be secret. */
    @Override
    public String toString() {
        return "value at " + place + ":" + line;
    }
}
