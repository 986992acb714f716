package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.config.Configuration;
import io.bspump.config.Options;
import io.bspump.config.OptionsTable;
import io.bspump.file.FileLineSource;
import io.bspump.file.FileSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tables of options in {@code docs/configuration.md} are made from the options that the code declares. */
class ConfigurationPageTest {

    private static final Path PAGE = Path.of("../docs/configuration.md");

    /** What the page documents: the name in the marker and the options. A new component of core is added here. */
    private static Map<String, Options> documented() {
        Map<String, Options> tables = new LinkedHashMap<>();
        tables.put("general", Configuration.GENERAL);
        tables.put("secrets", Configuration.SECRETS);
        Settings.sections().forEach((section, options) -> tables.put("application " + section, options));
        tables.put("lookup", Lookup.OPTIONS);
        tables.put("pipeline", Pipeline.OPTIONS);
        List<Class<?>> components = List.of(
                AsyncProcessor.class,
                BlockingProcessor.class,
                Sink.class,
                BatchSink.class,
                FileLineSource.class,
                FileSink.class);
        components.forEach(component -> tables.put(component.getSimpleName(), Options.of(component)));
        return tables;
    }

    @Test
    void tablesAreUpToDate() throws IOException {
        String page = Files.readString(PAGE);
        String fresh = page;
        for (Map.Entry<String, Options> table : documented().entrySet()) {
            fresh = replace(fresh, table.getKey(), OptionsTable.markdown(table.getValue()));
        }
        if (Boolean.getBoolean("bspump.docs.write")) {
            Files.writeString(PAGE, fresh);
        }
        assertThat(Files.readString(PAGE))
                .as("docs/configuration.md is out of date; write it anew with:"
                        + " mvn test -pl bspump-core -Dtest=ConfigurationPageTest -Dbspump.docs.write=true")
                .isEqualTo(fresh);
    }

    private static String replace(String page, String name, String table) {
        String begin = "<!-- options: " + name + " -->\n";
        String end = "<!-- end of options -->";
        int from = page.indexOf(begin);
        assertThat(from)
                .as("docs/configuration.md must have the line '%s' and after it '%s'", begin.strip(), end)
                .isNotNegative();
        int to = page.indexOf(end, from);
        assertThat(to).as("'%s' must follow '%s'", end, begin.strip()).isNotNegative();
        return page.substring(0, from + begin.length()) + table + page.substring(to);
    }
}
