package io.bspump.web;

import io.bspump.Application;
import io.bspump.Service;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * The management API, when {@code [web] listen} is set: it listens before anything is connected and until everything has
 * ended. Also loads the connections that were made through it, whether it listens or not. Every application has one; see
 * {@code docs/management.md}.
 */
public final class WebService implements Service {

    /** What {@code [web]} understands. */
    public static final Options OPTIONS = Options.of(
            Option.string("listen")
                    .defaultTo("")
                    .doc(
                            "Where the management API listens: a port, which means `127.0.0.1`, or an address and a port such as"
                                    + " `0.0.0.0:8080` or `[::1]:8080`; port 0 takes one that is free. Nowhere if empty."),
            Option.secret("token")
                    .doc(
                            "What a client must send as `Authorization: Bearer TOKEN`. Required when `listen` is not a loopback"
                                    + " address."),
            Option.size("body_limit").atLeast(1).defaultTo("1MiB").doc("How long the body of a request may be."),
            Option.duration("request_timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("10s")
                    .doc("How long the head of a request may take to arrive, and then its body."),
            Option.duration("idle_timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("60s")
                    .doc(
                            "How long a client may be silent between two requests, or not read what it is sent, before it is"
                                    + " disconnected."));

    private static final Logger LOG = LoggerFactory.getLogger(WebService.class);

    private final Application app;
    private final WebSettings settings;
    private final WebWork work = new WebWork();
    private final StoredConnections store;
    private final ManagedConnections managed;
    private final MeterRoutes meters;
    private volatile @Nullable WebServer server; // made when it is needed: most pumps do without
    private volatile Router.Phase phase = Router.Phase.STARTING;
    private volatile @Nullable List<ConfigProblem> loading; // what was found when the stored connections were loaded

    WebService(Application app) {
        this.app = app;
        settings = WebSettings.of(app.configuration().section("web", OPTIONS));
        String directory = app.configuration().peek("general", "var_dir").orElse("var");
        store = new StoredConnections(Path.of(directory).toAbsolutePath());
        managed = new ManagedConnections(app, store, work);
        meters = new MeterRoutes(work);
        if (settings.isOn()) {
            meters.show(app.meterRegistry());
        }
    }

    /** What the API understands. */
    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.addAll(new StatusPage(work).routes());
        routes.addAll(new HealthRoutes(app, () -> phase).routes());
        routes.addAll(meters.routes());
        routes.addAll(new ConnectionRoutes(app, managed).routes());
        routes.addAll(new PumpRoutes(app).routes());
        routes.addAll(new ReloadRoutes(app).routes());
        routes.add(Route.of(
                "GET",
                "/openapi.json",
                Route.Access.ALWAYS,
                request -> work.call(() -> Answer.of(200, Answer.JSON, WebResource.read("openapi.json")))));
        return routes;
    }

    /** {@code bspump.WebService}. */
    @Override
    public String name() {
        return "bspump.WebService";
    }

    /** Where it listens; empty if it does not. */
    public Optional<InetSocketAddress> address() {
        return Optional.ofNullable(server).flatMap(WebServer::address);
    }

    @Override
    public List<ConfigProblem> check(Application application) {
        List<ConfigProblem> problems = new ArrayList<>(settings.problems());
        List<ConfigProblem> found = loading;
        if (found == null) {
            found = managed.load();
            loading = found;
            phase = Router.Phase.LOADED;
        }
        problems.addAll(found);
        return problems;
    }

    @Override
    public Mono<Void> initialize(Application application) {
        return Mono.defer(() -> {
            if (!settings.isOn()) {
                return Mono.empty();
            }
            ListenAddress listen = settings.listen().orElseThrow();
            WebServer made = new WebServer(settings, new Router(new Gate(settings), routes(), () -> phase));
            server = made;
            work.start();
            app.pubSub().subscribe("Application.run!", message -> phase = Router.Phase.RUNNING);
            app.pubSub().subscribe("Application.stop!", message -> phase = Router.Phase.STOPPING);
            return made.start(listen)
                    .doOnNext(bound -> LOG.info("Listening, url={}", listen.url(bound.getPort())))
                    .onErrorMap(e -> new IllegalStateException(
                            "[web] listen cannot listen on '" + listen.host() + ":" + listen.port() + "': "
                                    + Exceptions.unwrap(e).getMessage(),
                            e))
                    .then();
        });
    }

    @Override
    public Mono<Void> finalize(Application application) {
        WebServer made = server;
        return made == null ? Mono.empty() : made.stop().doFinally(end -> work.stop());
    }
}
