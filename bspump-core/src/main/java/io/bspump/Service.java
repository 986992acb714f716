package io.bspump;

import reactor.core.publisher.Mono;

/**
 * A part of the application that starts before the pipelines and ends after them: a web server, a scheduler, a registry.
 *
 * <p>Register it with {@code Application.addService}. Reads its configuration in its constructor, so that all
 * problems come out before anything starts.
 */
public interface Service {

    /** By which {@code Application.getService} finds it; defaults to the simple class name. */
    default String name() {
        return getClass().getSimpleName();
    }

    /**
     * Makes it ready to be used. Services are initialised one after the other, in the order of their registration;
     * an error stops the start of the application with its reason. Defaults to nothing.
     */
    default Mono<Void> initialize(Application app) {
        return Mono.empty();
    }

    /**
     * Ends it, after all pipelines and connections have ended, last registered first. Called only if
     * {@link #initialize} has been; an error is logged and the stop goes on. Defaults to nothing.
     */
    default Mono<Void> finalize(Application app) {
        return Mono.empty();
    }
}
