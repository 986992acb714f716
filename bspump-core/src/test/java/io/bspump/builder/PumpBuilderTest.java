package io.bspump.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.bspump.Component;
import io.bspump.Connection;
import io.bspump.Lookup;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.Trigger;
import io.bspump.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PumpBuilderTest {

    private static final String GOOD =
            """
            # As the Python framework has it.
            connections:
            - id: C
              module: io.bspump.builder
              class: Parts$Nowhere
              config: {host: "${THIS_DIR}", port: 0123, hosts: [a, b]}
            lookups:
            - {id: L, module: io.bspump.builder, class: Parts$Nothing}
            pipelines:
            - id: P
              config: {max_in_flight: 7}
              sources:
              - id: In
                module: bspump.file
                class: FileLineSource
                config: {path: "${THIS_DIR}/in.txt"}
                trigger: {module: bspump.trigger, class: RunOnceTrigger, id: T}
              processors:
              - {module: bspump.common, class: StdJsonToDictParser}
              - module: io.bspump.builder
                class: Parts$Arguments
                id: A
                args:
                  connection: C
                  count: 3
                  ratio: 1.5
                  keep_order: yes
                  timeout: 1.5s
                  mode: slow-down
                  items: [1, two, 3.5, true, [a]]
                  table: {k: 1, l: {m: n}}
                config: {key: value}
              - {class: StdDictToJsonParser}
              sink:
                module: io.bspump.file
                class: FileSink
                config: {path: "${THIS_DIR}/out.txt"}
            """;

    @TempDir
    Path directory;

    private TestApp app;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private PumpBuilder builder(String name, String text) throws IOException {
        return new PumpBuilder(Files.writeString(directory.resolve(name), text));
    }

    private Parts.Arguments arguments() {
        return (Parts.Arguments) app.pumpService().locate("P.A").orElseThrow();
    }

    @Test
    void runsADefinedPump() throws IOException {
        Files.writeString(directory.resolve("in.txt"), "{\"a\": 1}\n{\"b\":2}\n");
        builder("pump.yaml", GOOD).constructPump(app);
        assertThat(app.configuration().problems()).isEmpty();
        assertThat(app.configuration().checkUnused())
                .as("the keys of the connection are read by nobody here")
                .isEmpty();
        app.run(app.pumpService().pipelines().get(0));
        assertThat(directory.resolve("out.txt")).hasContent("{\"a\":1}\n{\"b\":2}\n");
    }

    @Test
    void givesArgumentsInTheTypesOfTheConstructor() throws IOException {
        builder("pump.yaml", GOOD).constructPump(app);
        assertThat(arguments().got)
                .isEqualTo(List.of(
                        "C",
                        3,
                        1.5,
                        true,
                        Duration.ofMillis(1500),
                        Parts.Mode.SLOW_DOWN,
                        List.of(1L, "two", 3.5, true, List.of("a")),
                        Map.of("k", 1L, "l", Map.of("m", "n")),
                        "value"));
    }

    @Test
    void givesValuesOfSectionsAsTheyAreWritten() throws IOException {
        builder("pump.yaml", GOOD).constructPump(app);
        Parts.Nowhere connection = (Parts.Nowhere) app.pumpService().locateConnection("C");
        assertThat(connection.section().get("host")).isEqualTo(directory.toString());
        assertThat(connection.section().get("port")).isEqualTo("0123");
        assertThat(connection.section().getList("hosts")).containsExactly("a", "b");
        assertThat(app.pumpService().locateLookup("L")).isInstanceOf(Parts.Nothing.class);
    }

    @Test
    void theFileOfTheConfigurationIsAboveTheDefinition() throws IOException {
        app.close();
        app = TestApp.reading(Files.writeString(directory.resolve("test.conf"), "[pipeline:P:A]\nkey = file\n"));
        builder("pump.yaml", GOOD).constructPump(app);
        assertThat(arguments().got).endsWith("file");
        assertThat(app.configuration().checkUnused().toString()).doesNotContain("pipeline:P:A");
    }

    @Test
    void makesTheTriggersOfThePythonFramework() throws IOException {
        builder(
                        "pump.yaml",
                        """
                        pipelines:
                        - id: P
                          sources:
                          - {id: A, class: FileLineSource, trigger: {module: bspump.trigger, class: PubSubTrigger,
                              args: {message_types: Application.tick!}}}
                          - {id: B, class: FileLineSource, trigger: {module: bspump.trigger, class: PubSubTrigger,
                              args: {message_types: [one!, two!]}}}
                          - {id: C, class: FileLineSource, trigger: {module: bspump.trigger, class: CronTrigger,
                              args: {cron_string: 0 * * * *}}}
                          - {id: D, class: FileLineSource, trigger: {module: bspump.trigger, class: CronTrigger,
                              args: {expression: 0 * * * *, zone: Europe/Prague}}}
                          - {id: E, class: FileLineSource, trigger: {module: bspump.trigger, class: OpportunisticTrigger,
                              args: {chilldown_period: 0.5}}}
                          - {id: F, class: FileLineSource, trigger: {module: bspump.trigger, class: PeriodicTrigger,
                              id: every, args: {interval: 5}}}
                          sink: {class: NullSink}
                        """)
                .constructPump(app);
        assertThat(app.pumpService().pipelines().get(0).sources()).hasSize(6);
    }

    @Test
    void readsJsonToo() throws IOException {
        builder(
                        "pump.json",
                        """
                        {"pipelines": [{"id": "P",
                          "sources": [{"class": "FileLineSource", "config": {"path": "x"}}],
                          "sink": {"class": "NullSink"}}]}
                        """)
                .constructPump(app);
        assertThat(app.pumpService().pipelines()).extracting(Pipeline::id).containsExactly("P");
    }

    @Test
    void aliasesStandForTheirAnchors() throws IOException {
        builder(
                        "pump.yml",
                        """
                        pipelines:
                        - id: P
                          sources: [&in {class: FileLineSource, config: {path: x}}]
                          sink: &out {class: NullSink}
                        - {id: Q, sources: [*in], sink: *out}
                        """)
                .constructPump(app);
        assertThat(app.pumpService().pipelines()).extracting(Pipeline::id).containsExactly("P", "Q");
    }

    @Test
    void saysWhereJsonIsBrokenWithoutRepeatingIt() throws IOException {
        PumpBuilder builder = builder("pump.json", "{\n\"pipelines\": hunter2\n}");
        assertThatThrownBy(() -> builder.constructPump(app))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("pump.json:2)")
                .hasMessageStartingWith("the definition is not valid: a word that is not in quotes (");
    }

    @Test
    void saysWhatIsWrongWithTheFileItself() throws IOException {
        Path missing = directory.resolve("missing.yaml");
        assertThatThrownBy(() -> new PumpBuilder(missing).constructPump(app))
                .hasMessage("the definition does not exist (" + missing + ")");
        Path folder = Files.createDirectory(directory.resolve("folder.yaml"));
        assertThatThrownBy(() -> new PumpBuilder(folder).constructPump(app))
                .hasMessage("the definition is not a regular file (" + folder + ")");
        PumpBuilder other = builder("pump.toml", "");
        assertThatThrownBy(() -> other.constructPump(app))
                .hasMessageStartingWith("the definition must be a file that ends with .yaml, .yml or .json (");
        Path binary = Files.write(directory.resolve("pump.yaml"), new byte[] {'a', (byte) 0xff, 'b'});
        assertThatThrownBy(() -> new PumpBuilder(binary).constructPump(app))
                .hasMessage("the definition must be UTF-8 text (" + binary + ")");
        Path large = Files.write(directory.resolve("large.yaml"), new byte[(4 << 20) + 1]);
        assertThatThrownBy(() -> new PumpBuilder(large).constructPump(app))
                .hasMessage("the definition is longer than 4 MiB (" + large + ")");
    }

    @Test
    void refusesAnIdThatTheApplicationHasAlready() throws IOException {
        builder("pump.yaml", GOOD).constructPump(app);
        PumpBuilder again = builder("pump.yaml", GOOD);
        assertThatThrownBy(() -> again.constructPump(app))
                .hasMessageContaining("connections[0] cannot be made: there is already a connection with the id 'C' (")
                .hasMessageContaining("pump.yaml:3)");
    }

    @Test
    void findsEveryPartByItsNameAlone() {
        List<String> lost = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.bspump").stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(type -> List.of(Component.class, Connection.class, Lookup.class, Trigger.class).stream()
                                .anyMatch(type::isAssignableTo))
                        .filter(type -> type.isTopLevelClass())
                        .filter(type -> !isFound(type))
                        .map(JavaClass::getName)
                        .toList();
        assertThat(lost).as("parts in packages that PartClasses does not list").isEmpty();
    }

    private static boolean isFound(JavaClass type) {
        try {
            return PartClasses.find("bspump.anything", type.getSimpleName())
                    .getName()
                    .equals(type.getName());
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @Test
    void translatesNamesOfThePythonFramework() throws ClassNotFoundException {
        assertThat(PartClasses.find("bspump.socket", "TCPSource").getSimpleName())
                .isEqualTo("StreamServerSource");
        assertThat(PartClasses.find("bspump.ipc", "DatagramSink").getName()).isEqualTo("io.bspump.ipc.DatagramSink");
        assertThat(PartClasses.find("bspump", "FileLineSource").getSimpleName()).isEqualTo("FileLineSource");
    }

    /** Whatever a file holds, the answer is a list of problems or a pump, and soon. */
    @Test
    void anythingElseIsAListOfProblems() throws IOException {
        Random random = new Random(5);
        String letters = "{}[]:,-&*!|>'\"%@`#?~ \n\tapmid$\u0000é";
        for (int round = 0; round < 150; round++) {
            StringBuilder text = new StringBuilder(GOOD);
            for (int i = 0; i <= random.nextInt(4); i++) {
                int at = random.nextInt(text.length());
                char letter = letters.charAt(random.nextInt(letters.length()));
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, letter);
                    case 1 -> text.insert(at, letter);
                    default -> text.delete(at, Math.min(text.length(), at + random.nextInt(30)));
                }
            }
            PumpBuilder builder = builder("pump.yaml", text.toString());
            try (TestApp fresh = TestApp.in(directory)) {
                assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                    try {
                        builder.constructPump(fresh);
                    } catch (ConfigException e) {
                        assertThat(e.problems()).isNotEmpty();
                    }
                });
            }
        }
    }
}
