package io.bspump.samples.accesslog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bspump.test.ChaosRun;
import io.bspump.test.LossAccount;
import io.bspump.test.PumpProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the fat jars of the sample and of the generator as processes and accounts for every line. */
class AccessLogIT {

    private static final Path JAR = Path.of("target/accesslog.jar").toAbsolutePath();
    private static final Path GENERATOR =
            Path.of("../loggenerator/target/loggenerator.jar").toAbsolutePath().normalize();
    private static final boolean FULL = Boolean.getBoolean("bspump.full");
    private static final Duration PATIENCE = Duration.ofMinutes(FULL ? 20 : 3);
    private static final Pattern NUMBER = Pattern.compile("n=(\\d+)");
    private static final Pattern REQUEST = Pattern.compile(
            "\\S+ - \\S+ \\[\\d\\d/\\w+/\\d+:(\\d\\d:\\d\\d):\\d\\d \\+0000] \"[A-Z]+ (/\\S*) HTTP/1.1\" (\\d{3}) (\\d+) \".*");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** A minute and a status, such as {@code 03:14 200}. */
    private record Sums(long count, long bytes) {
        Sums plus(long moreCount, long moreBytes) {
            return new Sums(count + moreCount, bytes + moreBytes);
        }
    }

    @TempDir
    Path directory;

    @BeforeEach
    void copyTheLookup() throws IOException {
        Files.copy(Path.of("teams.json"), directory.resolve("teams.json"));
    }

    private PumpProcess generate(int lines, int rate) {
        String source = "pipeline:LogGenerator:LogLineSource:";
        String sink = "pipeline:LogGenerator:FileSink:";
        return PumpProcess.jar(GENERATOR)
                .args("--set", source + "count=" + lines, "--set", source + "rate=" + rate)
                .args("--set", source + "step=10ms", "--set", source + "broken_every=50")
                .args("--set", sink + "path=access.log", "--set", sink + "rotate_size=2MB")
                .workingDirectory(directory)
                .start();
    }

    private PumpProcess accesslog(String... args) {
        return PumpProcess.jar(JAR).args(args).workingDirectory(directory).start();
    }

    private Path conf(boolean follow) throws IOException {
        return Files.writeString(
                directory.resolve("test.conf"),
                """
                [pipeline:AccessLog:FileLineSource]
                path = access.log*
                follow = %s
                poll_interval = 50ms
                commit_interval = 50ms
                [pipeline:AccessLog:Requests]
                path = requests.jsonl
                [pipeline:AccessLog:Broken]
                path = broken.jsonl
                [pipeline:Traffic:FileJSONSink]
                path = traffic.jsonl
                """
                        .formatted(follow ? "yes" : "no"));
    }

