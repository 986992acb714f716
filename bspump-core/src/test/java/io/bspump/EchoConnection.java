package io.bspump;

import io.bspump.config.Option;
import io.bspump.config.Options;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

/** A connection to a TCP server that sends back what it gets, as a connector would write it. */
final class EchoConnection extends Connection {

    public static final Options OPTIONS = Options.of(
            Option.string("host").defaultTo("127.0.0.1").doc("Where the server is."),
            Option.integer("port").between(1, 65535).required().doc("The port of the server."),
            Option.secret("password").doc("Not needed there."));

    private volatile reactor.netty.@Nullable Connection client;

    EchoConnection(Application app, String id) {
        super(app, id);
    }

    EchoConnection(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
    }

    @Override
    protected Mono<Void> connect() {
        long generation = generation();
        return TcpClient.create()
                .host(config().get("host"))
                .port(config().getInt("port"))
                .connect()
                .doOnNext(made -> {
                    client = made;
                    made.onDispose(() -> lost(generation, new IllegalStateException("the server closed the link")));
                })
                .then();
    }

    @Override
    protected Mono<Void> disconnect() {
        reactor.netty.Connection last = client;
        if (last == null) {
            return Mono.empty();
        }
        last.dispose();
        return last.onDispose();
    }

    @Override
    protected Mono<Void> ping() {
        return echo("ping").then();
    }

    /** Sends a text and gives what comes back; one at a time. */
    Mono<String> echo(String text) {
        reactor.netty.Connection link = Objects.requireNonNull(client);
        return link.outbound()
                .sendString(Mono.just(text), StandardCharsets.UTF_8)
                .then()
                .then(link.inbound().receive().asString().next());
    }
}
