package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PumpProcessTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** What the child does: prints its arguments, environment and directory, and then as its first argument says. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            System.out.println("args " + String.join(",", args));
            System.out.println("env " + System.getenv("KIT_VALUE"));
            System.out.println("dir " + Path.of("").toAbsolutePath());
            System.err.println("jvm " + System.getProperty("kit"));
            switch (args.length == 0 ? "exit" : args[0]) {
                case "fail" -> System.exit(3);
                case "hang" -> {
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("asked to stop")));
                    System.out.println("ready");
                    new CountDownLatch(1).await();
                }
                case "flood" -> {
                    for (int i = 0; i < 30_000; i++) {
                        System.out.println("line " + i);
                    }
                    System.out.println("x".repeat(100_000));
                }
                case "parent" -> {
                    long pid = new ProcessBuilder("sleep", "600")
                            .inheritIO()
                            .start()
                            .pid();
                    System.out.println("child " + pid);
                    new CountDownLatch(1).await();
                }
                default -> System.out.println("done");
            }
        }
    }

    @Test
    void collectsWhatItPrintsAndItsExitCode(@TempDir Path directory) {
        try (PumpProcess process = PumpProcess.main(Child.class)
                .args("exit", "two words")
                .jvmArgs("-Dkit=yes")
                .env("KIT_VALUE", "ü")
                .env("LC_ALL", "C.UTF-8")
                .workingDirectory(directory)
                .start()) {
            assertThat(process.awaitExit(LONG)).isZero();
            assertThat(process.output())
                    .contains("args exit,two words", "dir " + directory.toAbsolutePath(), "jvm yes", "done");
        }
    }

    @Test
    void waitingForALineEndsWhenItCannotComeAnyMore() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("fail").start()) {
            assertThatThrownBy(() -> process.awaitLine("never", LONG))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("Child (pid " + process.pid() + ") did not print a line with 'never' and "
                            + "ended with exit code 3; its last lines:\n  args fail\n");
        }
    }

    @Test
    void waitingForALineHasADeadline() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("hang").start()) {
            process.awaitLine("ready", LONG);
            assertThatThrownBy(() -> process.awaitLine("never", Duration.ofMillis(50)))
                    .hasMessageContaining("did not print a line with 'never' within PT0.05S; its last lines:");
            assertThatThrownBy(() -> process.awaitExit(Duration.ofMillis(50)))
                    .hasMessageContaining("did not end within PT0.05S");
        }
    }

    @Test
    void waitsForAConditionAsLongAsItLives() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("hang").start()) {
            process.await("a line", () -> process.output().contains("ready"), LONG);
            process.kill9();
            assertThatThrownBy(() -> process.await("a wonder", () -> false, LONG))
                    .hasMessageContaining("did not see a wonder and ended with exit code 137");
            process.await("what is true already", () -> true, Duration.ZERO);
        }
    }

    @Test
    void terminateLetsItEndInOrder() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("hang").start()) {
            process.awaitLine("ready", LONG);
            process.terminate();
            assertThat(process.awaitExit(LONG)).isEqualTo(128 + 15);
            assertThat(process.output()).contains("asked to stop");
        }
    }

    @Test
    void killDoesNot() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("hang").start()) {
            process.awaitLine("ready", LONG);
            process.kill9();
            assertThat(process.isAlive()).isFalse();
            assertThat(process.awaitExit(Duration.ZERO)).isEqualTo(128 + 9);
            assertThat(process.output()).doesNotContain("asked to stop");
            process.kill9();
            process.terminate();
        }
    }

    @Test
    void sendsSignals() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("hang").start()) {
            process.awaitLine("ready", LONG);
            process.signal("INT");
            assertThat(process.awaitExit(LONG)).isEqualTo(128 + 2);
            assertThatThrownBy(() -> process.signal("USR1"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("cannot send USR1 to Child (pid ");
        }
    }

    @Test
    void keepsOnlySoMuchOutput() {
        try (PumpProcess process = PumpProcess.main(Child.class).args("flood").start()) {
            assertThat(process.awaitExit(LONG)).isZero();
            assertThat(process.output())
                    .hasSize(10_000)
                    .doesNotContain("line 0")
                    .contains("line 29999");
            assertThat(process.output().get(9_999)).hasSize(10_000);
        }
    }

    @Test
    void closeEndsTheDescendantsToo() {
        long child;
        PumpProcess process = PumpProcess.main(Child.class).args("parent").start();
        try (process) {
            child = Long.parseLong(process.awaitLine("child ", LONG).substring(6));
            assertThat(ProcessHandle.of(child)).isPresent();
        }
        assertThat(process.isAlive()).isFalse();
        ProcessHandle.of(child).ifPresent(handle -> handle.onExit()
                .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                .join());
        process.close();
    }

    @Test
    void runsAJar(@TempDir Path directory) throws Exception {
        Path jar = directory.resolve("child.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Child.class.getName());
        String entry = Child.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                var in = Child.class.getClassLoader().getResourceAsStream(entry)) {
            out.putNextEntry(new ZipEntry(entry));
            assertThat(in).isNotNull();
            in.transferTo(out);
        }
        try (PumpProcess process = PumpProcess.jar(jar).args("x").start()) {
            assertThat(process.awaitExit(LONG)).isZero();
            assertThat(process.output()).contains("args x", "done");
            assertThat(process).hasToString("child.jar (pid " + process.pid() + ")");
        }
    }

    @Test
    void runsAnyCommand() {
        try (PumpProcess process =
                PumpProcess.command("sh").args("-c", "echo hello; exit 7").start()) {
            assertThat(process.awaitExit(LONG)).isEqualTo(7);
            assertThat(process.output()).containsExactly("hello");
        }
    }

    @Test
    void saysWhatCannotBeStarted() {
        assertThatThrownBy(() -> PumpProcess.command("/no/such/program").start())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot start /no/such/program");
        assertThatThrownBy(() -> PumpProcess.command("sh").jvmArgs("-Xmx1m"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("sh is not run by a JVM");
    }
}
