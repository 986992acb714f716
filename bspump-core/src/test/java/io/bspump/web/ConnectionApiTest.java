package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.bspump.web.WebPump.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionApiTest {

    @TempDir
    Path directory;

    private WebPump pump;

    @BeforeEach
    void start() {
        pump = WebPump.start(
                directory,
                """
                [connection:InFile]
                type = lab
                password = s3cret-file
                """,
                made -> {
                    made.pumpService().addConnection(new LabConnection(made, "InCode", Map.of("user", "ada")));
                    made.pumpService().addPipeline(new LabPipeline(made, "P", "InFile"));
                });
    }

    @AfterEach
    void stop() {
        pump.close();
    }

    private Reply create(String id, String props) {
        return pump.post("/connections", definition(id, props));
    }

    private static String definition(String id, String props) {
        return "{\"id\":\"" + id + "\",\"typ\":\"lab\",\"props\":" + props + "}";
    }

    @Test
    void createsAConnectionThatConnectsAtOnce() {
        Reply reply = create("A", "{\"user\":\"bob\",\"size\":3}").expect(201);

        assertThat(reply.response().headers().firstValue("location")).contains("/connections/A");
        assertThat(reply.response().headers().firstValue("content-type")).contains("application/json");
        pump.awaitState("A", "CONNECTED");
        JsonNode shown = pump.get("/connections/A").expect(200).body();
        assertThat(shown.path("id").asText()).isEqualTo("A");
        assertThat(shown.path("typ").asText()).isEqualTo("lab");
        assertThat(shown.path("props").toString()).isEqualTo("{\"user\":\"bob\",\"size\":3}");
        assertThat(shown.path("ownership").asText()).isEqualTo("named");
        assertThat(shown.path("managedBy").asText()).isEqualTo("api");
        assertThat(shown.path("enabled").asBoolean()).isTrue();
        assertThat(shown.path("references").size()).isZero();
        assertThat(shown.at("/status/gauge").asInt()).isEqualTo(1);
        assertThat(shown.at("/status/generation").asInt()).isEqualTo(1);
        assertThat(shown.at("/status/lastConnected").asText()).endsWith("Z");
        assertThat(pump.pumpService().locateConnection("A").status().isConnected())
                .isTrue();
    }

    @Test
    void listsAllWithFilters() {
        create("Hanging", "{\"mode\":\"hang\"}").expect(201);

        JsonNode all = pump.get("/connections").expect(200).body();
        assertThat(all.findValuesAsText("id")).containsExactly("InCode", "InFile", "Hanging");
        assertThat(all.get(0).path("managedBy").asText()).isEqualTo("code");
        assertThat(all.get(1).path("managedBy").asText()).isEqualTo("pipelines.conf");
        assertThat(all.get(1).at("/references/0/referrer").asText()).isEqualTo("P.LabSink");
        assertThat(pump.get("/connections?state=connecting").body().findValuesAsText("id"))
                .containsExactly("Hanging");
        assertThat(pump.get("/connections?type=echo").body().size()).isZero();
        assertThat(pump.get("/connections?state=fine").expect(400).message())
                .isEqualTo("state must be one of initialized, connecting, connected, recovering, disconnected, failed,"
                        + " closing, closed, was 'fine'");
    }

    @Test
    void secretsAreMaskedEverywhere() throws Exception {
        String props =
                "{\"password\":\"pa$$word-1\",\"url\":\"tcp://eve:pa55@host:1\",\"user\":\"$HOME\",\"mode\":\"denied\"}";
        create("S", props).expect(201);
        pump.awaitState("S", "FAILED");

        JsonNode shown = pump.get("/connections/S").body();
        assertThat(shown.path("props").toString())
                .isEqualTo(
                        "{\"password\":\"***\",\"url\":\"tcp://***@host:1\",\"user\":\"$HOME\",\"mode\":\"denied\"}");
        assertThat(shown.at("/status/lastError/class").asText()).isEqualTo("AUTHENTICATION");
        assertThat(shown.at("/status/lastError/message").asText()).isEqualTo("bad password ***");
        assertThat(pump.get("/connections").response().body())
                .doesNotContain("pa$$word-1")
                .doesNotContain("pa55")
                .doesNotContain("s3cret-file");
        assertThat(pump.get("/connections/InFile").body().path("props").toString())
                .isEqualTo("{\"password\":\"***\"}");
        String stored = Files.readString(directory.resolve("var/connections.json"));
        assertThat(stored).doesNotContain("pa$$word-1").doesNotContain("pa55").contains("$HOME");
    }

    @Test
    void masksThatComeBackKeepTheSecret() {
        create("S", "{\"password\":\"first-secret\",\"url\":\"tcp://u:p@h:1\",\"user\":\"x\"}")
                .expect(201);
        pump.awaitState("S", "CONNECTED");

        Reply reply = pump.put(
                        "/connections/S",
                        definition("S", "{\"password\":\"***\",\"url\":\"tcp://***@h:1\",\"user\":\"y\"}"))
                .expect(200);

        assertThat(reply.body().path("change").asText()).isEqualTo("updated");
        LabConnection present = (LabConnection) pump.pumpService().locateConnection("S");
        assertThat(present.password()).isEqualTo("first-secret");
        assertThat(reply.body().path("props").toString())
                .isEqualTo("{\"password\":\"***\",\"url\":\"tcp://***@h:1\",\"user\":\"y\"}");
    }

    @Test
    void putCreatesReplacesAndLeavesAlone() {
        Reply created = pump.put("/connections/N", "{\"typ\":\"lab\",\"props\":{\"size\":2}}")
                .expect(201);
        assertThat(created.body().path("change").asText()).isEqualTo("created");
        assertThat(created.response().headers().firstValue("location")).contains("/connections/N");
        pump.awaitState("N", "CONNECTED");

        Reply same = pump.put("/connections/N", "{\"typ\":\"lab\",\"props\":{\"size\":2}}")
                .expect(200);
        assertThat(same.body().path("change").asText()).isEqualTo("unchanged");

        Reply dry = pump.put("/connections/N?dry_run=true", "{\"typ\":\"lab\",\"props\":{\"size\":5}}")
                .expect(200);
        assertThat(dry.body().path("change").asText()).isEqualTo("updated");
        assertThat(dry.body().at("/props/size").asInt()).isEqualTo(2);

        Reply replaced = pump.put("/connections/N", "{\"typ\":\"lab\",\"props\":{\"user\":\"z\"}}")
                .expect(200);
        assertThat(replaced.body().path("props").toString()).isEqualTo("{\"user\":\"z\"}");
    }

    @Test
    void patchMergesAndNullRemoves() {
        create("N", "{\"size\":2,\"user\":\"a\",\"password\":\"keep-me-safe\"}").expect(201);
        pump.awaitState("N", "CONNECTED");

        Reply reply = pump.send(
                        "PATCH",
                        "/connections/N",
                        "{\"props\":{\"user\":null,\"size\":7}}",
                        "content-type",
                        "application/merge-patch+json")
                .expect(200);

        assertThat(reply.body().path("props").toString()).isEqualTo("{\"size\":7,\"password\":\"***\"}");
        assertThat(((LabConnection) pump.pumpService().locateConnection("N")).password())
                .isEqualTo("keep-me-safe");
        assertThat(pump.send("PATCH", "/connections/N", "{\"typ\":\"echo\"}")
                        .expect(400)
                        .message())
                .isEqualTo("typ cannot be patched, it is 'lab'");
    }

    @Test
    void anUpdateThatDoesNotConnectChangesNothing() {
        create("N", "{\"size\":2,\"password\":\"old-secret\"}").expect(201);
        pump.awaitState("N", "CONNECTED");

        Reply reply = pump.put(
                        "/connections/N",
                        definition("N", "{\"mode\":\"denied\",\"password\":\"new-secret\",\"connect_timeout\":\"1s\"}"))
                .expect(502);

        assertThat(reply.code()).isEqualTo("not_connected");
        assertThat(reply.message())
                .isEqualTo("[connection:N] stays as it was, the new one does not connect: bad password ***");
        assertThat(pump.get("/connections/N").body().path("props").toString())
                .isEqualTo("{\"size\":2,\"password\":\"***\"}");
        assertThat(pump.state("N")).isEqualTo("CONNECTED");
    }

    @Test
    void whatIsWrongComesBackTogether() {
        Reply reply = create("B", "{\"size\":99,\"mode\":\"fly\",\"pasword\":\"x\",\"user\":\"${NO_SUCH_VARIABLE}\"}")
                .expect(422);
        assertThat(reply.body().path("problems").size()).isEqualTo(1);
        assertThat(reply.message())
                .isEqualTo(
                        "[connection:B] user refers to '${NO_SUCH_VARIABLE}', which is neither set in the environment"
                                + " nor a key of the section");

        JsonNode problems = create("B", "{\"size\":99,\"mode\":\"fly\",\"pasword\":\"x\"}")
                .expect(422)
                .body()
                .path("problems");
        assertThat(problems.toString())
                .isEqualTo(
                        "[{\"section\":\"connection:B\",\"key\":\"mode\",\"rule\":\"must be one of up, hang, block,"
                                + " refuse, denied, mute\",\"value\":\"fly\",\"message\":\"mode must be one of up, hang, block,"
                                + " refuse, denied, mute, was 'fly'\"},"
                                + "{\"section\":\"connection:B\",\"key\":\"size\",\"rule\":\"must be between 1 and 10\","
                                + "\"value\":\"99\",\"message\":\"size must be between 1 and 10, was '99'\"},"
                                + "{\"section\":\"connection:B\",\"key\":\"pasword\",\"rule\":\"unknown key 'pasword', did you mean"
                                + " 'password'?\",\"value\":null,\"message\":\"unknown key 'pasword', did you mean 'password'?\"}]");
        assertThat(pump.get("/connections/B").expect(404).message())
                .isEqualTo("there is no connection with the id 'B'");

        create("B", "{\"size\":9}").expect(201);
    }

    @Test
    void unknownTypesAreNamed() {
        Reply reply =
                pump.post("/connections", "{\"id\":\"X\",\"typ\":\"labb\"}").expect(422);

        assertThat(reply.message())
                .isEqualTo("[connection:X] typ must be one of echo, lab, was 'labb', did you mean 'lab'?");
        assertThat(reply.body().at("/problems/0/value").asText()).isEqualTo("labb");
    }

    @Test
    void wrongShapesAreRefused() {
        assertThat(pump.post("/connections", "{\"id\":\"X\",\"type\":\"lab\"}")
                        .expect(400)
                        .message())
                .isEqualTo("unknown field 'type', did you mean 'typ'?");
        assertThat(pump.post("/connections", "{\"typ\":\"lab\"}").expect(400).message())
                .isEqualTo("id is required");
        assertThat(pump.post("/connections", "{\"id\":1,\"typ\":\"lab\"}")
                        .expect(400)
                        .message())
                .isEqualTo("id must be a text");
        assertThat(pump.post("/connections", "[1]").expect(400).message()).isEqualTo("the body must be an object");
        assertThat(create("X", "{\"user\":{}}").expect(400).message())
                .isEqualTo("props.user must be a text, a number, true, false or a list of them");
        assertThat(pump.post("/connections", "{\"id\":\"X\",\"id\":\"Y\"}")
                        .expect(400)
                        .message())
                .isEqualTo("the body is not JSON at line 1, column 15: Duplicate field 'id'");
        assertThat(pump.post("/connections", "{\"id\":").expect(400).code()).isEqualTo("bad_json");
        assertThat(pump.post("/connections", "").expect(415).message())
                .isEqualTo("the content-type must be application/json, there was none");
        assertThat(pump.send("POST", "/connections", "id=1", "content-type", "application/x-www-form-urlencoded")
                        .expect(415)
                        .message())
                .isEqualTo("the content-type must be application/json, was 'application/x-www-form-urlencoded'");
        assertThat(pump.put("/connections/A", "{\"id\":\"B\",\"typ\":\"lab\"}")
                        .expect(400)
                        .message())
                .isEqualTo("id must be 'A' as in the path, was 'B'");
        assertThat(create("X\\u0000", "{}").expect(422).message())
                .isEqualTo(
                        "id must have 1 to 200 characters, none of them a control character, and no blanks at its ends");
        assertThat(create("X", "{\"user\":\"a\",\"USER\":\"b\"}").expect(400).message())
                .isEqualTo("props has 'USER' twice, also as 'user'");
    }

    @Test
    void idsAreUniqueAndOthersAreSuggested() {
        create("Orders", "{}").expect(201);

        assertThat(create("Orders", "{}").expect(409).message())
                .isEqualTo("there is already a connection with the id 'Orders'");
        assertThat(create("InFile", "{}").expect(409).code()).isEqualTo("exists");
        assertThat(pump.get("/connections/Order").expect(404).message())
                .isEqualTo("there is no connection with the id 'Order', did you mean 'Orders'?");
        assertThat(pump.delete("/connections/Order").expect(404).code()).isEqualTo("not_found");
    }

    @Test
    void idsMayBeAnything() {
        String[] ids = {"a/b", "a:b", "..", "ř š", "%2e%2e", "q?x#y", "test", "+", "日本"};
        for (String id : ids) {
            Reply made = create(id, "{}").expect(201);
            String location = made.response().headers().firstValue("location").orElseThrow();
            assertThat(pump.get(location).expect(200).body().path("id").asText())
                    .isEqualTo(id);
            pump.delete(location).expect(204);
            pump.get(location).expect(404);
        }
    }

    @Test
    void deleteIsRefusedWhileInUse() {
        create("Used", "{}").expect(201);
        pump.pumpService().addPipeline(new LabPipeline(pump, "Q", "Used"));
        await().until(() -> !pump.pumpService().references("Used").isEmpty());

        Reply refused = pump.delete("/connections/Used").expect(409);

        assertThat(refused.code()).isEqualTo("in_use");
        assertThat(refused.message())
                .isEqualTo("[connection:Used] is in use by Q.LabSink; stop them first, or delete with ?drain=true");
        assertThat(refused.body().path("referrers").toString()).isEqualTo("[\"Q.LabSink\"]");

        Reply draining = pump.delete("/connections/Used?drain=true").expect(202);
        assertThat(draining.body().path("draining").asBoolean()).isTrue();
        assertThat(draining.body().at("/references/0/referrer").asText()).isEqualTo("Q.LabSink");
        assertThat(pump.put("/connections/Used", definition("Used", "{\"size\":2}"))
                        .expect(409)
                        .code())
                .isEqualTo("changing");
        pump.pumpService().removePipeline("Q").block();
        await().until(() -> pump.get("/connections/Used").status() == 404);
        await().until(() ->
                !Files.readString(directory.resolve("var/connections.json")).contains("Used"));
    }

    @Test
    void unusedOnesDrainAtOnce() {
        create("Unused", "{}").expect(201);

        pump.delete("/connections/Unused?drain=true").expect(204);

        pump.get("/connections/Unused").expect(404);
    }

    @Test
    void whatIsMadeElsewhereIsReadOnly() {
        assertThat(pump.delete("/connections/InCode").expect(409).message())
                .isEqualTo("[connection:InCode] is managed by the pump's code, change it there");
        assertThat(pump.put("/connections/InFile", definition("InFile", "{}"))
                        .expect(409)
                        .message())
                .isEqualTo("[connection:InFile] is managed by pipelines.conf, change it there");
        assertThat(pump.delete("/connections/InFile").expect(409).code()).isEqualTo("in_use");
        assertThat(pump.send("PATCH", "/connections/InCode", "{\"props\":{}}")
                        .expect(409)
                        .body()
                        .path("managedBy")
                        .asText())
                .isEqualTo("code");
    }

    @Test
    void ordersWorkOnAll() {
        pump.awaitState("InCode", "CONNECTED");
        JsonNode ping = pump.post("/connections/InCode/ping", "").expect(200).body();
        assertThat(ping.path("ok").asBoolean()).isTrue();
        assertThat(ping.path("millis").isNumber()).isTrue();

        assertThat(pump.post("/connections/InCode/disable", "")
                        .expect(200)
                        .body()
                        .path("state")
                        .asText())
                .isEqualTo("DISCONNECTED");
        assertThat(pump.get("/connections/InCode").body().path("enabled").asBoolean())
                .isFalse();
        assertThat(pump.post("/connections/InCode/ping", "")
                        .expect(200)
                        .body()
                        .path("ok")
                        .asBoolean())
                .isFalse();
        assertThat(pump.post("/connections/InCode/reconnect", "").expect(409).message())
                .isEqualTo("[connection:InCode] is disabled, enable it instead");
        pump.post("/connections/InCode/enable", "").expect(200);
        pump.awaitState("InCode", "CONNECTED");
        long before = pump.pumpService().locateConnection("InCode").status().generation();
        pump.post("/connections/InCode/reconnect", "").expect(200);
        await().until(() ->
                pump.pumpService().locateConnection("InCode").status().generation() > before);
        pump.awaitState("InCode", "CONNECTED");
    }

    @Test
    void methodsThatAPathDoesNotKnowAreNamed() {
        Reply reply = pump.delete("/connections").expect(405);

        assertThat(reply.response().headers().firstValue("allow")).contains("GET, POST");
        assertThat(reply.message()).isEqualTo("this path understands GET, POST only");
        assertThat(pump.get("/nothing").expect(404).message())
                .isEqualTo("there is nothing at this path, see /openapi.json");
        assertThat(pump.send("HEAD", "/connections", "").expect(200).response().body())
                .isEmpty();
    }
}