    /** Every line that the generator has written, wherever rotation has put it. */
    private void forEachLogLine(Consumer<String> action) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("access.log"))
                    .toList()) {
                boolean packed = file.toString().endsWith(".gz");
                try (InputStream raw = Files.newInputStream(file);
                        InputStream in = packed ? new GZIPInputStream(raw) : raw;
                        BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
                    lines.lines().forEach(action);
                }
            }
        }
    }

    private static long number(String line) {
        Matcher matcher = NUMBER.matcher(line);
        assertThat(matcher.find()).as(line).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static JsonNode json(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        }
    }

    /** What must come out: numbers of requests, numbers of broken lines, and the traffic. */
    private final class Expected {

        private final LossAccount requests = new LossAccount();
        private final LossAccount broken = new LossAccount();
        private final Map<String, Sums> traffic = new TreeMap<>();
        private int lines;
        private int healthChecks;

        Expected() throws IOException {
            forEachLogLine(this::add);
        }

        private void add(String line) {
            lines++;
            Matcher request = REQUEST.matcher(line);
            if (!request.matches()) {
                broken.expect(number(line));
            } else if (request.group(2).startsWith("/health?")) {
                healthChecks++;
            } else {
                requests.expect(number(line));
                traffic.merge(
                        request.group(1) + " " + request.group(3),
                        new Sums(1, Long.parseLong(request.group(4))),
                        (a, b) -> a.plus(b.count, b.bytes));
            }
        }

        private void see() {
            requests.sawLines(directory.resolve("requests.jsonl"), line -> {
                JsonNode request = json(line);
                assertThat(request.path("agent").asText()).isNotEmpty();
                if (request.path("section").asText().equals("shop")) {
                    assertThat(request.path("team").asText()).isEqualTo("sales");
                }
                return number(request.path("path").asText());
            });
            broken.sawLines(directory.resolve("broken.jsonl"), line -> {
                JsonNode letter = json(line);
                assertThat(letter.path("message").asText()).startsWith("column ");
                assertThat(letter.path("context").path("filename").asText()).contains("access.log");
                return number(letter.path("event").asText());
            });
        }
    }

    private Map<String, Sums> seenTraffic() throws IOException {
        Map<String, Sums> seen = new TreeMap<>();
        for (String line : Files.readAllLines(directory.resolve("traffic.jsonl"))) {
            JsonNode window = json(line);
            String minute =
                    Instant.parse(window.path("minute").asText()).toString().substring(11, 16);
            seen.merge(
                    minute + " " + window.path("status").asInt(),
                    new Sums(window.path("count").asLong(), window.path("bytes").asLong()),
                    (a, b) -> a.plus(b.count, b.bytes));
        }
        return seen;
    }

    @Test
    void readsALogExactlyOnceWhenNothingGoesWrong() throws IOException {
        try (PumpProcess generator = generate(30_000, 0)) {
            assertThat(generator.awaitExit(PATIENCE)).isZero();
        }
        try (PumpProcess pump = accesslog("-c", conf(false).toString())) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
        }
        Expected expected = new Expected();
        assertThat(expected.lines).isEqualTo(30_000);
        assertThat(expected.healthChecks).isEqualTo(3000);
        expected.see();
        expected.requests.assertExactlyOnce();
        expected.broken.assertExactlyOnce();
        assertThat(seenTraffic()).isEqualTo(expected.traffic);
        assertThat(directory.resolve("traffic.jsonl")).content().doesNotContain("more");
    }

    @Test
    void theTopLevelConfigurationRuns() throws IOException {
        Path root = Path.of("../..").toAbsolutePath().normalize();
        Path sample = Files.createDirectories(directory.resolve("samples/accesslog/logs"));
        for (String file : List.of("teams.json", "logs/access-20261121-0310.log.gz", "logs/access-20261121-0313.log")) {
            Files.copy(Path.of(file), sample.resolveSibling(file));
        }
        try (PumpProcess pump =
                accesslog("-c", root.resolve("conf/accesslog.conf").toString())) {
            assertThat(pump.awaitExit(PATIENCE)).isZero();
            assertThat(pump.output())
                    .contains("{\"minute\":\"2026-11-21T03:13:00Z\",\"status\":404,\"count\":6,\"bytes\":141427}")
                    .noneMatch(line -> line.contains("WARN") || line.contains("more"));
        }
        assertThat(Files.readAllLines(directory.resolve("var/requests.jsonl"))).hasSize(267);
        assertThat(Files.readAllLines(directory.resolve("var/broken.jsonl"))).hasSize(3);
    }

    @Test
    void theReadmeRunsIt() throws IOException {
        assertThat(Files.readString(Path.of("../../README.md")))
                .contains(
                        "mvn -q package -DskipTests && java -jar samples/accesslog/target/accesslog.jar -c conf/accesslog.conf");
    }

    @Test
    void losesNothingWhenItIsKilledWhileTheLogGrowsAndRotates() throws IOException {
        int lines = FULL ? 3_000_000 : 300_000;
        int kills = FULL ? 60 : 12;
        Path conf = conf(true);
        try (PumpProcess generator = generate(lines, FULL ? 30_000 : 20_000);
                PumpProcess last = ChaosRun.of(() -> accesslog("-c", conf.toString()))
                        .kills(kills)
                        .from("running")
                        .livesBetween(Duration.ZERO, Duration.ofSeconds(1))
                        .seed(20_261_121)
                        .run()) {
            assertThat(generator.awaitExit(PATIENCE)).isZero();
            // What was written before, one that was killed may have seen already, and not this one.
            Files.writeString(directory.resolve("access.log"), "no request, n=" + lines + "\n", CREATE, APPEND);
            Expected expected = new Expected();
            assertThat(expected.lines).isEqualTo(lines + 1);
            last.await("the last line", () -> saw(lines), PATIENCE);
            last.terminate();
            assertThat(last.awaitExit(PATIENCE)).isZero();
            expected.see();
            expected.requests.assertNothingMissing();
            expected.broken.assertNothingMissing();
            assertThatNothingIsMissing(expected.traffic, seenTraffic());
            System.out.println("killed " + kills + " times, " + expected.healthChecks + " health checks; requests: "
                    + expected.requests + "; broken lines: " + expected.broken);
        }
    }

    /** Whether a broken line has come through, and with it all before it. */
    private boolean saw(int number) {
        try {
            Path broken = directory.resolve("broken.jsonl");
            return Files.exists(broken) && Files.readString(broken).contains("n=" + number);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertThatNothingIsMissing(Map<String, Sums> expected, Map<String, Sums> seen) {
        List<String> missing = new ArrayList<>();
        expected.forEach((cell, sums) -> {
            Sums there = seen.getOrDefault(cell, new Sums(0, 0));
            if (there.count < sums.count || there.bytes < sums.bytes) {
                missing.add(cell + " " + sums + " was " + there);
            }
        });
        assertThat(missing).as("traffic").isEmpty();
        assertThat(seen.keySet()).isEqualTo(expected.keySet());
    }
}
