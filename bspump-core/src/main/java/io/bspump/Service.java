package io.bspump;

import io.bspump.config.ConfigProblem;
import java.util.List;
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
     * Tells what is wrong with its configuration, after adding to the application what it brings. Called before the
     * configuration is judged as a whole, after {@link #initialize}; with {@code --check} alone, and then nothing may be made
     * or changed outside the application. May be called again. Defaults to nothing.
     */
    default List<ConfigProblem> check(Application app) {
        return List.of();
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
