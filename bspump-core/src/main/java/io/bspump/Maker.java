package io.bspump;

import io.bspump.config.ConfigException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a registered connection, lookup or pipeline is made again when its configuration has changed.
 *
 * @param <T> what is made
 */
final class Maker<T> {

    /** What the constructors of the base classes take, and so those of most subclasses; the best first. */
    private static final List<List<Class<?>>> SIGNATURES = List.of(
            List.of(Application.class, String.class, Map.class),
            List.of(Application.class, String.class),
            List.of(Application.class));

    /** A constructor for another purpose: a connection of a component's own. */
    private static final List<Class<?>> BESIDE = List.of(Application.class, Component.class);

    private final @Nullable Function<? super Application, ? extends T> factory;
    private final boolean bySection;

    private Maker(@Nullable Function<? super Application, ? extends T> factory, boolean bySection) {
        this.factory = factory;
        this.bySection = bySection;
    }

    /**
     * By the same code as before.
     *
     * @throws IllegalArgumentException if what it has made has another id than it was asked for
     */
    static <T> Maker<T> of(
            String id, String made, BiFunction<? super Application, ? super String, ? extends T> factory) {
        if (!made.equals(id)) {
            throw new IllegalArgumentException(
                    "the factory must make it with the id '" + id + "', made '" + made + "'");
        }
        return new Maker<>(app -> factory.apply(app, id), false);
    }

    /** By its section, which names a type, and only as long as it does. */
    static <T> Maker<T> bySection() {
        return new Maker<>(null, true);
    }

    /**
     * By a constructor, for what was added as an instance: {@code (app, id, config)}, {@code (app, id)} or {@code (app)}. If the
     * class has any other one, that may have been used, and nobody knows with what.
     *
     * @param given the values that were given in code
     * @param alike whether another one was made from the same
     */
    static <T> Maker<T> ofInstance(T instance, String id, Map<String, ?> given, BiPredicate<T, T> alike) {
        @SuppressWarnings("unchecked") // the class of the instance
        Optional<Constructor<T>> constructor = constructor((Class<T>) instance.getClass());
        return new Maker<>(
                constructor.map(c -> again(instance, c, id, given, alike)).orElse(null), false);
    }

    @SuppressWarnings("unchecked") // getDeclaredConstructors gives those of the class
    private static <T> Optional<Constructor<T>> constructor(Class<T> type) {
        List<Constructor<?>> all = List.of(type.getDeclaredConstructors());
        boolean known = all.stream()
                .map(Maker::signature)
                .allMatch(types -> SIGNATURES.contains(types) || types.equals(BESIDE));
        if (!known) {
            return Optional.empty();
        }
        return SIGNATURES.stream()
                .flatMap(wanted -> all.stream().filter(each -> signature(each).equals(wanted)))
                .findFirst()
                .map(each -> (Constructor<T>) each)
                .filter(Constructor::trySetAccessible);
    }

    private static List<Class<?>> signature(Constructor<?> constructor) {
        return Arrays.asList(constructor.getParameterTypes());
    }

    private static <T> Function<Application, T> again(
            T instance, Constructor<T> constructor, String id, Map<String, ?> given, BiPredicate<T, T> alike) {
        return app -> {
            Object[] arguments = Stream.of(app, id, given)
                    .limit(constructor.getParameterCount())
                    .toArray();
            T made = invoke(constructor, arguments);
            if (!alike.test(instance, made)) {
                throw new NotAlikeException();
            }
            return made;
        };
    }

    private static <T> T invoke(Constructor<T> constructor, Object[] arguments) {
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException reason) {
                throw reason;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The constructor makes something else than the code did that added the instance. */
    static final class NotAlikeException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Whether it is there only as long as its section names a type. */
    boolean isBySection() {
        return bySection;
    }

    boolean canMake() {
        return factory != null;
    }

    /**
     * Makes another one.
     *
     * @throws ConfigException and others, as its constructor
     * @throws NotAlikeException if it cannot be made as it was
     */
    T make(Application app) {
        if (factory == null) {
            throw new NotAlikeException();
        }
        return factory.apply(app);
    }
}
