package io.bspump.config;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.ini4j.spi.IniHandler;
import org.ini4j.spi.IniParser;
import org.jspecify.annotations.Nullable;

/** The sections of one text, unexpanded, in their order. */
final class IniFile {

    /** The section whose keys all other sections inherit. */
    static final String DEFAULT = "DEFAULT";

    private final Map<String, Section> sections = new LinkedHashMap<>();

    private IniFile() {}

    /** A section with the place of its first line. */
    record Section(Origin origin, Map<String, Value> values) {}

    static IniFile parse(String text, Origin file, Problems problems) {
        IniLines.Joined joined = IniLines.join(text, file, problems);
        IniFile ini = new IniFile();
        try {
            IniParser.newInstance(settings())
                    .parse(new StringReader(joined.text()), new Handler(ini, file, joined.starts()));
        } catch (IOException e) {
            // What ini4j refuses has been taken out before; a text has no other way to fail.
            throw new UncheckedIOException(e);
        }
        return ini;
    }

    Map<String, Section> sections() {
        return sections;
    }

    // Every field is set, as org.ini4j.Config takes what is not from system properties.
    private static org.ini4j.Config settings() {
        org.ini4j.Config settings = new org.ini4j.Config();
        settings.setComment(false);
        settings.setEmptyOption(false);
        settings.setEmptySection(true);
        settings.setEscape(false);
        settings.setEscapeKeyOnly(false);
        settings.setEscapeNewline(false);
        settings.setFileEncoding(StandardCharsets.UTF_8);
        settings.setGlobalSection(false);
        settings.setGlobalSectionName("?");
        settings.setHeaderComment(false);
        settings.setInclude(false);
        settings.setLineSeparator("\n");
        settings.setLowerCaseOption(false);
        settings.setLowerCaseSection(false);
        settings.setMultiOption(true);
        settings.setMultiSection(true);
        settings.setPathSeparator('/');
        settings.setPropertyFirstUpper(false);
        settings.setStrictOperator(false);
        settings.setTree(false);
        settings.setUnnamedSection(false);
        return settings;
    }

    private static final class Handler implements IniHandler {

        private final IniFile ini;
        private final Origin file;
        private final Queue<Integer> starts;
        private Map<String, Value> current = new LinkedHashMap<>();

        Handler(IniFile ini, Origin file, Iterable<Integer> starts) {
            this.ini = ini;
            this.file = file;
            this.starts = new ArrayDeque<>();
            starts.forEach(this.starts::add);
        }

        @Override
        public void startSection(String name) {
            Origin origin = next();
            current = ini.sections
                    .computeIfAbsent(name, key -> new Section(origin, new LinkedHashMap<>()))
                    .values();
        }

        @Override
        public void handleOption(String key, @Nullable String value) {
            String text = value == null ? "" : value.replace(IniLines.LINE_FEED, '\n');
            current.put(key, Value.of(text, next()));
        }

        private Origin next() {
            return new Origin(file.place(), starts.remove(), file.directory());
        }

        @Override
        public void startIni() {}

        @Override
        public void endIni() {}

        @Override
        public void endSection() {}

        @Override
        public void handleComment(String comment) {}
    }
}
