package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.config.Options;
import io.bspump.config.OptionsTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tables of options in docs/postgresql.md are made from the options that the code declares. */
class DocumentationTest {

    private static final Path PAGE = Path.of("../docs/postgresql.md");
    private static final String END = "<!-- end of options -->";

    @Test
    void tablesAreUpToDate() throws IOException {
        String fresh = Files.readString(PAGE);
        for (Class<?> type : List.of(
                PostgreSQLConnection.class,
                PostgreSQLSource.class,
                PostgreSQLLogicalReplicationSource.class,
                PostgreSQLNotificationSource.class,
                PostgreSQLSink.class,
                PostgreSQLLookup.class)) {
            String begin = "<!-- options: " + type.getSimpleName() + " -->\n";
            int from = fresh.indexOf(begin) + begin.length();
            int to = fresh.indexOf(END, from);
            assertThat(from).as(begin).isGreaterThan(begin.length());
            fresh = fresh.substring(0, from) + OptionsTable.markdown(Options.of(type)) + fresh.substring(to);
        }
        if (Boolean.getBoolean("bspump.docs.write")) {
            Files.writeString(PAGE, fresh);
        }
        assertThat(Files.readString(PAGE))
                .as(
                        "write it anew with: mvn test -pl bspump-postgresql -Dtest=DocumentationTest -Dbspump.docs.write=true")
                .isEqualTo(fresh);
    }
}
