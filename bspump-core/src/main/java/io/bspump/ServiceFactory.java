package io.bspump;

/**
 * Brings a service that every application has without naming it, found by {@link java.util.ServiceLoader}: its jar names it
 * in {@code META-INF/services/io.bspump.ServiceFactory}.
 */
public interface ServiceFactory {

    /**
     * Makes the service; called by the constructor of the application, before any pipeline or connection is made. Must not
     * fail because of the configuration: {@link Service#check} tells what is wrong with it.
     */
    Service create(Application app);
}
