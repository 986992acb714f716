package io.bspump.config;

import java.util.ArrayList;
import java.util.List;

/** Options as a table of a Markdown document. */
public final class OptionsTable {

    private OptionsTable() {}

    /** One row per option, in their order; a line feed at the end. */
    public static String markdown(Options options) {
        StringBuilder table = new StringBuilder("| key | type | default | meaning |\n| --- | --- | --- | --- |\n");
        for (Option option : options.all()) {
            List<String> cells =
                    List.of("`" + option.name() + "`", type(option.type()), defaultText(option), meaning(option));
            cells.forEach(cell -> table.append("| ").append(escape(cell)).append(' '));
            table.append("|\n");
        }
        return table.toString();
    }

    private static String type(ValueType type) {
        String bounds = "";
        if (type.min() != null && type.max() != null) {
            bounds = ", " + type.bound(type.min()) + " to " + type.bound(type.max());
        } else if (type.min() != null) {
            bounds = ", at least " + type.bound(type.min());
        } else if (type.max() != null) {
            bounds = ", at most " + type.bound(type.max());
        }
        return switch (type.kind()) {
            case CHOICE -> "`" + String.join("`, `", type.choices()) + "`";
            case URL -> type.choices().isEmpty() ? "URL" : "URL (" + String.join(", ", type.choices()) + ")";
            default -> type.kind().title() + bounds;
        };
    }

    private static String defaultText(Option option) {
        if (option.isRequired()) {
            return "required";
        }
        return option.defaultText()
                .map(text -> text.isEmpty() ? "empty" : "`" + text + "`")
                .orElse("none");
    }

    private static String meaning(Option option) {
        List<String> sentences = new ArrayList<>(List.of(option.doc()));
        if (!option.aliases().isEmpty()) {
            sentences.add("Also `" + String.join("`, `", option.aliases()) + "`.");
        }
        option.deprecation().ifPresent(advice -> sentences.add("Deprecated: " + advice + "."));
        return String.join(" ", sentences);
    }

    private static String escape(String cell) {
        return cell.replace("|", "\\|").replace("\n", " ");
    }
}
