package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

class SignalsTest {

    @Test
    void handlerIsCalledAndThePreviousOnePutBack() throws Exception {
        AtomicInteger outer = new AtomicInteger();
        AtomicInteger inner = new AtomicInteger();
        Disposable first = Signals.handle("USR2", outer::incrementAndGet);
        try {
            Disposable second = Signals.handle("USR2", inner::incrementAndGet);
            raise("USR2");
            await().untilAsserted(() -> assertThat(inner).hasValue(1));

            second.dispose();
            second.dispose();
            raise("USR2");
            await().untilAsserted(() -> assertThat(outer).hasValue(1));
            assertThat(inner).hasValue(1);
            assertThat(second.isDisposed()).isTrue();
        } finally {
            first.dispose();
        }
    }

    @Test
    void unknownSignalIsLeftAlone() {
        Disposable handled = Signals.handle("NOSUCH", () -> {});

        assertThat(handled.isDisposed()).isTrue();
    }

    private static void raise(String name) throws Exception {
        new ProcessBuilder(
                        "kill",
                        "-" + name,
                        Long.toString(ProcessHandle.current().pid()))
                .inheritIO()
                .start()
                .waitFor();
    }
}
