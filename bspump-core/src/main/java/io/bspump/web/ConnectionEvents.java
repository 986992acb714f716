package io.bspump.web;

import io.bspump.Connection;
import io.bspump.PumpService;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/**
 * The changes of a connection as server-sent events. Who does not keep up misses some, but never the latest; who does not
 * read at all is disconnected.
 */
final class ConnectionEvents {

    /** How long an answer may be held back to tell of an end that is near. */
    static final Duration MOMENT = Duration.ofSeconds(1);

    private static final long HEARTBEAT_SECONDS = 15;
    private static final int MAX_STREAMS = 256;

    private final PumpService pumps;
    private final Semaphore streams = new Semaphore(MAX_STREAMS);

    ConnectionEvents(PumpService pumps) {
        this.pumps = pumps;
    }

    /** The present status first, then each change, and something from time to time in between; ends with the connection. */
    Answer of(Connection connection, EventLoop loop) {
        if (streams.availablePermits() == 0) {
            throw new ApiError(503, "busy", "there are " + MAX_STREAMS + " streams of events already")
                    .header("retry-after", "1");
        }
        Flux<String> changes = pumps.statusChanges(connection.id())
                .map(status -> "event: status\ndata: " + ApiJson.write(ConnectionView.status(status)) + "\n\n")
                .onErrorResume(IllegalArgumentException.class, e -> Mono.empty()) // it has just been removed
                .concatWithValues("event: end\ndata: {}\n\n");
        Flux<String> stream =
                changes.publish(shared -> Flux.merge(shared, heartbeats(loop).takeUntilOther(shared.ignoreElements())));
        return Answer.events(
                Flux.defer(() -> streams.tryAcquire() ? stream.doFinally(end -> streams.release()) : Flux.empty()));
    }

    private static Flux<String> heartbeats(EventLoop loop) {
        return Flux.create(
                sink -> {
                    Future<?> clock = loop.scheduleAtFixedRate(
                            () -> sink.next(": heartbeat\n\n"), HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
                    sink.onDispose(() -> clock.cancel(false));
                },
                FluxSink.OverflowStrategy.LATEST);
    }
}
