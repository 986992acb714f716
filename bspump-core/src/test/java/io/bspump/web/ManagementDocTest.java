package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The calls in docs/management.md are made, and their answers are those of the page. */
class ManagementDocTest {

    private static final Path PAGE = Path.of("../docs/management.md");
    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");

    @TempDir
    Path directory;

    @Test
    void callsAndAnswersAreThoseOfThePage() throws IOException {
        int calls = 0;
        try (ServerSocket far = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                WebPump pump = WebPump.start(directory, "")) {
            Thread accepting = new Thread(() -> accept(far));
            accepting.start();
            String page = Files.readString(PAGE)
                    .replace("\"mqtt\"", "\"echo\"")
                    .replace("1883", Integer.toString(far.getLocalPort()));
            Matcher block = BLOCK.matcher(page);
            while (block.find()) {
                for (String call : block.group(1).split("(?m)^\\$ curl ", -1)) {
                    if (!call.isBlank()) {
                        calls++;
                        call(pump, call.substring(0, call.indexOf('\n')), call.substring(call.indexOf('\n') + 1));
                    }
                }
            }
        }
        assertThat(calls).isEqualTo(6);
    }

    private static void accept(ServerSocket far) {
        List<Socket> open = new ArrayList<>();
        try {
            while (true) {
                open.add(far.accept());
            }
        } catch (IOException e) {
            assertThat(open).isNotEmpty(); // the end of the test
        }
    }

    private static void call(WebPump pump, String command, String expected) throws IOException {
        String method = "GET";
        String path = "";
        String body = "";
        List<String> words = new ArrayList<>();
        WORD.matcher(command).results().forEach(m -> words.add(m.group(1) == null ? m.group(2) : m.group(1)));
        for (int i = 0; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-s" -> assertThat(words.get(i)).isEqualTo("-s");
                case "-X" -> method = words.get(++i);
                case "-d" -> {
                    body = words.get(++i);
                    method = method.equals("GET") ? "POST" : method;
                }
                case "-H", "-w", "-o" -> i++;
                default -> path = words.get(i).replace("http://127.0.0.1:8080", "");
            }
        }
        WebPump.Reply reply = pump.send(method, path, body);
        if (words.contains("-w")) {
            assertThat(Integer.toString(reply.status()))
                    .as(reply.response().body())
                    .isEqualTo(expected.strip());
        } else {
            assertThat(normal(reply.response().body())).isEqualTo(normal(expected));
        }
        if (reply.status() == 201) {
            pump.awaitState("Orders", "CONNECTED");
        }
    }

    private static JsonNode normal(String json) throws IOException {
        return WebPump.MAPPER.readTree(TIME.matcher(json).replaceAll("TIME"));
    }
}
