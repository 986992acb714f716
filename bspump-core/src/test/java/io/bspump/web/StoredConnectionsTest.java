package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredConnectionsTest {

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("var/connections.json");
    }

    private StoredConnections store() {
        return new StoredConnections(directory.resolve("var"));
    }

    private static final Definition DEFINITION =
            new Definition("A", "lab", Map.of("password", "pa$$ \u2603", "user", "ada", "servers", List.of("a", "b")));

    @Test
    void whatIsStoredComesBack() throws IOException {
        store().put(DEFINITION, Set.of("password"));

        List<Definition> loaded = store().load();

        assertThat(loaded).singleElement().satisfies(each -> {
            assertThat(each.sameAs(DEFINITION)).isTrue();
            assertThat(each.props()).isEqualTo(DEFINITION.props());
        });
        assertThat(Files.readString(file())).doesNotContain("pa$$").contains("ada");
    }

    @Test
    void onlyTheOwnerMayReadTheFiles() throws IOException {
        store().put(DEFINITION, Set.of("password"));

        for (String name : List.of("connections.json", "connections.key")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                            directory.resolve("var").resolve(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void withoutSecretsThereIsNoKey() throws IOException {
        store().put(DEFINITION, Set.of());

        assertThat(directory.resolve("var/connections.key")).doesNotExist();
    }

    @Test
    void theSameSecretIsEncryptedDifferentlyEachTime() throws IOException {
        store().put(DEFINITION, Set.of("password"));
        String first = Files.readString(file());
        store().load();
        StoredConnections again = store();
        again.load();
        again.put(DEFINITION, Set.of("password"));

        assertThat(Files.readString(file())).isNotEqualTo(first);
        assertThat(store().load()).singleElement().satisfies(each -> assertThat(each.sameAs(DEFINITION))
                .isTrue());
    }

    @Test
    void aSecretOfOneIsNoSecretOfAnother() throws IOException {
        store().put(DEFINITION, Set.of("password"));
        Files.writeString(file(), Files.readString(file()).replace("\"id\" : \"A\"", "\"id\" : \"B\""));

        assertThatThrownBy(() -> store().load())
                .isInstanceOf(IOException.class)
                .hasMessage("an encrypted value was changed, or was encrypted with another key than that in '"
                        + directory.resolve("var/connections.key") + "'");
    }

    @Test
    void aMissingKeyIsNamed() throws IOException {
        store().put(DEFINITION, Set.of("password"));
        Files.delete(directory.resolve("var/connections.key"));

        assertThatThrownBy(() -> store().load())
                .hasMessage("the key to its encrypted values is missing, it was in '"
                        + directory.resolve("var/connections.key") + "'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | is not JSON",
                "[] | must be an object with \"version\": 1",
                "{\"version\":2,\"connections\":[]} | must be an object with \"version\": 1",
                "{\"version\":1,\"connections\":[{\"id\":\"A\"}]} | typ is required",
                "{\"version\":1,\"connections\":[{\"id\":\"A\",\"typ\":\"l\"},{\"id\":\"A\",\"typ\":\"l\"}]} | has the id 'A' twice",
                "{\"version\":1,\"connections\":[{\"id\":\"A\",\"typ\":\"l\",\"props\":{\"p\":{\"encrypted\":\"!\"}}}]} | an"
                        + " encrypted value is not Base64"
            })
    void aDamagedFileIsLeftAloneAndEndsTheStart(String text, String reason) throws Exception {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), text);

        assertThatThrownBy(() -> store().load()).hasMessageStartingWith(reason);
        try (WebPump pump = WebPump.make(directory, "[web]\nlisten = 0\n")) {
            pump.runInBackground();
            assertThat(pump.exitCode()).isEqualTo(2);
        }
        assertThat(Files.readString(file())).isEqualTo(text);
    }

    @Test
    void aRestartBringsThemBackBeforePipelinesAreChecked() {
        try (WebPump pump = WebPump.start(directory, "")) {
            pump.post("/connections", "{\"id\":\"A\",\"typ\":\"lab\",\"props\":{\"password\":\"kept-secret\"}}")
                    .expect(201);
            pump.post("/connections", "{\"id\":\"Gone\",\"typ\":\"lab\"}").expect(201);
            pump.delete("/connections/Gone").expect(204);
        }
        try (WebPump pump =
                WebPump.start(directory, "", made -> made.pumpService().addPipeline(new LabPipeline(made, "P", "A")))) {
            pump.awaitState("A", "CONNECTED");
            assertThat(((LabConnection) pump.pumpService().locateConnection("A")).password())
                    .isEqualTo("kept-secret");
            assertThat(pump.get("/connections/A").body().path("managedBy").asText())
                    .isEqualTo("api");
            pump.get("/connections/Gone").expect(404);
        }
    }

    @Test
    void theConfigurationIsStrongerThanWhatIsStored() throws IOException {
        try (WebPump pump = WebPump.start(directory, "")) {
            pump.post("/connections", "{\"id\":\"A\",\"typ\":\"lab\",\"props\":{\"size\":2}}")
                    .expect(201);
            pump.post("/connections", "{\"id\":\"B\",\"typ\":\"lab\"}").expect(201);
        }
        try (WebPump pump = WebPump.start(directory, "[connection:A]\ntype = lab\nsize = 3\n")) {
            assertThat(pump.get("/connections/A").body().at("/props/size").asText())
                    .isEqualTo("3");
            assertThat(pump.delete("/connections/A").expect(409).code()).isEqualTo("managed_elsewhere");
            pump.delete("/connections/B").expect(204);
        }
        assertThat(Files.readString(file())).contains("\"A\"").doesNotContain("\"B\"");
    }

    @Test
    void referencesAreKeptAsTheyAre() throws IOException {
        String configuration = "[passwords]\norders = from-the-file\n";
        try (WebPump pump = WebPump.start(directory, configuration)) {
            pump.post("/connections", "{\"id\":\"A\",\"typ\":\"lab\",\"props\":{\"password\":\"${passwords:orders}\"}}")
                    .expect(201);
            assertThat(((LabConnection) pump.pumpService().locateConnection("A")).password())
                    .isEqualTo("from-the-file");
            assertThat(pump.get("/connections/A").body().at("/props/password").asText())
                    .isEqualTo("${passwords:orders}");
        }
        assertThat(Files.readString(file())).contains("${passwords:orders}");
        try (WebPump pump = WebPump.start(directory, configuration.replace("from-the-file", "changed-there"))) {
            assertThat(((LabConnection) pump.pumpService().locateConnection("A")).password())
                    .isEqualTo("changed-there");
        }
    }

    @Test
    void whatCannotBeStoredIsNotMade() throws IOException {
        try (WebPump pump = WebPump.start(directory, "")) {
            Files.createDirectories(file());
            Files.writeString(file().resolve("in-the-way"), "");

            WebPump.Reply reply =
                    pump.post("/connections", "{\"id\":\"A\",\"typ\":\"lab\"}").expect(500);

            assertThat(reply.code()).isEqualTo("not_stored");
            assertThat(reply.message()).startsWith("[connection:A] was not made: the file could not be written: ");
            pump.get("/connections/A").expect(404);
        }
    }

    @Test
    void aCheckReadsThemAndMakesNothing() throws Exception {
        store().put(new Definition("A", "lab", Map.of("size", 99)), Set.of());
        try (WebPump pump = WebPump.make(directory, "[web]\nlisten = 0\n")) {
            assertThat(pump.web().check(pump).toString())
                    .contains("[connection:A] size must be between 1 and 10, was '99' (" + file() + ")");
            pump.runInBackground();
            pump.exitCode();
        }
    }
}
