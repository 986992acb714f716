package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void firstSignalStopsInOrder(String signal) throws Exception {
        try (PumpProcess pump = start("quick")) {
            pump.awaitOut("[start]");
            pump.signal(signal);

            assertThat(pump.exitCode()).isZero();
            assertThat(pump.out()).endsWith("stopping", "returned 0");
            assertThat(pump.err()).last().asString().contains("Stopped");
        }
    }

    @Test
    void logGoesToStderrAndBeginsWithVersionFileAndPipelines() throws Exception {
        Path file = write("[general]\n");
        try (PumpProcess pump = start("quick")) {
            pump.awaitOut("[start]");
            pump.signal("TERM");

            assertThat(pump.exitCode()).isZero();
            assertThat(pump.err().get(0))
                    .contains("Starting bspump")
                    .contains("configuration=" + file.toRealPath())
                    .contains("pipelines=[P]");
            assertThat(pump.out()).noneMatch(line -> line.contains("Starting"));
        }
    }

    @Test
    void secondSignalCutsTheDrainShort() throws Exception {
        try (PumpProcess pump = start("slow")) {
            pump.awaitOut("[start]");
            pump.signal("TERM");
            pump.awaitOut("stopping");
            assertThat(pump.isAlive()).isTrue();
            pump.signal("INT");

            assertThat(pump.exitCode()).isEqualTo(3);
            assertThat(pump.out()).endsWith("returned 3");
            assertThat(pump.err())
                    .anyMatch(
                            line -> line.contains("The drain is cut short") && line.contains("pipeline=P unsettled=3"));
        }
    }

    @Test
    void thirdSignalKills() throws Exception {
        try (PumpProcess pump = start("stuck")) {
            pump.awaitOut("[start]");
            pump.signal("TERM");
            pump.awaitOut("stopping");
            pump.signal("TERM");
            pump.awaitErr("The drain is cut short");
            pump.signal("TERM");

            assertThat(pump.exitCode()).isEqualTo(70);
            assertThat(pump.out()).noneMatch(line -> line.startsWith("returned"));
        }
    }

    @Test
    void usr1ResumesPipelinesInError() throws Exception {
        try (PumpProcess pump = start("error")) {
            pump.awaitOut("[start]");
            pump.signal("USR1");
            pump.awaitOut("[start, resume]");
            pump.signal("USR1");
            pump.signal("TERM");

            assertThat(pump.exitCode()).isZero();
            assertThat(pump.out()).noneMatch(line -> line.contains("resume, resume"));
        }
    }

    @Test
    void hupReadsTheLevelsAgain() throws Exception {
        write("[logging]\nlevel = INFO\n");
        try (PumpProcess pump = start("quick")) {
            pump.awaitOut("[start]");
            pump.signal("HUP");
            pump.awaitOut("hup");
            assertThat(pump.err()).noneMatch(line -> line.contains("Detail after hup"));

            write("[logging]\nlevels = io.bspump.SignalledPump DEBUG\n");
            pump.signal("HUP");
            pump.awaitErr("Detail after hup");

            pump.signal("TERM");
            assertThat(pump.exitCode()).isZero();
        }
    }

    @Test
    void hupWithABadFileChangesNothingAndIsReported() throws Exception {
        write("[logging]\nlevel = DEBUG\n");
        try (PumpProcess pump = start("quick")) {
            pump.awaitOut("[start]");
            write("[logging]\nlevel = ERROR\nlevels = x LOUD\n");
            pump.signal("HUP");

            pump.awaitErr("The configuration stays as it was: [logging] levels must be lines of a logger");
            pump.awaitErr("Detail after hup");
            write("[logging\nlevel = ERROR\n");
            pump.signal("HUP");
            pump.awaitErr("pipelines.conf:1");
            Awaitility.await()
                    .until(() -> pump.out().stream().filter("hup"::equals).count() == 2);

            pump.signal("TERM");
            assertThat(pump.exitCode()).isZero();
            assertThat(pump.err())
                    .filteredOn(line -> line.contains("Detail after hup"))
                    .hasSize(2);
        }
    }

    @Test
    void hupPutsWhatIsDifferentIntoEffect() throws Exception {
        write("[connection:One]\ntype = echo\nport = 1\n");
        try (PumpProcess pump = start("quick")) {
            pump.awaitOut("[start]");
            write("[connection:One]\ntype = echo\nport = 1\n[connection:Two]\ntype = echo\nport = 2\n");
            pump.signal("HUP");
            pump.awaitErr("added=[connection:Two] changed=[] removed=[]");
            pump.awaitErr("Reload: [connection:Two] added");

            write("[connection:Two]\ntype = echo\nport = abc\n");
            pump.signal("HUP");
            pump.awaitErr("The configuration stays as it was: [connection:Two] port must be between 1 and 65535, was"
                    + " 'abc' (pipelines.conf:3)");

            write("[connection:Two]\ntype = echo\nport = 2\n[pipeline:P]\nmax_in_flight = 5\n");
            pump.signal("HUP");
            pump.awaitErr("Reload: [connection:One] removed");
            pump.awaitErr("Reload: [pipeline:P] rebuilt");

            pump.signal("TERM");
            assertThat(pump.exitCode()).isZero();
            assertThat(pump.err()).noneMatch(line -> line.contains("[connection:Two] removed"));
        }
    }

    @Test
    void hupOpensTheLogFileAnew() throws Exception {
        Path log = directory.resolve("pump.log");
        write("[logging]\nlevel = DEBUG\n[logging:file]\npath = pump.log\n");
        try (PumpProcess pump = start("quick")) {
            pump.awaitOut("[start]");
            Files.move(log, directory.resolve("pump.log.1"));
            pump.signal("HUP");
            Awaitility.await()
                    .until(() -> Files.exists(log) && Files.readString(log).contains("Detail after hup"));

            pump.signal("TERM");
            assertThat(pump.exitCode()).isZero();
            assertThat(directory.resolve("pump.log.1")).content().contains("Starting bspump");
        }
    }

    @Test
    void missingKeyInUserCodeIsListedWithoutAStackTrace() throws Exception {
        write("[general]\ndrain_timeout = soon\n");
        try (PumpProcess pump = PumpProcess.start(directory, BrokenPump.class, "needs-key")) {
            assertThat(pump.exitCode()).isEqualTo(2);

            assertThat(pump.err())
                    .hasSize(3)
                    .anyMatch(line -> line.startsWith("[general] drain_timeout must be a duration"))
                    .anyMatch(line -> line.startsWith("[mine] ") && line.contains("host"))
                    .last()
                    .isEqualTo("2 problems, nothing was started");
        }
    }

    @Test
    void badNumberInUserCodeIsListedWithoutAStackTrace() throws Exception {
        write("[mine]\nport = abc\n");
        try (PumpProcess pump = PumpProcess.start(directory, BrokenPump.class, "needs-number")) {
            assertThat(pump.exitCode()).isEqualTo(2);

            assertThat(pump.err())
                    .hasSize(2)
                    .first()
                    .asString()
                    .startsWith("[mine] port must be a whole number, was 'abc'");
        }
    }

    @Test
    void defectInUserCodeBecauseOfABadFileShowsTheFileNotTheDefect() throws Exception {
        write("[general]\ntick_period = -1s\n");
        try (PumpProcess pump = PumpProcess.start(directory, BrokenPump.class, "defect")) {
            assertThat(pump.exitCode()).isEqualTo(2);

            assertThat(pump.err()).hasSize(2).noneMatch(line -> line.contains("IllegalStateException"));
        }
    }

    @Test
    void defectInUserCodeWithAGoodFileKeepsItsStackTrace() throws Exception {
        try (PumpProcess pump = PumpProcess.start(directory, BrokenPump.class, "defect")) {
            assertThat(pump.exitCode()).isEqualTo(1);

            assertThat(pump.err())
                    .anyMatch(line -> line.contains("java.lang.IllegalStateException: a defect of the program"))
                    .anyMatch(line -> line.contains("at io.bspump.BrokenPump.main"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version"})
    void helpAndVersionWorkWhenUserCodeFails(String argument) throws Exception {
        try (PumpProcess pump =
                PumpProcess.start(directory, BrokenPump.class, "needs-key", "-c", "none.conf", argument)) {
            assertThat(pump.exitCode()).isZero();

            assertThat(pump.out()).isNotEmpty();
            assertThat(pump.err()).isEmpty();
        }
    }

    private PumpProcess start(String mode) throws IOException {
        return PumpProcess.start(directory, SignalledPump.class, mode, "--set", "general:tick_period=50ms");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("pipelines.conf"), text);
    }
}
