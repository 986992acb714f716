package io.bspump.web;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.Endpoint;
import io.bspump.ErrorClass;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** A connection whose far end does what its section says. */
public final class LabConnection extends Connection {

    public static final Options OPTIONS = Options.of(
            Option.choice("mode", "up", "hang", "block", "refuse", "denied", "mute")
                    .defaultTo("up")
                    .doc("What the far end does."),
            Option.string("user").doc("The user."),
            Option.secret("password").doc("The password."),
            Option.string("url").doc("An address."),
            Option.list("servers").doc("Some addresses."),
            Option.integer("tls_port").between(0, 65_535).defaultTo(0).doc("Where it speaks TLS; 0 for nowhere."),
            Option.string("client_id").doc("Who it is for the far end."),
            Option.integer("size").between(1, 10).defaultTo(1).doc("A size."));

    static final AtomicInteger DIALS = new AtomicInteger();

    private static final Map<Application, AtomicInteger> OPEN = new ConcurrentHashMap<>();

    private final AtomicInteger open;

    LabConnection(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
        open = openOf(app);
    }

    /** How many of a pump's are open, or about to be. */
    static int open(Application app) {
        return openOf(app).get();
    }

    private static AtomicInteger openOf(Application app) {
        return OPEN.computeIfAbsent(app, any -> new AtomicInteger());
    }

    @Override
    protected Mono<Void> connect() {
        DIALS.incrementAndGet();
        open.incrementAndGet();
        return switch (config().get("mode")) {
            case "hang" -> Mono.never();
            case "block" -> Mono.fromRunnable(LabConnection::blockForLong);
            case "refuse" -> Mono.error(new IllegalStateException("refused, the password was " + password()));
            case "denied" -> Mono.error(new SecurityException("bad password " + password()));
            default -> Mono.empty();
        };
    }

    private static void blockForLong() {
        try {
            new CountDownLatch(1).await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    String password() {
        return config().get("password", "");
    }

    @Override
    protected Mono<Void> disconnect() {
        open.decrementAndGet();
        return Mono.empty();
    }

    @Override
    protected Mono<Void> ping() {
        return config().get("mode").equals("mute") ? Mono.never() : Mono.empty();
    }

    @Override
    protected List<Endpoint> endpoints() {
        int port = config().getInt("tls_port");
        return port == 0 ? List.of() : List.of(new Endpoint("127.0.0.1", port, true));
    }

    @Override
    protected ErrorClass classify(Throwable error) {
        return error instanceof SecurityException ? ErrorClass.AUTHENTICATION : ErrorClass.TRANSIENT;
    }

    @Override
    protected Optional<String> identity() {
        return config().contains("client_id") ? Optional.of(config().get("client_id")) : Optional.empty();
    }
}
