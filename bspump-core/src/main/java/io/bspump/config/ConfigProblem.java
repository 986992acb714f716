package io.bspump.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with the configuration, in words for the person who has to correct it. It never holds a secret.
 *
 * @param file the file in which it stands, or in words another place such as {@code environment variable X}; null if
 *     there is none
 * @param line the line in the file, from 1; 0 if there is none
 * @param section the section without brackets; null if there is none
 * @param key the key; null if there is none
 * @param message what is wrong, what is allowed, what was seen
 */
public record ConfigProblem(
        @Nullable String file, int line, @Nullable String section, @Nullable String key, String message) {

    public ConfigProblem {
        Objects.requireNonNull(message, "message");
    }

    /** One line: {@code [section] message (file:line)}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (section != null) {
            text.append('[').append(Names.shown(section)).append("] ");
        }
        text.append(message);
        if (file != null) {
            text.append(" (").append(file);
            if (line > 0) {
                text.append(':').append(line);
            }
            text.append(')');
        }
        return text.toString();
    }
}
