package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WebWorkTest {

    private static final int THREADS = 4;
    private static final int MOST_WAITING = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void refusesWhatIsTooMuchAndDoesTheRest() throws InterruptedException {
        WebWork work = new WebWork();
        work.start();
        CountDownLatch busy = new CountDownLatch(THREADS);
        CountDownLatch end = new CountDownLatch(1);
        List<CompletableFuture<Integer>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            all.add(work.call(() -> {
                        busy.countDown();
                        end.await();
                        return 1;
                    })
                    .toFuture());
        }
        busy.await();
        for (int i = 0; i < MOST_WAITING; i++) {
            all.add(work.call(() -> 1).toFuture());
        }

        assertThatThrownBy(() -> work.call(() -> 1).block(PATIENCE))
                .isInstanceOf(ApiError.class)
                .hasMessage("too many requests are waiting, try again");

        end.countDown();
        assertThat(all.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(THREADS + MOST_WAITING);
        assertThat(work.call(() -> 2).block(PATIENCE)).isEqualTo(2);
        work.stop();
        await().untilAsserted(() ->
                assertThatThrownBy(() -> work.call(() -> 1).block(PATIENCE)).isInstanceOf(ApiError.class));
    }
}
