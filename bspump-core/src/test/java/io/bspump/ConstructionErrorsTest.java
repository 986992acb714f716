package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ConstructionErrorsTest {

    private final List<String> usual = new CopyOnWriteArrayList<>();
    private final List<String> explained = new CopyOnWriteArrayList<>();

    @Test
    void otherFailuresGoTheirUsualWay() throws InterruptedException {
        run(() -> {
            ConstructionErrors.watch(this::explainNothing);
            throw new IllegalStateException("planned");
        });

        assertThat(explained).containsExactly("planned");
        assertThat(usual).containsExactly("planned");
    }

    @Test
    void nothingIsExplainedAfterTheWatch() throws InterruptedException {
        run(() -> {
            ConstructionErrors.watch(this::explainNothing).unwatch();
            throw new IllegalStateException("planned");
        });

        assertThat(explained).isEmpty();
        assertThat(usual).containsExactly("planned");
    }

    @Test
    void abandonedApplicationIsForgottenByTheNext() throws InterruptedException {
        run(() -> {
            ConstructionErrors.watch(error -> {
                explained.add("abandoned");
                return OptionalInt.empty();
            });
            ConstructionErrors.watch(this::explainNothing);
            throw new IllegalStateException("planned");
        });

        assertThat(explained).containsExactly("planned");
        assertThat(usual).containsExactly("planned");
    }

    @Test
    void handlerSetByOthersMeanwhileStays() throws InterruptedException {
        run(() -> {
            ConstructionErrors errors = ConstructionErrors.watch(this::explainNothing);
            Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> usual.add("other"));
            errors.unwatch();
            throw new IllegalStateException("planned");
        });

        assertThat(explained).isEmpty();
        assertThat(usual).containsExactly("other");
    }

    private OptionalInt explainNothing(Throwable error) {
        explained.add(String.valueOf(error.getMessage()));
        return OptionalInt.empty();
    }

    private void run(Runnable main) throws InterruptedException {
        Thread thread = new Thread(main, "construction");
        thread.setUncaughtExceptionHandler((failed, error) -> usual.add(String.valueOf(error.getMessage())));
        thread.start();
        thread.join();
    }
}
