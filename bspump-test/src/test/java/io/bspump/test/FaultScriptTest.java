package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultScriptTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(20);

    private final List<String> log = new CopyOnWriteArrayList<>();
    private EchoServer server;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        server = EchoServer.start();
        proxy = FaultProxy.start("127.0.0.1", server.port());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    /** Returns whether an echo comes back. */
    private boolean works() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(proxy.host(), proxy.port()), 1000);
            socket.setSoTimeout(1000);
            socket.getOutputStream().write('x');
            return socket.getInputStream().read() == 'x';
        } catch (IOException e) {
            return false;
        }
    }

    private FaultScript logging(FaultScript script, String step, Duration lasting) {
        return script.then(step, lasting, p -> log.add(step));
    }

    @Test
    void playsItsStepsInOrderSoManyTimes() {
        FaultScript script = logging(logging(FaultScript.begin(), "a", SHORT), "b", Duration.ZERO)
                .times(3);
        long before = System.nanoTime();
        proxy.play(script);
        proxy.awaitScript(LONG);
        assertThat(log).containsExactly("a", "b", "a", "b", "a", "b");
        assertThat(System.nanoTime() - before)
                .isGreaterThanOrEqualTo(SHORT.multipliedBy(3).toNanos());
    }

    @Test
    void undoesEachStepWhenItsTimeIsOver() {
        FaultScript script = FaultScript.begin().refuse(SHORT);
        script = script.then("dial", SHORT, p -> log.add("" + dials())).down(SHORT);
        proxy.play(script.then("dial", SHORT, p -> log.add("" + dials())).stall(SHORT));
        proxy.awaitScript(LONG);
        assertThat(log).containsExactly("true", "true");
        assertThat(works()).isTrue();
    }

    private boolean dials() {
        try (Socket socket = new Socket(proxy.host(), proxy.port())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aStepLastsItsTime() {
        proxy.play(FaultScript.begin().refuse(LONG));
        assertThatThrownBy(() -> new Socket(proxy.host(), proxy.port())).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> proxy.awaitScript(SHORT))
                .isInstanceOf(AssertionError.class)
                .hasMessage("the fault script did not end within PT0.02S: refuse 30000ms");
    }

    @Test
    void healingEndsIt() {
        proxy.play(FaultScript.begin().refuse(LONG));
        proxy.heal();
        proxy.awaitScript(LONG);
        assertThat(works()).isTrue();
    }

    @Test
    void anotherOneTakesItsPlace() {
        FaultScript first =
                logging(FaultScript.begin(), "first", Duration.ofMillis(1)).forever();
        proxy.play(first);
        await().until(() -> log.size() > 3);
        proxy.play(logging(FaultScript.begin(), "second", SHORT));
        proxy.awaitScript(LONG);
        assertThat(log).endsWith("second");
        assertThat(works()).isTrue();
    }

    @Test
    void flapsUntilItIsHealed() {
        proxy.play(FaultScript.flap(SHORT, SHORT));
        for (int i = 0; i < 3; i++) {
            await().until(this::works);
            await().until(() -> !works());
        }
        proxy.heal();
        assertThat(works()).isTrue();
    }

    @Test
    void cutsAndResetsWhatIsOpen() throws IOException {
        try (Socket first = new Socket(proxy.host(), proxy.port())) {
            await().until(() -> proxy.open() == 1);
            proxy.play(FaultScript.begin().cut().pass(Duration.ZERO));
            assertThat(first.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket second = new Socket(proxy.host(), proxy.port())) {
            await().until(() -> proxy.open() == 1);
            proxy.play(FaultScript.begin().reset());
            assertThatThrownBy(() -> second.getInputStream().read()).hasMessage("Connection reset");
        }
    }

    @Test
    void aStepThatFailsEndsItAndIsTold() {
        proxy.play(FaultScript.begin().pass(SHORT).then("broken", LONG, p -> {
            p.refuse();
            throw new IllegalArgumentException("on purpose");
        }));
        assertThatThrownBy(() -> proxy.awaitScript(LONG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the fault script failed: pass 20ms, broken 30000ms")
                .hasRootCauseMessage("on purpose");
        assertThat(works()).isTrue();
    }

    @Test
    void aStepMayHealAndSoEndIt() {
        FaultScript script = FaultScript.begin().then("heal", LONG, FaultProxy::heal);
        proxy.play(logging(script, "never", SHORT));
        proxy.awaitScript(LONG);
        assertThat(log).isEmpty();
    }

    @Test
    void closingTheProxyEndsIt() {
        proxy.play(FaultScript.begin().refuse(LONG));
        proxy.close();
        proxy.awaitScript(LONG);
    }

    @Test
    void anEmptyOneEndsAtOnceAndNoneNeedsNoWaiting() {
        proxy.awaitScript(Duration.ZERO);
        proxy.play(FaultScript.begin());
        proxy.awaitScript(Duration.ZERO);
    }

    @Test
    void aSeedMakesTheSameRandomScriptAndIsPartOfItsText() {
        FaultScript script = FaultScript.random(30, Duration.ofSeconds(2), 4711);
        assertThat(script)
                .hasToString(FaultScript.random(30, Duration.ofSeconds(2), 4711).toString());
        assertThat(script.toString()).startsWith("random(seed 4711) pass ");
        assertThat(script.steps()).hasSize(60);
        assertThat(script.toString())
                .isNotEqualTo(
                        FaultScript.random(30, Duration.ofSeconds(2), 4712).toString());
        assertThat(FaultScript.random(1, SHORT).toString()).startsWith("random(seed ");
    }

    @Test
    void randomScriptsHaveEveryFault() {
        String text = FaultScript.random(500, Duration.ofSeconds(2), 1).toString();
        assertThat(List.of(
                        "refuse",
                        "down",
                        "stall",
                        "stall TO_SERVER",
                        "stall TO_CLIENT",
                        "cut",
                        "reset",
                        "delay TO_CLIENT",
                        "bandwidth",
                        "cut after ",
                        "reset after ",
                        "half-close TO_SERVER"))
                .allSatisfy(fault -> assertThat(text).contains(", " + fault));
    }

    @Test
    void comesThroughRandomScriptsHealed() {
        for (int seed = 0; seed < 10; seed++) {
            proxy.play(FaultScript.random(60, Duration.ofMillis(5), seed));
            while (proxy.accepted() < (seed + 1) * 10L) {
                works();
            }
            proxy.awaitScript(LONG);
            assertThat(works()).as("after seed %d", seed).isTrue();
        }
    }

    @Test
    void showsItsStepsAndRounds() {
        FaultScript script = FaultScript.begin().pass(SHORT).cut();
        assertThat(script).hasToString("pass 20ms, cut");
        assertThat(script.times(3)).hasToString("pass 20ms, cut, 3 times");
        assertThat(script.forever()).hasToString("pass 20ms, cut, for ever");
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> FaultScript.random(-1, SHORT)).hasMessage("faults must not be negative, was -1");
        assertThatThrownBy(() -> FaultScript.begin().times(0)).hasMessage("rounds must be at least 1, was 0");
        assertThatThrownBy(() -> FaultScript.begin().pass(Duration.ofSeconds(-1)))
                .hasMessage("the time of 'pass' must not be negative, was PT-1S");
        assertThatThrownBy(() -> FaultScript.begin().cut().forever())
                .hasMessage("a script that goes on for ever must have a step that takes time");
    }
}
