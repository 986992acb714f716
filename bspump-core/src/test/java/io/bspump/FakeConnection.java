package io.bspump;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A connection to a far end that a test plays, and that counts what is asked of it. */
class FakeConnection extends Connection {

    final AtomicInteger connects = new AtomicInteger();
    final AtomicInteger cancels = new AtomicInteger();
    final AtomicInteger disconnects = new AtomicInteger();
    final AtomicInteger pings = new AtomicInteger();
    volatile long generation;
    volatile Supplier<Mono<Void>> onConnect = Mono::empty;
    volatile Supplier<Mono<Void>> onDisconnect = Mono::empty;
    volatile Supplier<Mono<Void>> onPing = Mono::empty;
    volatile Function<Throwable, ErrorClass> classes = error -> ErrorClass.TRANSIENT;
    volatile @Nullable String identity;

    FakeConnection(Application app, String id) {
        super(app, id);
    }

    FakeConnection(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
    }

    FakeConnection(Application app, Component owner) {
        super(app, owner);
    }

    @Override
    protected Mono<Void> connect() {
        connects.incrementAndGet();
        generation = generation();
        return onConnect.get().doOnCancel(cancels::incrementAndGet);
    }

    @Override
    protected Mono<Void> disconnect() {
        disconnects.incrementAndGet();
        return onDisconnect.get();
    }

    @Override
    protected Mono<Void> ping() {
        pings.incrementAndGet();
        return onPing.get();
    }

    @Override
    protected ErrorClass classify(Throwable t) {
        return classes.apply(t);
    }

    @Override
    protected Optional<String> identity() {
        return Optional.ofNullable(identity);
    }

    void refuses(String message) {
        onConnect = () -> Mono.error(new IllegalStateException(message));
    }

    void accepts() {
        onConnect = Mono::empty;
    }

    void lose(String message) {
        lost(new IllegalStateException(message));
    }

    void lose(long of, String message) {
        lost(of, new IllegalStateException(message));
    }
}
