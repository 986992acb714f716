package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionsCommandTest {

    @TempDir
    Path directory;

    private WebPump pump;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private String out = "";
    private String err = "";

    @BeforeEach
    void start() {
        pump = WebPump.start(directory, "token = t0ken-of-test\n[connection:C]\ntype = lab\n");
    }

    @AfterEach
    void stop() {
        pump.close();
    }

    private int run(String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.addAll(List.of("--url", "http://127.0.0.1:" + pump.address().getPort()));
        return runAsIs(arguments);
    }

    private int runAsIs(List<String> arguments) {
        printed.reset();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        int code = new ConnectionsCommand()
                .run(
                        pump,
                        arguments,
                        new PrintStream(printed, true, StandardCharsets.UTF_8),
                        new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        out = printed.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("connections.yaml"), text);
    }

    private void awaitConnected() {
        pump.pumpService().locateConnection("C").ready().block();
    }

    @Test
    void listsAsATableAndAsJson() {
        awaitConnected();
        assertThat(run("list")).isZero();
        assertThat(out.lines().toList().get(0)).matches("ID +TYP +STATE +SINCE +USED BY +ERROR");
        assertThat(out.lines().toList().get(1)).matches("C +lab +CONNECTED +\\S+Z");

        assertThat(run("list", "--json")).isZero();
        assertThat(out).startsWith("{\"id\":\"C\",\"typ\":\"lab\"").hasLineCount(1);
    }

    @Test
    void showsOne() {
        assertThat(run("show", "C")).isZero();
        assertThat(out).contains("\"managedBy\" : \"pipelines.conf\"");

        assertThat(run("show", "X")).isEqualTo(1);
        assertThat(err).isEqualTo("there is no connection with the id 'X' (404 not_found)" + System.lineSeparator());
    }

    @Test
    void appliesWhatDiffers() throws IOException {
        Path file = file(
                """
                - id: A
                  typ: lab
                  props: {size: 2, password: "secret-of-a"}
                - id: B/slash
                  typ: lab
                """);
        assertThat(run("apply", file.toString(), "--dry-run")).isZero();
        assertThat(out.lines()).containsExactly("A: would be created", "B/slash: would be created");
        assertThat(pump.pumpService().connections()).hasSize(1);

        assertThat(run("apply", file.toString())).isZero();
        assertThat(out.lines()).containsExactly("A: created", "B/slash: created");
        pump.pumpService().locateConnection("A").ready().block();

        file(
                """
                connections:
                - id: A
                  typ: lab
                  props: {size: 3, password: "secret-of-a"}
                - id: B/slash
                  typ: lab
                - id: Bad
                  typ: lab
                  props: {size: 30}
                """);
        assertThat(run("apply", file.toString())).isEqualTo(1);
        assertThat(out.lines())
                .containsExactly(
                        "A: updated",
                        "B/slash: unchanged",
                        "Bad: refused: [connection:Bad] size must be between 1 and 10, was '30' (422 invalid)");
        assertThat(run("apply", file.toString(), "--json")).isEqualTo(1);
        assertThat(out.lines().toList().get(0)).isEqualTo("{\"id\":\"A\",\"change\":\"unchanged\"}");
    }

    @Test
    void testsWithoutKeeping() throws IOException {
        assertThat(run("test", file("id: T\ntyp: lab\n").toString())).isZero();
        assertThat(out.lines().toList().get(0)).matches("T +STATUS +MS");
        assertThat(out).containsPattern("protocol +ok");

        assertThat(run("test", file("id: T\ntyp: lab\nprops: {mode: denied}\n").toString()))
                .isEqualTo(1);
        assertThat(out).containsPattern("authentication +failed +\\S+ +bad password");
    }

    @Test
    void watchesUntilTheEnd() throws Exception {
        run("apply", file("[{id: W, typ: lab}]").toString());
        pump.pumpService().locateConnection("W").ready().block();
        Thread ending = new Thread(() -> {
            await().until(() -> printed.toString(StandardCharsets.UTF_8).contains("  W  CONNECTED"));
            pump.pumpService().removeConnection("W").block();
        });
        ending.start();

        int code = run("watch", "W");

        ending.join();
        assertThat(code).isZero();
        assertThat(out).contains("  W  CONNECTED");
    }

    @Test
    void watchingThatIsRefusedIsAnError() throws IOException {
        awaitConnected();
        String watch =
                """
                GET /connections/C/events HTTP/1.1
                Host: localhost
                Authorization: Bearer t0ken-of-test

                """;
        List<RawClient> watchers = new ArrayList<>();
        try {
            for (int i = 0; i < 256; i++) {
                watchers.add(new RawClient(pump).send(watch.replace("\n", "\r\n")));
                watchers.get(i).readUntil("event: status");
            }

            assertThat(run("watch", "C")).isEqualTo(1);
            assertThat(err).isEqualTo("there are 256 streams of events already (503 busy)" + System.lineSeparator());
        } finally {
            for (RawClient each : watchers) {
                each.close();
            }
        }
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        assertThat(run("lst")).isEqualTo(2);
        assertThat(err)
                .isEqualTo("'lst' is not known: list, show, test, watch or apply; see connections --help"
                        + System.lineSeparator());
        assertThat(run("show")).isEqualTo(2);
        assertThat(err).startsWith("show needs ID;");
        assertThat(run("list", "more")).isEqualTo(2);
        assertThat(err).startsWith("unexpected argument 'more';");
        assertThat(run("list", "--tken", "x")).isEqualTo(2);
        assertThat(run("list", "--token", "wrong")).isEqualTo(1);
        assertThat(err).contains("(401 unauthorized)");
        assertThat(runAsIs(List.of("list"))).isEqualTo(2);
        assertThat(err).startsWith("say where the pump listens: --url URL, or [web] listen in the configuration;");
        assertThat(runAsIs(List.of("list", "--url", "ftp://x"))).isEqualTo(2);
        assertThat(err).startsWith("--url must begin with http:// or https://, was 'ftp://x';");
        assertThat(runAsIs(List.of("list", "--url", "http://127.0.0.1:1"))).isEqualTo(1);
        assertThat(err).startsWith("no pump answers at http://127.0.0.1:1/");
        assertThat(run("apply", directory.resolve("none").toString())).isEqualTo(1);
        assertThat(err).isEqualTo("'" + directory.resolve("none") + "' does not exist" + System.lineSeparator());
        assertThat(run("apply", file("just text").toString())).isEqualTo(1);
        assertThat(err).endsWith("must be a list of connections with id, typ and props" + System.lineSeparator());
    }

    @Test
    void helpNamesEverything() {
        assertThat(runAsIs(List.of("--help"))).isZero();
        assertThat(out).contains("apply FILE").contains("--dry-run").contains("Exit codes:");
    }
}
