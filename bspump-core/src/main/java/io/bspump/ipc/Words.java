package io.bspump.ipc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts a command into words at its blanks; quotes, single or double, keep blanks. Nothing else has a meaning. */
final class Words {

    private Words() {}

    /** Returns the words, or null if a quote has no end. A command of several lines has a word on each. */
    static @Nullable List<String> of(String command) {
        if (command.strip().indexOf('\n') >= 0) {
            return command.strip().lines().map(String::strip).toList();
        }
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        char quote = 0;
        for (int i = 0; i < command.length(); i++) {
            char c = command.charAt(i);
            if (quote == 0 && Character.isWhitespace(c)) {
                if (word != null) {
                    words.add(word.toString());
                }
                word = null;
                continue;
            }
            word = word == null ? new StringBuilder() : word;
            if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else {
                word.append(c);
            }
        }
        if (word != null) {
            words.add(word.toString());
        }
        return quote == 0 ? words : null;
    }
}
