package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.bspump.config.Configuration;
import io.bspump.config.Options;
import io.bspump.config.OptionsTable;
import io.bspump.web.WebService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The pages name every part, and their tables of options are made from the options that the code declares. */
class DocumentationTablesTest {

    private static final Path CONFIGURATION = Path.of("../docs/configuration.md");
    private static final Path CONNECTIONS = Path.of("../docs/connections.md");
    private static final Path PARTS = Path.of("../docs/parts.md");

    @Test
    void everyPartHasItsSection() throws IOException {
        List<String> lines = Files.readAllLines(PARTS);
        for (Class<?> part : parts()) {
            assertThat(lines).as("docs/parts.md").contains("### " + part.getSimpleName());
        }
    }

    @Test
    void everyPartIsShownInUse() throws IOException {
        String[] sections = Files.readString(PARTS).split("(?m)^(?=##)");
        for (Class<?> part : parts()) {
            assertThat(sections).as(part.getSimpleName()).anySatisfy(section -> assertThat(section)
                    .startsWith("### " + part.getSimpleName() + "\n")
                    .contains("\n```"));
        }
    }

    @Test
    void tablesOfTheConfigurationAreUpToDate() throws IOException {
        Map<String, Options> tables = new LinkedHashMap<>();
        tables.put("general", Configuration.GENERAL);
        tables.put("secrets", Configuration.SECRETS);
        Settings.sections().forEach((section, options) -> tables.put("application " + section, options));
        tables.put("application web", WebService.OPTIONS);
        tables.put("lookup", Lookup.OPTIONS);
        tables.put("pipeline", Pipeline.OPTIONS);
        List<Class<?>> bases = List.of(AsyncProcessor.class, BlockingProcessor.class, Sink.class, BatchSink.class);
        bases.forEach(base -> tables.put(base.getSimpleName(), Options.of(base)));
        assertUpToDate(CONFIGURATION, tables);
    }

    @Test
    void tablesOfTheConnectionsAreUpToDate() throws IOException {
        Map<String, Options> tables = new LinkedHashMap<>();
        tables.put("connection", Connection.OPTIONS);
        tables.put("reference", Options.of(ConnectionReference.CONNECTION, ConnectionReference.SHARING_KEY));
        assertUpToDate(CONNECTIONS, tables);
    }

    @Test
    void tablesOfThePartsAreUpToDate() throws IOException {
        Map<String, Options> tables = new LinkedHashMap<>();
        parts().stream()
                .filter(DocumentationTablesTest::declaresOptions)
                .forEach(part -> tables.put(part.getSimpleName(), Options.of(part)));
        assertUpToDate(PARTS, tables);
    }

    /** Every class that comes with core and can be put into a pipeline, or beside one. */
    private static List<? extends Class<?>> parts() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.bspump").stream()
                        .filter(DocumentationTablesTest::isPart)
                        .map(JavaClass::reflect)
                        .toList();
    }

    private static boolean isPart(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && !type.getModifiers().contains(JavaModifier.ABSTRACT)
                && (type.isAssignableTo(Component.class)
                        || type.isAssignableTo(Lookup.class)
                        || type.isAssignableTo(Trigger.class));
    }

    private static boolean declaresOptions(Class<?> part) {
        for (Class<?> type = part; type != Component.class && type != Object.class; type = type.getSuperclass()) {
            if (!type.getPackageName().equals("io.bspump")
                    && List.of(type.getDeclaredFields()).stream()
                            .anyMatch(field -> field.getName().equals("OPTIONS"))) {
                return true;
            }
        }
        return false;
    }

    private static void assertUpToDate(Path page, Map<String, Options> tables) throws IOException {
        String fresh = Files.readString(page);
        for (Map.Entry<String, Options> table : tables.entrySet()) {
            fresh = replace(page, fresh, table.getKey(), OptionsTable.markdown(table.getValue()));
        }
        if (Boolean.getBoolean("bspump.docs.write")) {
            Files.writeString(page, fresh);
        }
        assertThat(Files.readString(page))
                .as(page + " is out of date; write it anew with:"
                        + " mvn test -pl bspump-core -Dtest=DocumentationTablesTest -Dbspump.docs.write=true")
                .isEqualTo(fresh);
    }

    private static String replace(Path page, String text, String name, String table) {
        String begin = "<!-- options: " + name + " -->\n";
        String end = "<!-- end of options -->";
        int from = text.indexOf(begin);
        assertThat(from)
                .as("%s must have the line '%s' and after it '%s'", page, begin.strip(), end)
                .isNotNegative();
        int to = text.indexOf(end, from);
        assertThat(to).as("'%s' must follow '%s'", end, begin.strip()).isNotNegative();
        return text.substring(0, from + begin.length()) + table + text.substring(to);
    }
}
