package io.bspump.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.TestApp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class AsyncLookupTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private TestApp app;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Function<String, Mono<String>> system = key -> Mono.just("<" + key + ">");

    private final class Scripted extends AsyncLookup<String, String> {
        Scripted(Application application, Map<String, ?> config) {
            super(application, "Names", config, nanos::get);
        }

        @Override
        protected Mono<String> find(String key) {
            asked.incrementAndGet();
            return system.apply(key);
        }
    }

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    private AsyncLookup<String, String> lookup(String... more) {
        Map<String, String> config = new java.util.HashMap<>();
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return app.pumpService().addLookup(new Scripted(app, config));
    }

    private static @Nullable String get(AsyncLookup<String, String> lookup, String key) {
        return lookup.get(key).block(PATIENCE);
    }

    @Test
    void asksOnceForAKey() {
        AsyncLookup<String, String> lookup = lookup();

        assertThat(get(lookup, "a")).isEqualTo("<a>");
        assertThat(get(lookup, "a")).isEqualTo("<a>");
        assertThat(get(lookup, "b")).isEqualTo("<b>");
        assertThat(asked).hasValue(2);
    }

    @Test
    void asksForNothingBeforeTheSubscription() {
        lookup().get("a");
        assertThat(asked).hasValue(0);
    }

    @Test
    void remembersThatThereIsNothing() {
        system = key -> Mono.empty();
        AsyncLookup<String, String> lookup = lookup();

        assertThat(get(lookup, "a")).isNull();
        assertThat(get(lookup, "a")).isNull();
        assertThat(asked).hasValue(1);
    }

    @Test
    void valuesAndMissesAreRememberedForTheirOwnTime() {
        system = key -> key.equals("none") ? Mono.empty() : Mono.just(key);
        AsyncLookup<String, String> lookup = lookup("cache_ttl", "10s", "cache_miss_ttl", "2s");
        get(lookup, "some");
        get(lookup, "none");

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(3));
        get(lookup, "some");
        assertThat(asked).hasValue(2);
        get(lookup, "none");
        assertThat(asked).hasValue(3);

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(8));
        get(lookup, "some");
        assertThat(asked).hasValue(4);
    }

    @Test
    void failuresAreNotRemembered() {
        system = key -> Mono.error(new IllegalStateException("planned"));
        AsyncLookup<String, String> lookup = lookup();
        assertThatThrownBy(() -> get(lookup, "a")).hasMessage("planned");

        system = key -> {
            throw new IllegalStateException("thrown");
        };
        assertThatThrownBy(() -> get(lookup, "a")).hasMessage("thrown");

        system = Mono::just;
        assertThat(get(lookup, "a")).isEqualTo("a");
        assertThat(asked).hasValue(3);
    }

    @Test
    void thoseWhoAskAtATimeShareTheAnswer() throws Exception {
        Sinks.One<String> answer = Sinks.one();
        system = key -> answer.asMono();
        AsyncLookup<String, String> lookup = lookup();
        List<String> got = new ArrayList<>();

        CountDownLatch all = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            lookup.get("a").doFinally(end -> all.countDown()).subscribe(got::add);
        }
        answer.tryEmitValue("one");

        assertThat(all.await(1, TimeUnit.MINUTES)).isTrue();
        assertThat(got).containsExactly("one", "one");
        assertThat(asked).hasValue(1);
    }

    @Test
    void whoCancelsDoesNotTakeTheAnswerFromOthers() {
        Sinks.One<String> answer = Sinks.one();
        system = key -> answer.asMono();
        AsyncLookup<String, String> lookup = lookup();
        List<String> got = new ArrayList<>();

        Disposable first = lookup.get("a").subscribe();
        lookup.get("a").subscribe(got::add);
        first.dispose();
        answer.tryEmitValue("one");

        assertThat(got).containsExactly("one");
    }

    @Test
    void anAnswerThatDoesNotComeIsAnErrorAndIsAskedForAnew() {
        system = key -> Mono.never();
        AsyncLookup<String, String> lookup = lookup("timeout", "50ms");

        assertThatThrownBy(() -> get(lookup, "a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[lookup:Names] had no answer within 50ms");

        system = Mono::just;
        assertThat(get(lookup, "a")).isEqualTo("a");
    }

    @Test
    void whoAsksAgainAsSoonAsItFailsAsksAnew() {
        system = key -> Mono.error(new IllegalStateException("planned"));
        AsyncLookup<String, String> lookup = lookup();
        Mono<String> untilItWorks = lookup.get("a").onErrorResume(e -> {
            system = Mono::just;
            return lookup.get("a");
        });
        assertThat(untilItWorks.block(PATIENCE)).isEqualTo("a");
        assertThat(asked).hasValue(2);
    }

    @Test
    void nothingIsRememberedWithoutACache() {
        AsyncLookup<String, String> lookup = lookup("cache_size", "0");
        get(lookup, "a");
        org.awaitility.Awaitility.await().until(() -> {
            int before = asked.get();
            get(lookup, "a");
            return asked.get() > before;
        });
    }

    @Test
    void theCacheStaysWithinItsSize() {
        AsyncLookup<String, String> lookup = lookup("cache_size", "10");
        IntStream.range(0, 10_000).forEach(i -> get(lookup, "k" + i));
        org.awaitility.Awaitility.await().until(() -> lookup.entries() <= 10);
    }

    @Test
    void whatIsForgottenIsAskedForAnew() {
        AsyncLookup<String, String> lookup = lookup();
        get(lookup, "a");
        lookup.forget("a");
        get(lookup, "a");
        assertThat(asked).hasValue(2);
        lookup.forgetAll();
        get(lookup, "a");
        assertThat(asked).hasValue(3);
    }

    @Test
    void countsHitsAndMisses() {
        system = key -> key.equals("none") ? Mono.empty() : Mono.just(key);
        AsyncLookup<String, String> lookup = lookup();
        get(lookup, "some");
        get(lookup, "some");
        get(lookup, "none");
        assertThat(app.meterRegistry()
                        .get("bspump.lookup.hits")
                        .functionCounter()
                        .count())
                .isEqualTo(2);
        assertThat(app.meterRegistry()
                        .get("bspump.lookup.misses")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void manyThreadsGetWhatTheyAskFor() {
        system = key -> Mono.just("<" + key + ">").subscribeOn(app.blocking());
        AsyncLookup<String, String> lookup = lookup("cache_size", "50");
        List<String> wrong = Flux.range(0, 20_000)
                .flatMap(
                        i -> {
                            String key = "k" + i % 97;
                            return lookup.get(key)
                                    .filter(value -> !value.equals("<" + key + ">"))
                                    .subscribeOn(app.blocking());
                        },
                        64)
                .collectList()
                .block(PATIENCE);
        assertThat(wrong).isEmpty();
    }
}
