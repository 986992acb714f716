package io.bspump;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Starts and stops the components of a pipeline, each when those that it hands its events to can take them. */
final class Components {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** How long one may take to stop; the others do not wait longer. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final Pipeline pipeline;
    private final Scheduler scheduler;

    Components(Pipeline pipeline, Scheduler scheduler) {
        this.pipeline = pipeline;
        this.scheduler = scheduler;
    }

    /** One of them did not start. */
    static final class StartException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** The id of the one that did not. */
        final String component;

        StartException(String component, Throwable cause) {
            super(cause);
            this.component = component;
        }

        /** Returns why it did not. */
        Throwable reason() {
            Throwable cause = getCause();
            return cause == null ? this : cause;
        }
    }

    /** Starts one after the other, sources last; ends with a {@link StartException} when one does not start. */
    Mono<Void> start() {
        List<Component> sourcesLast = pipeline.components();
        Collections.reverse(sourcesLast);
        return Flux.fromIterable(sourcesLast)
                .concatMap(component ->
                        Mono.defer(component::start).onErrorMap(e -> new StartException(component.id(), e)))
                .then();
    }

    /** Stops one after the other, sources first. Never fails. */
    Mono<Void> stop() {
        return Flux.fromIterable(pipeline.components()).concatMap(this::stop).then();
    }

    private Mono<Void> stop(Component component) {
        return Mono.defer(component::stop).timeout(STOP_TIMEOUT, scheduler).onErrorResume(e -> {
            LOG.error("{} {} did not stop cleanly: {}", pipeline.label(), component.id(), e, e);
            return Mono.empty();
        });
    }
}
