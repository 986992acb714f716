package io.bspump.samples.hello;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bspump.test.ChaosRun;
import io.bspump.test.LossAccount;
import io.bspump.test.PumpProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the fat jar as a process. */
class HelloIT {

    private static final Path JAR = Path.of("target/hello.jar").toAbsolutePath();
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path directory;

    private Path in;
    private Path out;

    @BeforeEach
    void names() {
        in = directory.resolve("in.jsonl");
        out = directory.resolve("out.jsonl");
    }

    private void write(int from, int to) throws IOException {
        if (!Files.exists(in)) {
            Files.createFile(in);
        }
        try (Writer writer = Files.newBufferedWriter(in, APPEND)) {
            for (int i = from; i < to; i++) {
                writer.write("{\"n\":" + i + ",\"name\":\"Žofie " + i + "\"}\n");
            }
        }
    }

    /** Checks a line as a whole and returns its number. */
    private static long number(String line) {
        try {
            JsonNode json = MAPPER.readTree(line);
            long number = json.required("n").longValue();
            String name = "Žofie " + number;
            assertThat(line)
                    .isEqualTo(
                            "{\"n\":" + number + ",\"name\":\"" + name + "\",\"greeting\":\"Hello, " + name + "!\"}");
            return number;
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private LossAccount account(int lines) {
        LossAccount account = new LossAccount();
        account.expect(0, lines - 1);
        account.sawLines(out, HelloIT::number);
        return account;
    }

    /** A configuration that pumps at most some 20 lines per millisecond, however fast the machine is. */
    private Path slow() throws IOException {
        Path conf = conf("slow.conf", "commit_interval = 20ms\n", "linger = 10ms\n");
        return Files.writeString(conf, "\n[pipeline:Hello]\nmax_in_flight = 200\n", APPEND);
    }

    private Path conf(String name, String source, String sink) throws IOException {
        return Files.writeString(
                directory.resolve(name),
                "[pipeline:Hello:FileLineSource]\npath = in.jsonl\n" + source
                        + "\n[pipeline:Hello:FileSink]\npath = out.jsonl\n" + sink);
    }

    private PumpProcess hello(Path conf) {
        return PumpProcess.jar(JAR)
                .args("-c", conf.toString())
                .workingDirectory(directory)
                .start();
    }

    private PumpProcess shell(Path workingDirectory, String script) {
        return PumpProcess.command("sh")
                .args("-c", script)
                .env("PATH", JAVA.getParent() + ":" + System.getenv("PATH"))
                .workingDirectory(workingDirectory)
                .start();
    }

    @Test
    void printsWhatTheReadmeSays() throws IOException {
        List<String> example = Files.readAllLines(Path.of("README.md")).stream()
                .filter(line -> line.startsWith("    "))
                .map(String::strip)
                .toList();
        assertThat(example.get(0)).startsWith("$ ");
        try (PumpProcess pump = shell(
                Path.of("").toAbsolutePath(),
                "exec 2>/dev/null\n" + example.get(0).substring(2))) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
            assertThat(pump.output()).isEqualTo(example.subList(1, example.size()));
        }
        assertThat(Path.of("var")).doesNotExist();
    }

    @Test
    void theTopLevelConfigurationRuns() throws IOException {
        Path root = Path.of("../..").toAbsolutePath().normalize();
        Files.createDirectories(directory.resolve("samples/hello"));
        Files.copy(Path.of("people.jsonl"), directory.resolve("samples/hello/people.jsonl"));
        try (PumpProcess pump = hello(root.resolve("conf/hello.conf"))) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        assertThat(Files.readAllLines(directory.resolve("var/greetings.jsonl")))
                .hasSize(3)
                .last()
                .isEqualTo("{\"born\":1952,\"greeting\":\"Hello, world!\"}");
    }

    @Test
    void theSourceIsShort() throws IOException {
        Path source = Path.of("src/main/java/io/bspump/samples/hello/Hello.java");
        assertThat(Files.readAllLines(source).stream()
                        .filter(Predicate.not(String::isBlank))
                        .filter(line -> !line.startsWith("import "))
                        .count())
                .isLessThanOrEqualTo(25);
    }

    @Test
    void pumpsStandardInputToStandardOutput() throws IOException {
        write(0, 100_000);
        try (PumpProcess pump = shell(directory, "java -jar " + JAR + " < in.jsonl > out.jsonl")) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        account(100_000).assertExactlyOnce();
    }

    @Test
    void answersEachLineOfAnOpenPipe() throws Exception {
        Process process = new ProcessBuilder(JAVA.toString(), "-jar", JAR.toString())
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader reader = process.inputReader(UTF_8)) {
            Writer writer = process.outputWriter(UTF_8);
            for (int i = 0; i < 10; i++) {
                writer.write("{\"n\":" + i + ",\"name\":\"Žofie " + i + "\"}\n");
                writer.flush();
                assertThat(number(reader.readLine())).isEqualTo(i);
            }
            writer.close();
            assertThat(reader.readLine()).isNull();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void pumpsAFileThatGrowsToAFile() throws IOException {
        write(0, 50_000);
        Path conf = conf("pump.conf", "", "");
        try (PumpProcess pump = hello(conf)) {
            pump.awaitLine("running", PATIENCE);
            write(50_000, 60_000);
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        write(60_000, 61_000);
        try (PumpProcess pump = hello(conf)) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        account(61_000).assertExactlyOnce();
    }

    @Test
    void stopsInTheMiddleAndGoesOnWithoutLossOrRepetition() throws IOException {
        write(0, 200_000);
        Path slow = slow();
        for (int i = 0; i < 3; i++) {
            long before = Files.exists(out) ? Files.size(out) : 0;
            try (PumpProcess pump = hello(slow)) {
                pump.await("output", () -> out.toFile().length() > before, PATIENCE);
                pump.terminate();
                assertThat(pump.awaitExit(PATIENCE)).isZero();
            }
            try (Stream<String> lines = Files.lines(out)) {
                assertThat(lines.count()).isLessThan(200_000);
            }
        }
        try (PumpProcess pump = hello(conf("fast.conf", "", ""))) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        account(200_000).assertExactlyOnce();
    }

    @Test
    void losesNothingWhenItIsKilled() throws IOException {
        int lines = 200_000;
        int kills = 20;
        write(0, lines);
        Path slow = slow();
        Path fast = conf("fast.conf", "", "");
        AtomicInteger starts = new AtomicInteger();
        LossAccount account = ChaosRun.of(() -> hello(starts.incrementAndGet() <= kills ? slow : fast))
                .kills(kills)
                .from("running")
                .livesBetween(Duration.ZERO, Duration.ofMillis(400))
                .seed(20_261_121)
                .account(PATIENCE, made -> {
                    made.expect(0, lines - 1);
                    made.sawLines(out, HelloIT::number);
                });
        account.assertNothingMissing();
        System.out.println("killed " + kills + " times: " + account);
    }

    @Test
    void aFileThatMayNotGrowIsLeftWholeAndFinishedLater() throws IOException {
        write(0, 50_000);
        Path conf = conf("pump.conf", "", "");
        String limited = "ulimit -f 2000; exec java -XX:-UsePerfData -jar " + JAR + " -c pump.conf";
        try (PumpProcess pump = shell(directory, limited)) {
            pump.awaitLine("[pipeline:Hello:FileSink] cannot write 'out.jsonl': File too large", PATIENCE);
            pump.terminate();
            assertThat(pump.awaitExit(PATIENCE)).isEqualTo(3);
        }
        assertThat(Files.readString(out)).endsWith("\n");
        try (PumpProcess pump = hello(conf)) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        account(50_000).assertExactlyOnce();
    }

    @Test
    void aBrokenConfigurationIsExplained() throws IOException {
        write(0, 1);
        try (PumpProcess pump = hello(conf("broken.conf", "max_line_size = much\n", "fsnc = no\n"))) {
            assertThat(pump.awaitExit(PATIENCE)).isEqualTo(2);
            assertThat(String.join("\n", pump.output()))
                    .contains("[pipeline:Hello:FileLineSource] max_line_size must be ")
                    .contains("was 'much'")
                    .contains("[pipeline:Hello:FileSink] unknown key 'fsnc', did you mean 'fsync'?")
                    .doesNotContain("\tat ");
        }
        assertThat(out).doesNotExist();
    }
}
