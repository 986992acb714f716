package io.bspump;

import io.bspump.config.ConfigProblem;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The services of an application, in the order of their registration. */
final class Services {

    private static final Logger LOG = LoggerFactory.getLogger(Services.class);

    /** How long one service may take to end; the stop of the application does not wait longer. */
    private static final Duration FINALIZE_TIMEOUT = Duration.ofSeconds(10);

    private final Application app;
    private final Registry<Service> services = new Registry<>("service", this::initializeInBackground);

    /** Those whose initialisation has begun, last first; guarded by itself. */
    private final Deque<Service> begun = new ArrayDeque<>();

    Services(Application app) {
        this.app = app;
    }

    void add(Service service) {
        services.add(service.name(), service);
    }

    <S extends Service> Optional<S> find(Class<S> type) {
        return services.all().stream().filter(type::isInstance).map(type::cast).findFirst();
    }

    Service locate(String name) {
        return services.locate(name);
    }

    /** Everything that is wrong with the configuration of services. */
    List<ConfigProblem> check() {
        return services.all().stream()
                .flatMap(service -> service.check(app).stream())
                .toList();
    }

    /** Initialises one after the other; ends with the first failure. */
    Mono<Void> initialize() {
        return Mono.defer(() ->
                Flux.fromIterable(services.open()).concatMap(this::initialize).then());
    }

    /** Finalises those whose initialisation has begun, last first. Never fails. */
    Mono<Void> finalizeAll() {
        return Mono.defer(() -> {
            services.close();
            return Flux.fromIterable(reversed()).concatMap(this::finalizeOne).then();
        });
    }

    private Iterable<Service> reversed() {
        synchronized (begun) {
            return new ArrayDeque<>(begun);
        }
    }

    private Mono<Void> initialize(Service service) {
        return Mono.defer(() -> {
                    synchronized (begun) {
                        begun.push(service);
                    }
                    return service.initialize(app);
                })
                .onErrorMap(e -> new IllegalStateException(
                        "service '" + service.name() + "' could not be initialised: " + e, e));
    }

    private void initializeInBackground(Service service) {
        initialize(service)
                .subscribeOn(app.blocking())
                .subscribe(nothing -> {}, e -> LOG.error("{}", e.getMessage(), e));
    }

    private Mono<Void> finalizeOne(Service service) {
        return Mono.defer(() -> service.finalize(app))
                .timeout(FINALIZE_TIMEOUT, app.lanes())
                .doOnError(e -> LOG.warn("The service did not end cleanly, service={}", service.name(), e))
                .onErrorComplete();
    }
}
